package transport_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/time/rate"

	"github.com/demarc-go/demarc/transport"
)

// A line in the log for each call.
func ExampleInterceptor_logging() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	srv := new(transport.Server)
	srv.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			err := next(ctx)
			log.Info("call", "method", call.Method, "code", transport.CodeOf(err))
			return err
		},
	}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()

	_, _ = Add.Call(context.Background(), client, Sum{2, 3})
	// Output: level=INFO msg=call method=add code=ok
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// A panic that is answered with a code and a text of one's own, and reported where one likes.
func ExampleInterceptor_recovery() {
	var divide = transport.Unary[Sum, int]("divide")
	srv := new(transport.Server)
	srv.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) (err error) {
			defer func() {
				if v := recover(); v != nil {
					fmt.Println("reported:", v)
					err = transport.Errorf(transport.DataLoss, "%s is broken", call.Method)
				}
			}()
			return next(ctx)
		},
	}
	divide.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A / s.B, nil })
	client, done := both(srv)
	defer done()

	_, err := divide.Call(context.Background(), client, Sum{1, 0})
	fmt.Println(err)
	// Output:
	// reported: runtime error: integer divide by zero
	// transport: data_loss: divide is broken
}

// A token that goes along with each call. Authenticate is simpler, where one is enough for a whole connection.
func ExampleInterceptor_authentication() {
	srv := new(transport.Server)
	srv.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			if call.Side == transport.Incoming && call.Metadata["token"] != "s3cret" {
				return transport.Errorf(transport.Unauthenticated, "no such token")
			}
			return next(ctx)
		},
	}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()
	token := "guess"
	client.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			call.Metadata["token"] = token
			return next(ctx)
		},
	}

	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	token = "s3cret"
	fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	// Output:
	// 0 transport: unauthenticated: no such token
	// 5 <nil>
}

// At most so many calls a second, all clients together. A limiter in ConnContext would be one for each connection.
func ExampleInterceptor_rateLimit() {
	limiter := rate.NewLimiter(rate.Limit(0.001), 2) // two at once, and then one in 1000 seconds
	srv := new(transport.Server)
	srv.Interceptors = []transport.Interceptor{
		func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			if !limiter.Allow() {
				return transport.Errorf(transport.ResourceExhausted, "slow down")
			}
			return next(ctx)
		},
	}
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	client, done := both(srv)
	defer done()

	for range 3 {
		fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
	}
	// Output:
	// 5 <nil>
	// 5 <nil>
	// 0 transport: resource_exhausted: slow down
}
