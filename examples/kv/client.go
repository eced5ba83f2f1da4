package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// The client itself waits for a server that is away, with pauses that grow, and makes a call again that was certainly not executed, or that is
// idempotent. What remains is here.
const (
	backoff    = 50 * time.Millisecond
	maxBackoff = 2 * time.Second
)

// putAgain is put, also if the connection is lost before the answer is here. Nobody knows then whether the change was made. To make it
// twice does no harm, unless somebody else has made another in between: therefore it says what must be there, and if that is not so,
// looks whether its own change is.
func putAgain(ctx context.Context, c transport.Caller, to change) (entry, error) {
	for unknown := false; ; unknown = true {
		e, err := put.Call(ctx, c, to)
		if unknown && transport.CodeOf(err) == transport.Aborted {
			there, getErr := get.Call(ctx, c, to.Key)
			if getErr == nil && there.Value == to.Value {
				return there, nil
			}
		}
		var failed *transport.Error
		if !errors.As(err, &failed) || failed.Outcome != transport.MaybeExecuted || ctx.Err() != nil {
			return e, err
		}
	}
}

// watchAgain calls see with each entry that i wants, until it returns false, over restarts of the server: each call goes on behind the
// last version that was seen.
func watchAgain(ctx context.Context, c transport.Caller, i interest, see func(entry) bool) error {
	for {
		err := watchOnce(ctx, c, &i, see)
		if transport.CodeOf(err) != transport.Unavailable {
			return err
		}
		select {
		case <-time.After(rand.N(backoff)): // the server may still be there, and say that it goes
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func watchOnce(ctx context.Context, c transport.Caller, i *interest, see func(entry) bool) error {
	for e, err := range watch.Call(ctx, c, *i) {
		if err != nil {
			return err
		}
		i.After = e.Version
		if !see(e) {
			return nil
		}
	}
	return nil
}
