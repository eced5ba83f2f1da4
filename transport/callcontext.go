package transport

import (
	"context"
	"sync"
	"time"
)

// callContext is the context of a handler. What [context.WithCancelCause] makes, and a timer for the deadline, it makes when somebody asks
// whether the call has ended: most short handlers never do, and for them both would cost more than the rest of the call. From then
// on it is that context, so that contexts made from it and [context.Cause] work as from any other.
//
// It is never used for another call, as a handler may have kept it.
type callContext struct {
	parent   context.Context
	call     *Call
	deadline time.Time // zero: none

	mu     sync.Mutex
	inner  context.Context // nil until somebody has asked
	cancel context.CancelCauseFunc
	ended  bool
	cause  error // why it has ended; nil: the handler has returned
}

// end ends the context because of cause, unless it has ended.
func (c *callContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended, c.cause = true, cause
	if c.cancel != nil {
		c.cancel(cause)
	}
}

// full returns the context that c is for those who ask.
func (c *callContext) full() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		return c.inner
	}
	c.inner, c.cancel = context.WithCancelCause(c.parent)
	if c.ended {
		c.cancel(c.cause)
	} else if !c.deadline.IsZero() {
		cancel := c.cancel
		var stop context.CancelFunc
		c.inner, stop = context.WithDeadline(c.inner, c.deadline)
		c.cancel = func(cause error) { cancel(cause); stop() }
	}
	return c.inner
}

// quiet reports whether nobody has asked, and there is nothing that could have ended the context. Then it also returns nil.
func (c *callContext) quiet() (is bool, inner context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner == nil && !c.ended && c.deadline.IsZero(), c.inner
}

func (c *callContext) Deadline() (time.Time, bool) {
	t, ok := c.parent.Deadline()
	if c.deadline.IsZero() || ok && t.Before(c.deadline) {
		return t, ok
	}
	return c.deadline, true
}

func (c *callContext) Done() <-chan struct{} { return c.full().Done() }

func (c *callContext) Err() error {
	if is, _ := c.quiet(); is && c.parent.Err() == nil {
		return nil
	}
	return c.full().Err()
}

func (c *callContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	if _, inner := c.quiet(); inner != nil {
		return inner.Value(key)
	}
	return c.parent.Value(key)
}
