// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test -race ./docs/guide/11-streams/exercise
package exercise

import (
	"context"
	"errors"
)

// Most is the most credit that there can be.
const Most = 1<<31 - 1

// ErrTooMuch says that a peer has granted more than Most.
var ErrTooMuch = errors.New("credit beyond all bounds")

// Credit says how many bytes may still be sent on a stream. Any number of goroutines may use it.
type Credit struct {
	// your fields
}

// NewCredit returns a credit of that many bytes, 0 to Most.
func NewCredit(bytes int64) *Credit {
	return nil // replace this
}

// Take takes the size of a message off the credit, as soon as that is above zero, which may leave it below zero: so a message may
// be larger than all the credit that there ever is. Those who wait are served in the order in which they came.
//
// If ctx ends before that, the error is ctx.Err(), and nothing is taken. After Close the error is that of Close.
func (c *Credit) Take(ctx context.Context, size int64) error {
	return errors.ErrUnsupported // replace this
}

// Grant adds to the credit, and lets those go on for whom there is enough. Beyond Most the error is ErrTooMuch, and the credit stays as
// it is.
func (c *Credit) Grant(bytes int64) error {
	return errors.ErrUnsupported // replace this
}

// Close makes all who wait, and all who come later, fail with err. A second Close changes nothing.
func (c *Credit) Close(err error) {
	// fill in
}
