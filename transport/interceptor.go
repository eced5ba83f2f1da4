package transport

import (
	"context"
	"errors"
	"maps"
)

// Interceptor is called around each call and each notify, on the side that makes it or on the side that serves it. It does what
// it wants to before and after, and next does the rest: the interceptors further in, and in their midst the call itself, or the
// handler. It passes on ctx, or a context made from it. What it returns is what the call, or the handler, returns.
//
// Without next nothing is sent, or no handler runs; with an error of its own it turns the call down. It may call next again, to make
// the call once more. It may change what Request and Response point to, before next and after it.
//
// On the incoming side a panic is that of a handler: it is answered with [Internal] and logged. On the outgoing side it goes on in the
// goroutine that calls. Around an inline method interceptors run where the handler does, and must not block either.
//
// An error that an outgoing interceptor returns without next has the Outcome [NotSent]. On the incoming side it is the answer. Calls of
// methods that nobody serves, and those beyond a limit, are refused before any interceptor.
type Interceptor func(ctx context.Context, call *Call, next func(context.Context) error) error

// through calls chain around last, the first of it outermost.
func (c *Call) through(ctx context.Context, chain []Interceptor, last func(context.Context) error) error {
	if len(chain) == 0 {
		return last(ctx)
	}
	return chain[0](ctx, c, func(ctx context.Context) error { return c.through(ctx, chain[1:], last) })
}

// serve runs handle inside the interceptors of the connection. unreadable is why the request is none, or nil.
func (c *Call) serve(ctx context.Context, unreadable error, handle func(context.Context) error) error {
	if c.Kind == CallNotify {
		c.Response = nil
	}
	if unreadable != nil {
		c.Request = nil
		handle = func(context.Context) error { return unreadable }
	}
	return c.through(ctx, c.Conn.interceptors, handle)
}

// make runs do, which makes the call through the Caller that it is given, inside the interceptors of caller. ctx is that of whoever
// calls, and all that is known of the call stands in it or in c.
func (c *Call) make(ctx context.Context, caller Caller, do func(context.Context, Caller) error) error {
	c.Side = Outgoing
	c.Conn, _ = caller.(*Conn)
	c.Metadata = Metadata{}
	maps.Copy(c.Metadata, metadataFrom(ctx))
	outcome := NotSent
	err := c.through(ctx, caller.around(), func(ctx context.Context) error {
		c.Reply = nil
		ctx = WithReplyMetadata(WithMetadata(ctx, c.Metadata), &c.Reply)
		err := do(ctx, noting{caller, c})
		outcome = outcomeOf(err)
		return err
	})
	if reply := replyFrom(ctx); reply != nil {
		*reply = c.Reply
	}
	return ownError(err, outcome)
}

// ownError returns the error err of the interceptors as one that a call may return. outcome is that of the call itself.
func ownError(err error, outcome Outcome) error {
	var e *Error
	if err == nil || errors.As(err, &e) && (outcome != NotSent || e.Outcome == outcome) {
		return err
	}
	return withOutcome(CodeOf(err), outcome, err)
}

// outcomeOf returns the outcome of a call that returned err.
func outcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return Answered
}

// noting is a Caller that notes over which connection a call goes.
type noting struct {
	Caller
	call *Call
}

func (n noting) connect(ctx context.Context) (*Conn, error) {
	conn, err := n.Caller.connect(ctx)
	if err == nil {
		n.call.Conn = conn
	}
	return conn, err
}
