// Package exercise answers the exercise of chapter 11.
package exercise

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Most is the most credit that there can be.
const Most = 1<<31 - 1

// ErrTooMuch says that a peer has granted more than Most.
var ErrTooMuch = errors.New("credit beyond all bounds")

// Credit says how many bytes may still be sent on a stream.
type Credit struct {
	mu      sync.Mutex
	bytes   int64
	waiting []*waiter // while there are some, bytes is not above zero
	closed  error
}

// waiter is one who waits in Take.
type waiter struct {
	size   int64
	served chan error // has room for what is sent to it
}

// NewCredit returns a credit of that many bytes.
func NewCredit(bytes int64) *Credit { return &Credit{bytes: bytes} }

// Take takes the size of a message off the credit, as soon as that is above zero.
func (c *Credit) Take(ctx context.Context, size int64) error {
	w := &waiter{size, make(chan error, 1)}
	c.mu.Lock()
	if c.closed != nil {
		c.mu.Unlock()
		return c.closed
	}
	c.waiting = append(c.waiting, w)
	c.serve()
	c.mu.Unlock()
	select {
	case err := <-w.served:
		return err
	case <-ctx.Done():
		return c.leave(ctx, w)
	}
}

// leave takes one who waits no more out of the queue. If he was served in that moment, that counts.
func (c *Credit) leave(ctx context.Context, w *waiter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, w)
	if i < 0 {
		return <-w.served
	}
	c.waiting = slices.Delete(c.waiting, i, i+1)
	return ctx.Err()
}

// serve serves those at the head of the queue, as far as the credit goes. c.mu is locked.
func (c *Credit) serve() {
	for len(c.waiting) > 0 && c.bytes > 0 {
		w := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.bytes -= w.size
		w.served <- nil
	}
}

// Grant adds to the credit, and lets those go on for whom there is enough.
func (c *Credit) Grant(bytes int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes > Most-c.bytes { // and not the sum, which could overflow
		return ErrTooMuch
	}
	c.bytes += bytes
	c.serve()
	return nil
}

// Close makes all who wait, and all who come later, fail with err.
func (c *Credit) Close(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed != nil {
		return
	}
	c.closed = err
	for _, w := range c.waiting {
		w.served <- err
	}
	c.waiting = nil
}
