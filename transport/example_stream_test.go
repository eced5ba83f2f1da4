package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// A request with a stream of responses.
func ExampleServerStream() {
	var countdown = transport.ServerStream[int, int]("countdown")
	srv := new(transport.Server)
	countdown.Handle(srv, func(_ context.Context, from int, send func(int) error) error {
		for n := from; n > 0; n-- {
			if err := send(n); err != nil {
				return err
			}
		}
		return nil
	})
	client, done := both(srv)
	defer done()

	for n, err := range countdown.Call(context.Background(), client, 1_000_000) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(n)
		if n < 999_998 {
			break // cancels the call
		}
	}
	// Output:
	// 1000000
	// 999999
	// 999998
	// 999997
}

// A stream of requests with one response.
func ExampleClientStream() {
	var average = transport.ClientStream[float64, float64]("average")
	srv := new(transport.Server)
	average.Handle(srv, func(_ context.Context, numbers iter.Seq2[float64, error]) (float64, error) {
		sum, count := 0.0, 0.0
		for n, err := range numbers {
			if err != nil {
				return 0, err
			}
			sum += n
			count++
		}
		if count == 0 {
			return 0, transport.Errorf(transport.InvalidArgument, "no numbers")
		}
		return sum / count, nil
	})
	client, done := both(srv)
	defer done()

	call, err := average.Call(context.Background(), client)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer call.Cancel()
	for n := range 10 {
		if err := call.Send(float64(n)); err != nil {
			break // Finish says why
		}
	}
	fmt.Println(call.Finish())
	// Output: 4.5 <nil>
}

// A conversation: each side sends when it likes.
func ExampleBidi() {
	var greet = transport.Bidi[string, string]("greet")
	srv := new(transport.Server)
	greet.Handle(srv, func(_ context.Context, names iter.Seq2[string, error], send func(string) error) error {
		for name, err := range names {
			if err != nil {
				return err
			}
			if err := send("hello " + name); err != nil {
				return err
			}
		}
		return send("goodbye") // the caller sends no more
	})
	client, done := both(srv)
	defer done()

	call, err := greet.Call(context.Background(), client)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer call.Cancel()
	var reply string
	for _, name := range []string{"Ada", "Alan"} {
		fmt.Println(call.Send(name), call.Receive(&reply), reply)
	}
	fmt.Println(call.CloseSend(), call.Receive(&reply), reply)
	fmt.Println(call.Receive(&reply) == io.EOF)
	// Output:
	// <nil> <nil> hello Ada
	// <nil> <nil> hello Alan
	// <nil> <nil> goodbye
	// true
}

// A sensor behind a firewall, which nobody can dial. It dials out itself, and then serves.
func ExampleClient_serve() {
	var hello = transport.Unary[string, struct{}]("hello") // the sensor says who it is
	var measure = transport.Unary[struct{}, float64]("measure")
	sensors := make(chan *transport.Conn, 1)

	srv := new(transport.Server)
	hello.Handle(srv, func(ctx context.Context, name string) (struct{}, error) {
		fmt.Println(name, "is here")
		sensors <- transport.CallFrom(ctx).Conn // it can be called for as long as it is there
		return struct{}{}, nil
	})
	sensor, done := both(srv)
	defer done()
	measure.Handle(sensor, func(context.Context, struct{}) (float64, error) { return 21.5, nil })
	if _, err := hello.Call(context.Background(), sensor, "sensor 7"); err != nil {
		fmt.Println(err)
	}

	fmt.Println(measure.Call(context.Background(), <-sensors, struct{}{}))
	// Output:
	// sensor 7 is here
	// 21.5 <nil>
}

// A chat room: whatever somebody says, all others hear.
func ExampleGroup() {
	var said = transport.Notify[string]("said")
	var join = transport.Unary[struct{}, struct{}]("join")
	var say = transport.Unary[string, struct{}]("say")
	room := &transport.Group[string]{Method: said, Disconnect: true} // who does not listen has to leave
	srv := new(transport.Server)
	join.Handle(srv, func(ctx context.Context, _ struct{}) (none struct{}, _ error) {
		room.Add(transport.CallFrom(ctx).Conn) // until the connection is over
		return none, nil
	})
	say.Handle(srv, func(ctx context.Context, text string) (none struct{}, _ error) {
		room.Send(text, transport.CallFrom(ctx).Conn)
		return none, nil
	})
	l := new(fuzz.Listener)
	go srv.Serve(l)
	defer srv.Close()

	heard := make(chan string)
	var guests []*transport.Client
	for range 3 {
		guest := &transport.Client{Dial: l.Dial}
		said.Handle(guest, func(_ context.Context, text string) error { heard <- text; return nil })
		if _, err := join.Call(context.Background(), guest, struct{}{}); err != nil {
			fmt.Println(err)
		}
		defer guest.Close()
		guests = append(guests, guest)
	}
	if _, err := say.Call(context.Background(), guests[0], "good morning"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-heard)
	fmt.Println(<-heard)
	// Output:
	// good morning
	// good morning
}

// What is sent on a stream whose call is over does not go out.
func ExampleErrStreamEnded() {
	var first = transport.ClientStream[string, string]("first")
	srv := new(transport.Server)
	first.Handle(srv, func(_ context.Context, words iter.Seq2[string, error]) (string, error) {
		for word, err := range words {
			return word, err // one is enough
		}
		return "", nil
	})
	client, done := both(srv)
	defer done()

	call, err := first.Call(context.Background(), client)
	for err == nil {
		err = call.Send("word")
	}
	fmt.Println(errors.Is(err, transport.ErrStreamEnded))
	fmt.Println(call.Finish())
	// Output:
	// true
	// word <nil>
}

// A proxy passes on streams of methods that it does not know.
func ExampleHandleUnknownStream() {
	var countdown = transport.ServerStream[int, int]("countdown")
	backend := new(transport.Server)
	countdown.Handle(backend, func(_ context.Context, from int, send func(int) error) error {
		return errors.Join(send(from), send(from-1))
	})
	toBackend, stopBackend := both(backend)
	defer stopBackend()

	proxy := new(transport.Server)
	transport.HandleUnknownStream(proxy, func(ctx context.Context, in iter.Seq2[transport.Payload, error], send func(transport.Payload) error) error {
		return transport.Forward(ctx, toBackend, in, send)
	})
	client, done := both(proxy)
	defer done()

	for n, err := range countdown.Call(context.Background(), client, 2) {
		fmt.Println(n, err)
	}
	// Output:
	// 2 <nil>
	// 1 <nil>
}
