package transport

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// incoming is a request or a notify of the peer.
type incoming struct {
	Call
	id       uint64
	weight   uint64
	timeout  time.Duration // 0: none
	endpoint *endpoint
	payload  []byte
	cancel   context.CancelCauseFunc // of a request that was accepted
}

func (c *Conn) newIncoming(e *envelope, kind CallKind) *incoming {
	r := &incoming{id: e.id, weight: e.weight(), timeout: e.timeout, endpoint: c.methods.find(e.method, kind)}
	if r.endpoint != nil {
		r.Call = Call{Method: r.endpoint.method, Kind: kind, Conn: c, Metadata: parseMetadata(e.metadata)}
	}
	return r
}

// open takes a request of the peer, and has it answered: here if the method runs inline, or else in a goroutine of its own.
func (c *Conn) open(e *envelope) error {
	r := c.newIncoming(e, CallUnary)
	var ctx context.Context
	ctx, r.cancel = context.WithCancelCause(c.base)
	if err := c.accept(r, e); err != nil {
		r.cancel(nil)
		c.stats.others.Add(1)
		return c.turnDown(r.id, err)
	}
	c.stats.callsIn.Add(1)
	if r.endpoint.inline {
		r.payload = e.payload
		c.serve(ctx, r)
		return nil
	}
	r.payload = bytes.Clone(e.payload)
	go c.serve(ctx, r)
	return nil
}

// errIgnored says that a request needs no answer, since a goaway has told the peer that it will not be executed.
var errIgnored = errors.New("ignored")

// accept decides about a request. It is accepted (nil), refused (an *Error), ignored (errIgnored), or against the rules.
func (c *Conn) accept(r *incoming, e *envelope) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.id == 0 || r.id%2 == c.nextID%2 || r.id <= c.peerID {
		return protocolError("%w: request %d after request %d", LimitIDs, r.id, c.peerID)
	}
	c.peerID = r.id
	if c.draining {
		return errIgnored
	}
	if err := c.room(); err != nil {
		return err
	}
	if err := r.fits(e, c.limits.MaxMessage); err != nil {
		return err
	}
	if !c.capacity.take() {
		return overLimit(LimitServerCalls, "the server has too many calls in flight")
	}
	c.accepted = r.id
	c.running[r.id] = r
	c.weight += r.weight
	return nil
}

// room reports whether one more request may be in flight. c.mu is locked.
func (c *Conn) room() error {
	running, limits := len(c.running), &c.limits
	switch {
	case running >= max(limits.MaxInFlight, earlyCalls):
		return protocolError("%w: more than %d calls in flight", LimitCalls, running)
	case c.weight >= uint64(max(limits.MaxInFlightBytes, earlyBytes)):
		return protocolError("%w: more than %d bytes of requests in flight", LimitCallBytes, c.weight)
	case running >= limits.MaxInFlight:
		return overLimit(LimitCalls, "more than %d calls in flight", running)
	case c.weight >= uint64(limits.MaxInFlightBytes):
		return overLimit(LimitCallBytes, "more than %d bytes of requests in flight", c.weight)
	}
	return nil
}

// fits reports whether there is an endpoint that can serve r, which came as e.
func (r *incoming) fits(e *envelope, maxMessage int) error {
	switch {
	case len(e.payload) > maxMessage:
		return overLimit(LimitMessage, "request of %d bytes is over the limit of %d", len(e.payload), maxMessage)
	case r.endpoint == nil:
		return Errorf(Unimplemented, "method %q is not served here", e.method)
	case e.flags != 0 || r.endpoint.kind != CallUnary:
		return Errorf(Unimplemented, "method %q is served here as %v", e.method, r.endpoint.kind)
	}
	return nil
}

// maxRefusal is the largest text of a refusal in bytes: a peer that is refused does not choose how much waits for it.
const maxRefusal = 256

// turnDown does what is to be done about a request that accept did not accept because of err.
func (c *Conn) turnDown(id uint64, err error) error {
	if err == errIgnored {
		return nil
	}
	var refusal *Error
	if errors.As(err, &refusal) {
		c.log.Debug("transport: request refused", "id", id, "remote", c.nc.RemoteAddr(), "err", c.stats.count(err))
		e := errorEnvelope(refusal)
		e.id, e.flags = id, flagRefused
		e.payload = asText(refusal.Message[:min(len(refusal.Message), maxRefusal)])
		c.stats.others.Add(1)
		return c.out.putRefusal(func(dst []byte) ([]byte, error) { return c.appendFrame(dst, e) })
	}
	return err
}

// errHandler is the answer of a handler that panics, or ends its goroutine.
var errHandler = Errorf(Internal, "the handler failed")

// serve runs the handler of a request and answers with what it returns. It answers whatever happens: a handler that panics,
// or ends its goroutine, is as good as one that returns an error.
func (c *Conn) serve(ctx context.Context, r *incoming) {
	var answer *envelope
	defer func() {
		c.logPanic(r, recover())
		if answer == nil {
			answer = errorEnvelope(errHandler)
		}
		c.finish(r, answer)
	}()
	if r.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, r.timeout)
		defer stop()
	}
	payload, err := r.endpoint.handle(context.WithValue(ctx, callKey{}, &r.Call), &r.Call, r.payload, nil)
	answer = c.answerFor(r, payload, err)
}

// logPanic logs with what a handler panicked, unless that is nil.
func (c *Conn) logPanic(r *incoming, v any) {
	if v != nil {
		c.log.Error("transport: handler panicked", "method", r.Method, "remote", c.nc.RemoteAddr(),
			"panic", v, "stack", string(debug.Stack()))
	}
}

// answerFor returns the answer for what a handler has returned.
func (c *Conn) answerFor(r *incoming, payload []byte, err error) *envelope {
	if err == nil && len(payload) > c.maxOut() {
		err = overLimit(LimitMessage, "response of %d bytes is over the limit of %d", len(payload), c.maxOut())
		_ = c.stats.count(err)
	}
	metadata, mdErr := r.Reply.entries()
	if err == nil && mdErr != nil {
		err = Errorf(Internal, "response: %s", messageOf(c.stats.count(mdErr)))
	}
	answer := &envelope{kind: kindResponse, payload: payload}
	if err != nil {
		answer = errorEnvelope(err)
	}
	if mdErr == nil {
		answer.metadata = metadata
	}
	return answer
}

// errorEnvelope returns the answer of a handler that returned err.
func errorEnvelope(err error) *envelope {
	code := CodeOf(err)
	if code == OK {
		code = Unknown
	}
	return &envelope{kind: kindError, code: code, payload: asText(messageOf(err))}
}

// finish answers a call and gives its place free. The place is taken until the answer has room in the outbox, so a peer that
// does not read cannot make answers pile up. The goroutine that reads does not wait for room itself.
func (c *Conn) finish(r *incoming, answer *envelope) {
	answer.id = r.id
	add := func(dst []byte) ([]byte, error) {
		c.release(r)
		if err := c.why(); err != nil {
			return dst, err
		}
		c.out.crowded = c.hasRunning()
		c.stats.answersOut.Add(1)
		return c.appendFrame(dst, answer)
	}
	if r.endpoint.inline && c.out.putLazily(add) != errFull {
		c.done(r)
		return
	}
	wait := func() {
		_ = c.out.putMessage(c.ctx, add) // fails only if the connection is over
		c.done(r)
	}
	if r.endpoint.inline {
		go wait()
	} else {
		wait()
	}
}

// done ends what there is to end when a call is answered, or cannot be.
func (c *Conn) done(r *incoming) {
	c.release(r)
	c.hangUpIfFinished()
}

// release takes a request of the peer from the list of those that run, and ends its context.
func (c *Conn) release(r *incoming) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[r.id] == r {
		r.cancel(nil)
		delete(c.running, r.id)
		c.weight -= r.weight
		c.capacity.give()
		c.rest()
	}
}

// cancelRunning ends the context of a handler whose caller has no more use for the answer. The answer is sent all the same.
func (c *Conn) cancelRunning(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[id]; r != nil {
		r.cancel(ErrCallCanceled)
		return nil
	}
	if !c.theirs(id) {
		return protocolError("%w: cancel of call %d, which was not made", LimitIDs, id)
	}
	return nil
}

// hasRunning reports whether requests of the peer are running.
func (c *Conn) hasRunning() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.running) > 0
}
