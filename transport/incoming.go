package transport

import (
	"bytes"
	"errors"
	"runtime/debug"
	"time"

	"github.com/demarc-go/demarc/codec"
)

// incoming is a request or a notify of the peer.
type incoming struct {
	Call
	ctx      callContext // of the handler
	id       uint64
	weight   uint64
	endpoint *endpoint
	payload  []byte
	inline   bool      // it is handled by the goroutine that reads
	next     *incoming // in the queue of a crew
}

func (c *Conn) newIncoming(e *envelope, kind CallKind) *incoming {
	r := &incoming{id: e.id, weight: e.weight(), endpoint: c.methods.find(e.method, kind)}
	if r.endpoint != nil {
		r.Call = Call{Method: r.endpoint.method, Kind: kind, Conn: c, Metadata: parseMetadata(e.metadata)}
	}
	r.ctx.parent, r.ctx.call = c.base, &r.Call
	if e.timeout > 0 {
		r.ctx.deadline = time.Now().Add(e.timeout)
	}
	return r
}

// open takes a request of the peer, and has it answered: here if the method runs inline, or else by the crew.
func (c *Conn) open(e *envelope) error {
	r := c.newIncoming(e, kindOfCall(e.flags))
	if err := c.accept(r, e); err != nil {
		c.stats.others.Add(1)
		return c.turnDown(r.id, err)
	}
	c.stats.callsIn.Add(1)
	c.role.asked = true
	if r.inline = r.endpoint.inline && !c.role.caller; r.inline {
		r.payload = c.lasting(e.payload)
		c.serve(r)
		return nil
	}
	r.payload = append(takeBytes(len(e.payload)), e.payload...)
	c.crew.enlist(r)
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
	if err := c.serveStream(r, e.flags); err != nil {
		return err
	}
	if !c.capacity.take() {
		r.endStream()
		return overLimit(LimitServerCalls, "the server has too many calls in flight")
	}
	c.accepted = r.id
	if c.running == nil {
		c.running = map[uint64]*incoming{}
	}
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
	case r.endpoint.kind != kindOfCall(e.flags):
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
		return c.out.putRefusal(func(dst []byte) ([]byte, error) { return c.appendFrame(dst, &e) })
	}
	return err
}

// errHandler is the answer of a handler that panics, or ends its goroutine.
var errHandler = Errorf(Internal, "the handler failed")

// serve runs the handler of a request and answers with what it returns. It answers whatever happens: a handler that panics,
// or ends its goroutine, is as good as one that returns an error.
func (c *Conn) serve(r *incoming) {
	var answer envelope
	defer func() {
		c.logPanic(r, recover())
		if answer.kind == 0 {
			answer = errorEnvelope(errHandler)
		}
		r.endStream()
		c.finish(r, &answer)
	}()
	payload, err := r.endpoint.handle(&r.ctx, &r.Call, r.payload, takeBytes(int(r.endpoint.usual.Load())))
	if r.endpoint.copies && !r.inline {
		c.giveMessage(r.payload)
	}
	r.payload = nil
	if answer = c.answerFor(r, payload, err); err == nil {
		r.endpoint.usual.Store(int32(min(len(payload), maxBytes)))
	}
}

// logPanic logs with what a handler panicked, unless that is nil.
func (c *Conn) logPanic(r *incoming, v any) {
	if v != nil {
		c.log.Error("transport: handler panicked", "method", r.Method, "remote", c.nc.RemoteAddr(),
			"panic", v, "stack", string(debug.Stack()))
	}
}

// answerFor returns the answer for what a handler has returned. That a method of a message's type panicked, in the codec, is as good as a
// panic of the handler: the caller does not hear with what.
func (c *Conn) answerFor(r *incoming, payload []byte, err error) envelope {
	if errors.Is(err, codec.ErrPanic) {
		c.logPanic(r, err)
		err = errHandler
	}
	if err == nil && len(payload) > c.maxOut() {
		err = overLimit(LimitMessage, "response of %d bytes is over the limit of %d", len(payload), c.maxOut())
		_ = c.stats.count(err)
	}
	metadata, mdErr := r.Reply.entries()
	if err == nil && mdErr != nil {
		err = Errorf(Internal, "response: %s", messageOf(c.stats.count(mdErr)))
	}
	answer := envelope{kind: kindResponse, payload: payload}
	if err != nil {
		answer = errorEnvelope(err)
	}
	if mdErr == nil {
		answer.metadata = metadata
	}
	return answer
}

// errorEnvelope returns the answer of a handler that returned err.
func errorEnvelope(err error) envelope {
	code := CodeOf(err)
	if code == OK {
		code = Unknown
	}
	return envelope{kind: kindError, code: code, payload: asText(messageOf(err))}
}

// finish answers a call and gives its place free. The place is taken until the answer has room in the outbox, so a peer that
// does not read cannot make answers pile up. The goroutine that reads does not wait for room itself.
func (c *Conn) finish(r *incoming, answer *envelope) {
	answer.id = r.id
	if c.finishWith(r, answer, !r.inline) == errFull {
		late := *answer
		go c.finishWith(r, &late, true)
	}
}

// finishWith answers a call. If it may not wait, it does nothing when there is no room, and returns errFull.
func (c *Conn) finishWith(r *incoming, answer *envelope, wait bool) (err error) {
	finished := false
	add := func(dst []byte) (_ []byte, err error) {
		c.out.others, finished, err = c.release(r)
		if err != nil {
			return dst, err
		}
		c.stats.answersOut.Add(1)
		return c.appendFrame(dst, answer)
	}
	if wait {
		err = c.out.putMessage(c.ctx, add)
	} else if err = c.out.putLazily(add); err == errFull {
		return err
	}
	if err != nil { // the connection is over
		_, finished, _ = c.release(r)
	}
	if answer.kind == kindResponse {
		c.giveMessage(answer.payload)
	}
	if finished {
		c.hangUpIfFinished()
	}
	return nil
}

// giveMessage gives the bytes of a message back, unless a codec that nobody here knows may still use them.
func (c *Conn) giveMessage(p []byte) {
	if c.ours {
		giveBytes(p)
	}
}

// lasting returns p, a view of what was read, or a copy if a codec that nobody here knows may keep it.
func (c *Conn) lasting(p []byte) []byte {
	if c.ours {
		return p
	}
	return bytes.Clone(p)
}

// release takes a request of the peer from the list of those that run, and ends its context. It returns how many others run, and reports whether
// the connection is finished, and why it is over.
func (c *Conn) release(r *incoming) (others int, finished bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[r.id] == r {
		r.ctx.end(nil)
		delete(c.running, r.id)
		c.weight -= r.weight
		c.capacity.give()
		c.rest()
	}
	return len(c.running), c.finished(), c.err
}

// cancelRunning ends the context of a handler whose caller has no more use for the answer. The answer is sent all the same.
func (c *Conn) cancelRunning(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[id]; r != nil {
		r.ctx.end(ErrCallCanceled)
		return nil
	}
	if !c.theirs(id) {
		return protocolError("%w: cancel of call %d, which was not made", LimitIDs, id)
	}
	return nil
}
