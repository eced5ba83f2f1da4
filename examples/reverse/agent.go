package main

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// How long the client waits before it dials again: at most so long, the first time, and in the end.
const (
	backoff    = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// agent serves over a connection that it has dialed itself.
type agent struct {
	*printer
	name   string
	client *transport.Client
	start  time.Time

	answered atomic.Int64
}

func newAgent(p *printer, name string, client *transport.Client) *agent {
	a := &agent{printer: p, name: name, client: client, start: time.Now()}
	welcome.Handle(client, func(_ context.Context, as string) error {
		return a.printf("serving as %q\n", as)
	})
	describe.Handle(client, func(context.Context, struct{}) (description, error) {
		return description{a.name, runtime.GOOS, runtime.NumCPU(), time.Since(a.start), int(a.answered.Add(1))}, nil
	})
	echo.Handle(client, func(_ context.Context, text string) (string, error) {
		a.answered.Add(1)
		return text, nil
	})
	pause.Handle(client, func(ctx context.Context, d time.Duration) (time.Duration, error) {
		a.answered.Add(1)
		_ = a.printf("a pause of %v\n", d)
		start := time.Now()
		select {
		case <-time.After(d):
		case <-ctx.Done():
			_ = a.printf("the pause has ended early: %v\n", context.Cause(ctx))
		}
		return time.Since(start), ctx.Err()
	})
	return a
}

// run serves until ctx ends, over one connection after the other, or until another agent takes the name. In the end it answers the
// calls that it has.
func (a *agent) run(ctx context.Context) error {
	defer shutdown(a.client)
	for {
		err := a.serve(ctx)
		switch code := transport.CodeOf(err); {
		case ctx.Err() != nil:
			return nil
		case code == transport.Aborted, code == transport.InvalidArgument, code == transport.Unauthenticated:
			return err // to try again would not help
		}
		_ = a.printf("no hub: %v\n", err)
		select {
		case <-time.After(rand.N(backoff)): // the hub may still be there, and say that it goes
		case <-ctx.Done():
			return nil
		}
	}
}

// serve makes the call that makes this an agent. Connect tries once to dial, when it is time for that, and says why it could not.
func (a *agent) serve(ctx context.Context) error {
	err := a.client.Connect(ctx)
	if err == nil {
		_, err = serve.Call(ctx, a.client, a.name)
	}
	return err
}
