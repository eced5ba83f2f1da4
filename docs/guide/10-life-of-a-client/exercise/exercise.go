// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/10-life-of-a-client/exercise
package exercise

import (
	"context"
	"errors"
	"time"
)

// Pause returns how long to wait behind an attempt that has failed; the first is attempt 1. It is random(ceiling), which is anything
// from 0 up to the ceiling. The ceiling is first behind the first attempt, twice as much behind each further one, and never more than most,
// however many attempts there were.
func Pause(attempt int, first, most time.Duration, random func(below time.Duration) time.Duration) time.Duration {
	return -1 // replace this
}

// Retry calls f until it succeeds, and returns nil. An error of f is returned at once, unless all of this is true:
//
//   - its code is Unavailable (transport.CodeOf): there is no connection, or the server goes;
//   - its Outcome is NotSent or Refused, or idempotent says that f may be done twice without harm. An error that is no *transport.Error
//     has no Outcome: nobody knows whether f was done;
//   - there is time: ctx does not end before the pause is over.
//
// Behind attempt n it waits for pause(n). If ctx ends meanwhile, or if it would, Retry returns the last error of f, which says more than
// that time is up.
func Retry(ctx context.Context, idempotent bool, pause func(attempt int) time.Duration, f func(context.Context) error) error {
	return errors.ErrUnsupported // replace this
}
