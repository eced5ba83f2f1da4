package transport

import (
	"cmp"
	"context"
	"io"
	"sync"
)

// asking is the caller's side of a call with a stream. The call is over when the answer is here, when the caller's context ends, or
// when the caller wants no more of it, whichever is first.
type asking struct {
	call *Call
	ctx  context.Context
	stop func() bool // do not watch ctx any more

	mu     sync.Mutex
	over   bool
	done   chan struct{} // closed when the call is over, and result is valid
	result result
}

// openStream opens a call whose stream the caller holds on to through c, inside all interceptors; again if it was not sent because a
// connection was about to end. Once it is sent it is not opened again, as messages may have been sent on it.
func openStream(ctx context.Context, c Caller, call *Call) (s *stream, err error) {
	once := func() error {
		s, err = openOnce(ctx, c, call, nil)
		return err
	}
	err = repeating(ctx, c, false, once(), once)
	return s, err
}

// openOnce opens a call with a stream through c. encode makes the payload of the request; nil if there is a stream in its place.
func openOnce(ctx context.Context, c Caller, call *Call, encode func(*Conn) ([]byte, error)) (*stream, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	var p []byte
	if encode != nil {
		if p, err = encode(conn); err != nil {
			return nil, withOutcome(InvalidArgument, NotSent, err)
		}
	}
	return conn.openStream(ctx, call, p)
}

// openStream opens a call with a stream. p is the payload of the request, which is not the caller's any more; nil if there is a stream
// in its place.
func (c *Conn) openStream(ctx context.Context, about *Call, p []byte) (*stream, error) {
	e := &envelope{kind: kindRequest, flags: about.Kind.flags(), method: []byte(about.Method), payload: p}
	if err := c.complete(ctx, e); err != nil {
		return nil, err
	}
	select { // a stream is there for long, and may wait for what the peer says about credit
	case <-c.greeted:
	case <-c.retired:
	case <-ctx.Done():
	}
	if !c.isGreeted() {
		return nil, c.notSent(ctx, c.whyNoCalls())
	}
	if err := c.admitStream(ctx, e); err != nil {
		return nil, err
	}
	s := c.newStream(ctx, about)
	if err := c.request(ctx, e, &call{weight: e.weight(), stream: s}); err != nil {
		c.slots.release(e.weight())
		s.stop(err)
		return nil, err
	}
	c.giveMessage(p)
	s.ask.stop = context.AfterFunc(ctx, func() { s.giveUp(ended(ctx, MaybeExecuted), ctx.Err() == context.Canceled) })
	keepReply(ctx, nil)
	return s, nil
}

// admitStream waits until there is room for the call that e opens, and takes it.
func (c *Conn) admitStream(ctx context.Context, e *envelope) error {
	if e.flags&flagDownload == 0 {
		return c.admit(ctx, e, &c.slots)
	}
	if !c.budget.streams.acquire(ctx, 0, c.retired) {
		if ctx.Err() != nil {
			return ended(ctx, NotSent)
		}
		return lost(NotSent, c.whyNoCalls())
	}
	err := c.admit(ctx, e, &c.slots)
	if err != nil {
		c.budget.streams.release(0)
	}
	return err
}

// newStream returns the stream of a call of this side, for which there is room.
func (c *Conn) newStream(ctx context.Context, call *Call) *stream {
	s := &stream{conn: c, ask: &asking{call: call, ctx: ctx, done: make(chan struct{})}}
	flags := call.Kind.flags()
	if flags&flagDownload != 0 {
		s.in = newInflow(s)
	}
	if flags&flagUpload != 0 {
		s.out = newOutflow(s)
	}
	return s
}

// settle ends the call with r, unless it is over.
func (a *asking) settle(r result) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return false
	}
	a.over, a.result = true, r
	close(a.done)
	return true
}

// answered takes the answer to the call, or the error that there will be none. What was received before it can still be read.
func (s *stream) answered(r result) {
	s.ask.settle(r)
	if s.in != nil {
		s.in.end()
	}
	if s.out != nil {
		s.out.stop(cmp.Or(r.err, error(errStreamEnded)))
	}
}

// giveUp ends the call on this side because of err, and asks the peer to stop if cancel is set, unless the answer is here.
func (s *stream) giveUp(err error, cancel bool) {
	first := s.ask.settle(result{err: err})
	s.stop(err)
	if first && cancel {
		s.conn.cancelCall(s.id)
	}
	s.ask.call.guard.report(func() error {
		if !first && s.in == nil { // the answer is here, and is all that there is
			return s.outcome()
		}
		return err
	})
}

// errNoUse ends a call whose caller has left the loop over its messages, or canceled it.
var errNoUse = &Error{Code: Canceled, Message: "the caller has no more use for the call", Outcome: MaybeExecuted, Err: context.Canceled}

// leave ends the call, if it is not over, since its caller has no more use for it.
func (s *stream) leave() {
	s.ask.stop()
	s.giveUp(errNoUse, true)
}

// failBy ends the call because of err, of a hook.
func (s *stream) failBy(err error) error {
	err = ownError(err, MaybeExecuted)
	s.giveUp(err, true)
	return err
}

// receiver returns what receives for the caller.
func (s *stream) receiver() *receiver {
	return &receiver{
		in:     s.in,
		hook:   s.ask.call.OnReceive,
		ending: s.ending,
		bad: func(code Code, err error) error {
			if code == Internal {
				return withOutcome(Internal, Answered, err)
			}
			return s.failBy(err)
		},
	}
}

// ending returns what the end err of the stream means to the caller. An answer that is here is not all, if there are messages before it
// that were not read.
func (s *stream) ending(err error) error {
	end := s.finish()
	switch {
	case end != nil || err == io.EOF:
	case s.ask.ctx.Err() != nil:
		end = ended(s.ask.ctx, MaybeExecuted)
	default:
		end = err
	}
	return cmp.Or(end, io.EOF)
}

// finish waits until the call is over, which it is when its context ends, and returns how that went.
func (s *stream) finish() error {
	<-s.ask.done
	s.ask.stop()
	return s.ask.call.guard.pass(s.outcome)
}

// outcome returns how the call went, which is over, and decodes the response, if there is one.
func (s *stream) outcome() error {
	r := s.ask.result
	if r.metadata != nil {
		keepReply(s.ask.ctx, r.metadata)
	}
	if r.err != nil || s.ask.call.Response == nil {
		return r.err
	}
	if err := decodeMessage(s.conn.codec, r.payload, s.ask.call.Response); err != nil {
		return withOutcome(Internal, Answered, err)
	}
	return nil
}
