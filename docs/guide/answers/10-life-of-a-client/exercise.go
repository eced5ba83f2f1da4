// Package exercise answers the exercise of chapter 10.
package exercise

import (
	"context"
	"errors"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// Pause returns how long to wait behind an attempt that has failed.
func Pause(attempt int, first, most time.Duration, random func(below time.Duration) time.Duration) time.Duration {
	ceiling := first
	for range attempt - 1 {
		if ceiling >= most/2 { // and not after doubling it, which could overflow
			ceiling = most
			break
		}
		ceiling *= 2
	}
	return random(min(ceiling, most))
}

// Retry calls f until it succeeds.
func Retry(ctx context.Context, idempotent bool, pause func(attempt int) time.Duration, f func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := f(ctx)
		if err == nil || !again(err, idempotent) || !wait(ctx, pause(attempt)) {
			return err
		}
	}
}

// again reports whether what failed with err may be done once more.
func again(err error, idempotent bool) bool {
	if transport.CodeOf(err) != transport.Unavailable {
		return false
	}
	var e *transport.Error
	done := !errors.As(err, &e) || e.Outcome != transport.NotSent && e.Outcome != transport.Refused
	return idempotent || !done
}

// wait waits, and reports whether there was time to.
func wait(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
