package transport_test

import (
	"context"
	"expvar"
	"fmt"
	"slices"

	"github.com/demarc-go/demarc/transport"
)

// calls counts calls by method and code, as a program's /debug/vars shows them.
type calls struct{ byCode *expvar.Map }

func (c calls) Call(ctx context.Context, call *transport.Call) (context.Context, func(error)) {
	return ctx, func(err error) { c.byCode.Add(call.Method+" "+transport.CodeOf(err).String(), 1) }
}
func (c calls) Conn(*transport.Conn, transport.ConnState) {}
func (c calls) Limit(_ *transport.Conn, l transport.Limit) {
	c.byCode.Add("over the limit of "+l.String(), 1)
}

// What expvar shows: an observer's counts, and the server's own.
func ExampleObserver() {
	srv := new(transport.Server)
	observer := calls{expvar.NewMap("calls")}
	srv.Observer = observer
	expvar.Publish("server", expvar.Func(func() any { return srv.Stats() }))
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()

	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	_, _ = Add.Call(context.Background(), client, Sum{4, 5})
	client.Shutdown(context.Background())
	srv.Shutdown(context.Background()) // after it all has been counted
	fmt.Println(observer.byCode)
	fmt.Println(expvar.Get("server").(expvar.Func)().(transport.Stats).CallsIn)
	// Output:
	// {"add ok": 2}
	// 2
}

// Who is there, for how long, and how much has come from them; and how to send somebody away.
func ExampleServer_Conns() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()
	_, _ = Add.Call(context.Background(), client, Sum{2, 3})

	for c := range srv.Conns() {
		fmt.Println(c.RemoteAddr(), c.Stats().CallsIn, c.Stats().BytesIn > 0, !c.Since().IsZero())
		c.Close()
	}
	// Output: pipe:1 1 true true
}

// What goes over the wire, line by line.
func ExampleEnvelope() {
	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	var lines []string
	client.Tap = func(e transport.Envelope) {
		if e.Kind == "request" || e.Kind == "response" {
			lines = append(lines, e.String()) // reading and writing take turns in this program
		}
	}
	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	done()
	fmt.Println(slices.Index(lines, "-> request 1 add, 7 bytes"))
	fmt.Println(slices.Index(lines, "<- response 1, 1 bytes"))
	// Output:
	// 0
	// 1
}
