package transport_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// A server restarts. Calls that come meanwhile wait for it.
func ExampleClient_restart() {
	serve := func() (*transport.Server, *fuzz.Listener) {
		srv := new(transport.Server)
		Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
		l := new(fuzz.Listener)
		go srv.Serve(l)
		return srv, l
	}
	srv, l := serve()
	client := &transport.Client{
		Dial:    func(ctx context.Context) (net.Conn, error) { return l.Dial(ctx) },
		Backoff: time.Millisecond,
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(Add.Call(ctx, client, Sum{2, 3}))

	srv.Shutdown(ctx)
	srv, l = serve()
	defer srv.Close()
	fmt.Println(Add.Call(ctx, client, Sum{3, 4}))
	// Output:
	// 5 <nil>
	// 7 <nil>
}

// To read is idempotent: when the connection is lost before the answer is here, the call is made again.
func ExampleUnaryMethod_Idempotent() {
	var read = transport.Unary[string, string]("read").Idempotent()
	srv := new(transport.Server)
	reads := 0
	read.Handle(srv, func(ctx context.Context, file string) (string, error) {
		if reads++; reads == 1 {
			transport.CallFrom(ctx).Conn.Close() // an accident
		}
		return "text of " + file, nil
	})
	client, done := both(srv)
	defer done()
	client.Backoff = time.Millisecond

	fmt.Println(read.Call(context.Background(), client, "notes.txt"))
	// Output: text of notes.txt <nil>
}
