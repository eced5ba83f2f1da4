package transport_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// both joins a server and a client in memory.
func both(srv *transport.Server) (c *transport.Client, done func()) {
	l := new(fuzz.Listener)
	go srv.Serve(l)
	c = &transport.Client{Dial: l.Dial}
	return c, func() {
		c.Close()
		srv.Close()
	}
}

type Sum struct{ A, B int }

// Add is the contract of client and server.
var Add = transport.Unary[Sum, int]("add")

func ExampleUnary() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()

	sum, err := Add.Call(context.Background(), client, Sum{2, 3})
	fmt.Println(sum, err)
	// Output: 5 <nil>
}

// A handler chooses the code that its caller sees.
func ExampleErrorf() {
	var find = transport.Unary[string, string]("find")
	srv := new(transport.Server)
	find.Handle(srv, func(_ context.Context, name string) (string, error) {
		return "", transport.Errorf(transport.NotFound, "nobody is called %s", name)
	})
	client, done := both(srv)
	defer done()

	_, err := find.Call(context.Background(), client, "Ada")
	fmt.Println(err)
	fmt.Println(transport.CodeOf(err) == transport.NotFound)
	// Output:
	// transport: not_found: nobody is called Ada
	// true
}

// What is known about a call that failed decides whether it may be made again.
func ExampleOutcome() {
	var buy = transport.Unary[string, string]("buy")
	srv := new(transport.Server)
	buy.Handle(srv, func(ctx context.Context, what string) (string, error) {
		<-ctx.Done() // too slow
		return "", ctx.Err()
	})
	client, done := both(srv)
	defer done()

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := buy.Call(ctx, client, "bread")
	var e *transport.Error
	if errors.As(err, &e) {
		fmt.Println(e.Outcome)
	}
	_, err = buy.Call(ctx, client, "more bread")
	if errors.As(err, &e) {
		fmt.Println(e.Outcome)
	}
	// Output:
	// maybe executed
	// not sent
}

// Messages without an answer are handled in their order.
func ExampleNotify() {
	var say = transport.Notify[string]("say")
	srv := new(transport.Server)
	heard := make(chan string, 2)
	say.Handle(srv, func(_ context.Context, text string) error { heard <- text; return nil })
	client, done := both(srv)
	defer done()

	fmt.Println(say.Send(context.Background(), client, "hello"))
	fmt.Println(say.Send(context.Background(), client, "goodbye"))
	fmt.Println(<-heard, <-heard)
	// Output:
	// <nil>
	// <nil>
	// hello goodbye
}

// Metadata go beside the messages, in both directions.
func ExampleWithMetadata() {
	srv := new(transport.Server)
	Add.Handle(srv, func(ctx context.Context, s Sum) (int, error) {
		call := transport.CallFrom(ctx)
		call.Reply = transport.Metadata{"seen": call.Metadata["trace"]}
		return s.A + s.B, nil
	})
	client, done := both(srv)
	defer done()

	var reply transport.Metadata
	ctx := transport.WithMetadata(context.Background(), transport.Metadata{"trace": "42"})
	sum, err := Add.Call(transport.WithReplyMetadata(ctx, &reply), client, Sum{2, 3})
	fmt.Println(sum, err, reply["seen"])
	// Output: 5 <nil> 42
}

// A server that knows its callers, each by a token.
func ExampleServer_authenticate() {
	users := map[string]string{"s3cret": "Ada"}
	var whoami = transport.Unary[struct{}, string]("whoami")
	srv := &transport.Server{
		Log: slog.New(slog.DiscardHandler), // it would tell who was turned away
		Authenticate: func(_ context.Context, c *transport.Conn) (any, error) {
			user, ok := users[string(c.Credentials())]
			if !ok {
				return nil, transport.Errorf(transport.Unauthenticated, "no such token")
			}
			return user, nil
		},
	}
	whoami.Handle(srv, func(ctx context.Context, _ struct{}) (string, error) {
		return transport.CallFrom(ctx).Conn.Identity().(string), nil
	})
	l := new(fuzz.Listener)
	go srv.Serve(l)
	defer srv.Close()
	for _, token := range []string{"s3cret", "guess"} {
		client := &transport.Client{Dial: l.Dial}
		client.Credentials = func(context.Context) ([]byte, error) { return []byte(token), nil }
		name, err := whoami.Call(context.Background(), client, struct{}{})
		fmt.Printf("%q %v\n", name, transport.CodeOf(err))
		client.Close()
	}
	// Output:
	// "Ada" ok
	// "" unauthenticated
}

// A proxy passes on calls of methods that it does not know, without looking into them.
func ExampleHandleUnknown() {
	backend := new(transport.Server)
	Add.Handle(backend, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	toBackend, stopBackend := both(backend)
	defer stopBackend()

	proxy := new(transport.Server)
	transport.HandleUnknown(proxy, func(ctx context.Context, request transport.Payload) (transport.Payload, error) {
		method := transport.Unary[transport.Payload, transport.Payload](transport.CallFrom(ctx).Method)
		return method.Call(ctx, toBackend, request)
	})
	client, done := both(proxy)
	defer done()

	sum, err := Add.Call(context.Background(), client, Sum{2, 3})
	fmt.Println(sum, err)
	// Output: 5 <nil>
}

// The server calls the client that called it, over the same connection.
func ExampleCall() {
	var confirm = transport.Unary[string, bool]("confirm")
	var remove = transport.Unary[string, string]("remove")
	srv := new(transport.Server)
	remove.Handle(srv, func(ctx context.Context, file string) (string, error) {
		sure, err := confirm.Call(ctx, transport.CallFrom(ctx).Conn, "remove "+file+"?")
		if err != nil || !sure {
			return "kept", err
		}
		return "removed", nil
	})
	client, done := both(srv)
	defer done()
	confirm.Handle(client, func(_ context.Context, question string) (bool, error) {
		fmt.Println(question)
		return true, nil
	})

	fmt.Println(remove.Call(context.Background(), client, "notes.txt"))
	// Output:
	// remove notes.txt?
	// removed <nil>
}

// What a server counts, for whoever watches it.
func ExampleStats() {
	srv := &transport.Server{Limits: transport.Limits{MaxMessage: 100}}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()

	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	big := transport.Unary[string, int]("add")
	_, err := big.Call(context.Background(), client, string(make([]byte, 200)))
	stats := srv.Stats()
	fmt.Println(stats.Conns, stats.CallsIn, transport.CodeOf(err), errors.Is(err, transport.LimitMessage))
	fmt.Println(client.Stats().Over(transport.LimitMessage))
	// Output:
	// 1 1 resource_exhausted true
	// 1
}
