package transport

import "context"

// Observer is told what happens, for metrics and traces. Its methods are called from many goroutines at once. They must be quick, and must
// not wait for the connection. The fields Observer of [Server] and [Client] hold one; nil costs nothing.
type Observer interface {
	// Call is called when a call begins, on the side that makes it and on the side that serves it, outside all interceptors. The context
	// that it returns is that of the call: a place for a span. end is called when the call ends with err, which may be nil; of a handler
	// that panics it is called with an error of code [Internal]. Calls that are refused before there is a handler are none; see Limit.
	Call(ctx context.Context, call *Call) (inner context.Context, end func(err error))

	// Conn is called when a connection has come further, for one connection never twice at once.
	Conn(c *Conn, state ConnState)

	// Limit is called when a limit was exceeded. c is nil for a connection that was one too many. It must not use c but for what is
	// said about it: its addresses, its identity.
	Limit(c *Conn, l Limit)
}

// observed returns the interceptors with o outside of them.
func observed(o Observer, inner []Interceptor) []Interceptor {
	if o == nil {
		return inner
	}
	return append([]Interceptor{func(ctx context.Context, call *Call, next func(context.Context) error) error {
		ctx, end := o.Call(ctx, call)
		err := error(errHandler) // unless it returns
		defer func() { end(err) }()
		err = next(ctx)
		return err
	}}, inner...)
}

// observedStates returns the hook with o before it.
func observedStates(o Observer, hook func(*Conn, ConnState)) func(*Conn, ConnState) {
	switch {
	case o == nil:
		return hook
	case hook == nil:
		return o.Conn
	}
	return func(c *Conn, s ConnState) {
		o.Conn(c, s)
		hook(c, s)
	}
}
