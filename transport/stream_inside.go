package transport

import (
	"context"
	"sync"
)

// inside makes a call by do, which is given the Caller to make it through, inside the interceptors of c, if there are any.
func inside(ctx context.Context, c Caller, call *Call, do func(context.Context, Caller) error) error {
	if len(c.around()) == 0 {
		return do(ctx, c)
	}
	return call.make(ctx, c, do)
}

// openInside opens call, whose caller holds on to it, through c. If there are interceptors they run in a goroutine that is there until
// the call is over, and its end passes through them.
func openInside(ctx context.Context, c Caller, call *Call) (*stream, error) {
	if len(c.around()) == 0 {
		return openStream(ctx, c, call)
	}
	call.guard = &guard{to: replyFrom(ctx), opened: make(chan *stream), over: make(chan error, 1), done: make(chan struct{})}
	go call.guard.run(ctx, c, call)
	select {
	case s := <-call.guard.opened:
		return s, nil
	case <-call.guard.done:
		return nil, call.guard.result(errNotMade)
	}
}

var (
	errNotMade  = &Error{Code: Internal, Message: "an interceptor ended the call without making it", Outcome: NotSent}
	errNotAgain = &Error{Code: FailedPrecondition, Message: "a call whose stream has begun cannot be made again", Outcome: NotSent}
)

// guard is where a call passes from the goroutine of its caller into that of its interceptors. nil stands for none.
type guard struct {
	opened chan *stream
	once   sync.Once
	over   chan error    // how the call ended; has room for it
	done   chan struct{} // closed when the interceptors have returned; the rest is valid then
	err    error
	panic  any
	reply  Metadata  // of the answer
	to     *Metadata // where the caller wants it, who may leave before; nil: nowhere
}

// run runs the interceptors, and in their midst waits for the end of the call.
func (g *guard) run(ctx context.Context, c Caller, call *Call) {
	defer close(g.done)
	defer func() { g.panic = recover() }()
	begun := false
	g.err = call.make(WithReplyMetadata(ctx, &g.reply), c, func(ctx context.Context, c Caller) error {
		if begun {
			return errNotAgain
		}
		s, err := openStream(ctx, c, call)
		if err != nil {
			return err
		}
		begun = true
		g.opened <- s
		return <-g.over
	})
}

// report tells the interceptors how the call ended, which ending finds out, if they do not know.
func (g *guard) report(ending func() error) {
	if g != nil {
		g.once.Do(func() { g.over <- ending() })
	}
}

// pass is report, and returns what the interceptors make of it.
func (g *guard) pass(ending func() error) error {
	if g == nil {
		return ending()
	}
	g.report(ending)
	<-g.done
	return g.result(nil)
}

// result returns what the interceptors have returned, or instead of nil. A panic goes on here.
func (g *guard) result(instead error) error {
	if g.to != nil {
		*g.to = g.reply
	}
	switch {
	case g.panic != nil:
		panic(g.panic)
	case g.err == nil:
		return instead
	}
	return g.err
}
