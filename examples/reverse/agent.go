package main

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// The limits of the wait between two attempts.
const (
	firstWait = 100 * time.Millisecond
	mostWait  = 10 * time.Second
)

// agent serves over a connection that it has dialed itself.
type agent struct {
	*printer
	name   string
	client *transport.Client
	start  time.Time

	welcomed chan struct{} // has something in it when the hub has let the agent in
	answered atomic.Int64
}

func newAgent(p *printer, name string, client *transport.Client) *agent {
	a := &agent{printer: p, name: name, client: client, start: time.Now(), welcomed: make(chan struct{}, 1)}
	welcome.Handle(client, func(_ context.Context, as string) error {
		select {
		case a.welcomed <- struct{}{}:
		default: // it has been told already
		}
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
	for ceiling := firstWait; ; ceiling = min(2*ceiling, mostWait) {
		_, err := serve.Call(ctx, a.client, a.name)
		switch code := transport.CodeOf(err); {
		case ctx.Err() != nil:
			return nil
		case code == transport.Aborted, code == transport.InvalidArgument, code == transport.Unauthenticated:
			return err // to try again would not help
		}
		if a.wasWelcome() {
			ceiling = firstWait
		}
		wait := rand.N(ceiling) // chance, so that not all agents come back in the same moment
		_ = a.printf("no hub: %v; next attempt in %v\n", err, wait.Round(time.Millisecond))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// wasWelcome reports whether the hub has let the agent in since it was last asked.
func (a *agent) wasWelcome() bool {
	select {
	case <-a.welcomed:
		return true
	default:
		return false
	}
}
