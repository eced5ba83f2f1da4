package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// The limits of the wait between two attempts.
const (
	firstWait = 20 * time.Millisecond
	mostWait  = 2 * time.Second
)

// tryAgain calls f until it succeeds, fails in a way that another attempt would not mend, or ctx ends. It tries again when there is no
// connection, or the server goes: f must do no harm when it is done twice.
func tryAgain(ctx context.Context, f func() error) error {
	for ceiling := firstWait; ; ceiling = min(2*ceiling, mostWait) {
		start := time.Now()
		err := f()
		if time.Since(start) > mostWait { // it was well for a while
			ceiling = firstWait
		}
		if transport.CodeOf(err) != transport.Unavailable {
			return err
		}
		select {
		case <-time.After(rand.N(ceiling)): // chance, so that not all clients come back in the same moment
		case <-ctx.Done():
			return err // it says more than "time is up"
		}
	}
}

// getAgain is get, over restarts of the server.
func getAgain(ctx context.Context, c transport.Caller, key string) (e entry, err error) {
	err = tryAgain(ctx, func() error {
		e, err = get.Call(ctx, c, key)
		return err
	})
	return e, err
}

// putAgain is put, over restarts of the server. When a connection is lost it may be unknown whether the change was made. To make it
// twice does no harm, unless somebody else has made another in between: therefore it says what must be there, and if that is not so,
// looks whether its own change is.
func putAgain(ctx context.Context, c transport.Caller, to change) (e entry, err error) {
	unknown := false
	err = tryAgain(ctx, func() error {
		e, err = put.Call(ctx, c, to)
		if unknown && transport.CodeOf(err) == transport.Aborted {
			if there, getErr := get.Call(ctx, c, to.Key); getErr != nil {
				return getErr
			} else if there.Value == to.Value {
				e, err = there, nil
			}
		}
		var failed *transport.Error
		unknown = unknown || errors.As(err, &failed) && failed.Outcome == transport.MaybeExecuted
		return err
	})
	return e, err
}

// watchAgain calls see with each entry that i wants, until it returns false, over restarts of the server: each call goes on behind the
// last version that was seen.
func watchAgain(ctx context.Context, c transport.Caller, i interest, see func(entry) bool) error {
	return tryAgain(ctx, func() error {
		for e, err := range watch.Call(ctx, c, i) {
			if err != nil {
				return err
			}
			i.After = e.Version
			if !see(e) {
				return nil
			}
		}
		return nil
	})
}
