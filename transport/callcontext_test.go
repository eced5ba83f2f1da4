package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type callContextKey struct{}

func newCallContext(parent context.Context) *callContext {
	return &callContext{parent: parent, call: &Call{Method: "method"}}
}

// However a call's context ends, and whoever asks first, it is as one of the standard library's.
func TestCallContextEnds(t *testing.T) {
	lost := errors.New("lost")
	tests := []struct {
		name  string
		end   func(c *callContext, parent context.CancelCauseFunc)
		err   error
		cause error
	}{
		{"canceled", func(c *callContext, _ context.CancelCauseFunc) { c.end(ErrCallCanceled); c.end(nil) }, context.Canceled, ErrCallCanceled},
		{"returned", func(c *callContext, _ context.CancelCauseFunc) { c.end(nil); c.end(ErrCallCanceled) }, context.Canceled, context.Canceled},
		{"parent", func(_ *callContext, parent context.CancelCauseFunc) { parent(lost) }, context.Canceled, lost},
		{"deadline", func(*callContext, context.CancelCauseFunc) { time.Sleep(time.Minute) }, context.DeadlineExceeded, context.DeadlineExceeded},
		{"deadline, then returned", func(c *callContext, _ context.CancelCauseFunc) { time.Sleep(time.Minute); c.full(); c.end(nil) },
			context.DeadlineExceeded, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		for _, asked := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), callContextKey{}, "value"))
				defer cancel(nil)
				c := newCallContext(parent)
				c.deadline = time.Now().Add(time.Second)
				var child context.Context
				if asked {
					require.NoError(t, c.Err())
					require.NoError(t, context.Cause(c))
					var stop context.CancelFunc
					child, stop = context.WithCancel(c)
					defer stop()
				}
				tt.end(c, cancel)
				synctest.Wait()
				assert.Equal(t, tt.cause, context.Cause(c), "%s, asked %v", tt.name, asked)
				assert.Equal(t, tt.err, c.Err(), "%s, asked %v", tt.name, asked)
				<-c.Done()
				if asked {
					assert.Equal(t, tt.cause, context.Cause(child), tt.name)
				}
				assert.Equal(t, c.call, CallFrom(c))
				assert.Equal(t, "value", c.Value(callContextKey{}))
				c.end(nil)
			})
		}
	}
}

func TestCallContextDeadline(t *testing.T) {
	now := time.Now()
	parent, cancel := context.WithDeadline(t.Context(), now.Add(time.Hour))
	defer cancel()
	for _, tt := range []struct{ own, want time.Time }{
		{time.Time{}, now.Add(time.Hour)},
		{now.Add(time.Minute), now.Add(time.Minute)},
		{now.Add(2 * time.Hour), now.Add(time.Hour)},
	} {
		c := newCallContext(parent)
		c.deadline = tt.own
		got, ok := c.Deadline()
		assert.True(t, ok)
		assert.Equal(t, tt.want, got)
	}
	_, ok := newCallContext(context.Background()).Deadline()
	assert.False(t, ok)
}

// A handler that asks for nothing but the call pays for nothing.
func TestQuietCallContextAllocatesNothing(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := newCallContext(parent)
	allocs := testing.AllocsPerRun(100, func() {
		_ = CallFrom(c)
		_ = c.Err()
		_ = c.Value(callContextKey{})
		_, _ = c.Deadline()
	})
	c.end(nil)
	assert.Zero(t, allocs)
	assert.Nil(t, c.inner)
}
