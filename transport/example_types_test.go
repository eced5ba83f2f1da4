package transport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"net"
	"strings"
	"time"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// A server on TCP, and its end: calls that it has accepted are answered.
func ExampleServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()

	client := &transport.Client{Addr: l.Addr().String()}
	defer client.Close()
	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(srv.Shutdown(ctx))
	fmt.Println(<-served)
	// Output:
	// 5 <nil>
	// <nil>
	// transport: server closed
}

// A connection that comes from elsewhere, and not from a listener.
func ExampleServer_ServeConn() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	a, b := fuzz.Pipe()
	served := make(chan error, 1)
	go func() { served <- srv.ServeConn(b) }()

	client := &transport.Client{Dial: func(context.Context) (net.Conn, error) { return a, nil }}
	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	fmt.Println(client.Shutdown(context.Background()))
	fmt.Println(<-served)
	// Output:
	// 5 <nil>
	// <nil>
	// <nil>
}

// With a context of its own, whose end ends the connection, and whose values its handlers find.
func ExampleServer_ServeConnContext() {
	type key struct{}
	var tenant = transport.Unary[struct{}, string]("tenant")
	srv := new(transport.Server)
	tenant.Handle(srv, func(ctx context.Context, _ struct{}) (string, error) { return ctx.Value(key{}).(string), nil })
	a, b := fuzz.Pipe()
	go srv.ServeConnContext(context.WithValue(context.Background(), key{}, "blue"), b)

	client := &transport.Client{Dial: func(context.Context) (net.Conn, error) { return a, nil }}
	defer client.Close()
	fmt.Println(tenant.Call(context.Background(), client, struct{}{}))
	// Output: blue <nil>
}

// A client dials when the first call needs it. Connect does it at once, so that a wrong address shows.
func ExampleClient() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	l := new(fuzz.Listener)
	go srv.Serve(l)
	defer srv.Close()

	client := &transport.Client{Dial: l.Dial}
	ctx := context.Background()
	fmt.Println(client.Connect(ctx))
	fmt.Println(Add.Call(ctx, client, Sum{2, 3}))
	fmt.Println(client.Shutdown(ctx))
	_, err := Add.Call(ctx, client, Sum{2, 3})
	fmt.Println(err)
	// Output:
	// <nil>
	// 5 <nil>
	// <nil>
	// transport: unavailable: the client is closed (not sent)
}

// What an error says: what kind it is, for programs; a text, for people; and whether the handler may have run.
func ExampleError() {
	var find = transport.Unary[string, string]("find")
	srv := new(transport.Server)
	find.Handle(srv, func(_ context.Context, name string) (string, error) {
		return "", &transport.Error{Code: transport.NotFound, Message: "nobody is called " + name}
	})
	client, done := both(srv)
	defer done()

	_, err := find.Call(context.Background(), client, "Ada")
	var e *transport.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, "|", e.Message, "|", e.Outcome)
	}
	fmt.Println(errors.Is(err, &transport.Error{Code: transport.NotFound}))
	// Output:
	// not_found | nobody is called Ada | answered
	// true
}

// Any error has a code: that of an Error, one that fits the end of a context, or Unknown.
func ExampleCode() {
	for _, err := range []error{nil, transport.Errorf(transport.NotFound, "no"), context.Canceled, errors.New("other")} {
		code := transport.CodeOf(err)
		fmt.Println(uint8(code), code.String())
	}
	// Output:
	// 0 ok
	// 5 not_found
	// 1 canceled
	// 2 unknown
}

// Each limit is an error too, and a counter.
func ExampleLimit() {
	srv := &transport.Server{Limits: transport.Limits{MaxMessage: 10}}
	var shout = transport.Unary[string, string]("shout")
	shout.Handle(srv, func(_ context.Context, text string) (string, error) { return strings.ToUpper(text), nil })
	client, done := both(srv)
	defer done()

	_, err := shout.Call(context.Background(), client, "far too long")
	fmt.Println(errors.Is(err, transport.LimitMessage), client.Stats().Over(transport.LimitMessage))
	fmt.Println(transport.LimitMessage.String())
	fmt.Println(transport.LimitMessage.Error())
	// Output:
	// true 1
	// size of a message
	// transport: over the limit: size of a message
}

// A server for small messages of impatient clients. What is not set has its default.
func ExampleLimits() {
	srv := &transport.Server{
		MaxConns: 1000,
		Limits: transport.Limits{
			MaxMessage:   4096,
			MaxInFlight:  16,
			PingInterval: 5 * time.Second,
			IdleTimeout:  -1, // clients may stay as long as they want
		},
	}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()
	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	// Output: 5 <nil>
}

// A connection knows who is at the other end. A handler finds it in its call.
func ExampleConn() {
	var who = transport.Unary[struct{}, string]("who")
	srv := &transport.Server{ConnState: func(c *transport.Conn, state transport.ConnState) {
		if state == transport.StateActive {
			fmt.Println(c.RemoteAddr(), "is", state.String())
		}
	}}
	who.Handle(srv, func(ctx context.Context, _ struct{}) (string, error) {
		c := transport.CallFrom(ctx).Conn
		return fmt.Sprintf("%s at %v, TLS: %t, came to %v", c.PeerMetadata()["name"], c.RemoteAddr(), c.TLS() != nil, c.LocalAddr()), nil
	})
	l := new(fuzz.Listener)
	go srv.Serve(l)
	defer srv.Close()

	client := &transport.Client{Dial: l.Dial, Metadata: transport.Metadata{"name": "example", "version": "1.2"}}
	defer client.Close()
	fmt.Println(client.Metadata.String())
	fmt.Println(who.Call(context.Background(), client, struct{}{}))
	// Output:
	// name="example" version="1.2"
	// pipe:1 is active
	// example at pipe:1, TLS: false, came to pipe:0 <nil>
}

// New, active, draining, closed: a state is never followed by an earlier one.
func ExampleConnState() {
	for state := transport.StateNew; state <= transport.StateClosed; state++ {
		fmt.Println(state)
	}
	// Output:
	// new
	// active
	// draining
	// closed
}

// Metadata go beside a message: what a proxy may read, and no handler's types mention.
func ExampleMetadata() {
	var whoami = transport.Unary[struct{}, string]("whoami")
	srv := new(transport.Server)
	whoami.Handle(srv, func(ctx context.Context, _ struct{}) (string, error) {
		return transport.CallFrom(ctx).Metadata["user"], nil
	})
	client, done := both(srv)
	defer done()
	ctx := transport.WithMetadata(context.Background(), transport.Metadata{"user": "ada", "trace": "42"})
	fmt.Println(whoami.Call(ctx, client, struct{}{}))
	// Output: ada <nil>
}

// One handler counts what passes, without knowing what it is.
func ExamplePayload() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()
	method := transport.Unary[transport.Payload, transport.Payload](Add.Name())
	response, err := method.Call(context.Background(), client, transport.Payload("\x82\xa1A\x02\xa1B\x03"))
	fmt.Printf("% x %v\n", response, err)
	// Output: 05 <nil>
}

// Handlers for both ends: what takes a Registrar serves on a server, and on a client that has dialed it.
func ExampleRegistrar() {
	serve := func(r transport.Registrar) {
		Add.Handle(r, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	}
	srv := new(transport.Server)
	serve(srv)
	client, done := both(srv)
	defer done()
	serve(client)
	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	// Output: 5 <nil>
}

// A function that calls need not know whether it is a client or the peer of a handler.
func ExampleCaller() {
	total := func(ctx context.Context, c transport.Caller, numbers ...int) (sum int, err error) {
		for _, n := range numbers {
			if sum, err = Add.Call(ctx, c, Sum{sum, n}); err != nil {
				return 0, err
			}
		}
		return sum, nil
	}
	srv := new(transport.Server)
	Add.HandleInline(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil }) // it never blocks
	client, done := both(srv)
	defer done()
	fmt.Println(total(context.Background(), client, 1, 2, 3))
	// Output: 6 <nil>
}

// An observer of all calls sees of which kind each is, and which side it sees.
func ExampleCallKind() {
	var bye = transport.Notify[string]("bye")
	srv := new(transport.Server)
	handled := make(chan bool, 1)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	bye.HandleInline(srv, func(context.Context, string) error { handled <- true; return nil })
	client, done := both(srv)
	defer done()
	client.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			fmt.Println(call.Side.String(), call.Kind.String(), call.Method)
			return next(ctx)
		},
	}
	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	_ = bye.Send(context.Background(), client, "see you")
	<-handled
	fmt.Println(bye.Name())
	// Output:
	// outgoing unary add
	// outgoing notify bye
	// bye
}

// One interceptor on both sides, which tells them apart.
func ExampleSide() {
	trace := func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
		if call.Side == transport.Incoming {
			fmt.Println("  served here:", call.Method)
			return next(ctx)
		}
		fmt.Println("called:", call.Method)
		err := next(ctx)
		fmt.Println("answered:", transport.CodeOf(err))
		return err
	}
	srv := &transport.Server{Interceptors: []transport.Interceptor{trace}}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()
	client.Interceptors = []transport.Interceptor{trace}
	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	// Output:
	// called: add
	//   served here: add
	// answered: ok
}

// A stream of requests is opened, sent, and finished. Until then Cancel gives it up; afterwards it does nothing.
func ExampleClientStreamCall() {
	var total = transport.ClientStream[int, int]("total")
	srv := new(transport.Server)
	total.Handle(srv, func(_ context.Context, numbers iter.Seq2[int, error]) (sum int, _ error) {
		for n, err := range numbers {
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	})
	client, done := both(srv)
	defer done()

	call, err := total.Call(context.Background(), client)
	if err != nil {
		log.Fatal(err)
	}
	defer call.Cancel()
	for n := range 5 {
		if err := call.Send(n); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(call.Finish())
	// Output: 10 <nil>
}

// Both directions go on at the same time: one goroutine sends, another receives.
func ExampleBidiCall() {
	var upper = transport.Bidi[string, string]("upper")
	srv := new(transport.Server)
	upper.Handle(srv, func(_ context.Context, in iter.Seq2[string, error], send func(string) error) error {
		for text, err := range in {
			if err != nil {
				return err
			}
			if err := send(strings.ToUpper(text)); err != nil {
				return err
			}
		}
		return nil
	})
	client, done := both(srv)
	defer done()

	call, err := upper.Call(context.Background(), client)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for _, text := range []string{"one", "two"} {
			if call.Send(text) != nil {
				return // All says why
			}
		}
		_ = call.CloseSend()
	}()
	for text, err := range call.All() {
		fmt.Println(text, err)
	}
	// Output:
	// ONE <nil>
	// TWO <nil>
}

// Members come and go; one whose connection is over is none any more.
func ExampleGroup_Remove() {
	news := &transport.Group[string]{Method: transport.Notify[string]("news")}
	var join = transport.Unary[bool, int]("join")
	srv := new(transport.Server)
	join.Handle(srv, func(ctx context.Context, member bool) (int, error) {
		if member {
			news.Add(transport.CallFrom(ctx).Conn)
		} else {
			news.Remove(transport.CallFrom(ctx).Conn)
		}
		return news.Len(), nil
	})
	client, done := both(srv)
	defer done()
	fmt.Println(join.Call(context.Background(), client, true))
	fmt.Println(join.Call(context.Background(), client, false))
	// Output:
	// 1 <nil>
	// 0 <nil>
}
