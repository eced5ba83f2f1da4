package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// request is a request of the peer that was accepted.
type request struct {
	id      uint64
	method  string
	handler handler
	payload []byte
	timeout time.Duration // 0: none
}

// open takes a request of the peer, and has it answered in a goroutine of its own.
func (c *conn) open(e *envelope) error {
	r := request{id: e.id, method: string(e.method), timeout: e.timeout}
	r.handler = c.handler(r.method)
	ctx, cancel := context.WithCancelCause(c.ctx)
	if err := c.accept(&r, cancel, len(e.payload)); err != nil {
		cancel(nil)
		return c.turnDown(r.id, err)
	}
	r.payload = bytes.Clone(e.payload)
	go c.serve(ctx, &r)
	return nil
}

// errIgnored says that a request needs no answer, since a goaway has told the peer that it will not be executed.
var errIgnored = errors.New("ignored")

// accept decides about a request. It is accepted (nil), refused (an *Error), ignored (errIgnored), or against the rules.
func (c *conn) accept(r *request, cancel context.CancelCauseFunc, size int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.id == 0 || r.id%2 == c.nextID%2 || r.id <= c.peerID {
		return fmt.Errorf("%w: request %d after request %d", errProtocol, r.id, c.peerID)
	}
	c.peerID = r.id
	inFlight := len(c.running)
	switch {
	case c.draining:
		return errIgnored
	case inFlight >= max(c.maxInFlight, earlyCalls):
		return fmt.Errorf("%w: more than %d calls in flight", errProtocol, inFlight)
	case inFlight >= c.maxInFlight:
		return Errorf(ResourceExhausted, "more than %d calls in flight", inFlight)
	case size > c.maxMessage:
		return Errorf(ResourceExhausted, "request of %d bytes is over the limit of %d", size, c.maxMessage)
	case r.handler == nil:
		return Errorf(Unimplemented, "method %q is not served here", r.method)
	}
	c.accepted = r.id
	c.running[r.id] = cancel
	return nil
}

// turnDown does what is to be done about a request that accept did not accept because of err.
func (c *conn) turnDown(id uint64, err error) error {
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		e := errorEnvelope(refusal)
		e.id, e.refused = id, true
		return c.out.putRefusal(func(dst []byte) ([]byte, error) { return c.appendFrame(dst, &e) })
	case err == errIgnored:
		return nil
	}
	return err
}

// serve runs the handler of a request and answers with what it returns. It answers whatever happens: a handler that panics,
// or ends its goroutine, is as good as one that returns an error.
func (c *conn) serve(ctx context.Context, r *request) {
	answer := errorEnvelope(Errorf(Internal, "the handler failed"))
	defer func() {
		if v := recover(); v != nil {
			c.log.Error("transport: handler panicked", "method", r.method, "remote", c.nc.RemoteAddr(),
				"panic", v, "stack", string(debug.Stack()))
		}
		c.finish(r.id, &answer)
	}()
	if r.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, r.timeout)
		defer stop()
	}
	payload, err := r.handler(ctx, c.codec, r.payload, nil)
	if err == nil && len(payload) > c.maxOut() {
		err = Errorf(ResourceExhausted, "response of %d bytes is over the limit of %d", len(payload), c.maxOut())
	}
	if err != nil {
		answer = errorEnvelope(err)
		return
	}
	answer = envelope{kind: kindResponse, payload: payload}
}

// errorEnvelope returns the answer of a handler that returned err.
func errorEnvelope(err error) envelope {
	text := err.Error()
	var e *Error
	if errors.As(err, &e) {
		text = e.Message
	}
	code := CodeOf(err)
	if code == OK {
		code = Unknown
	}
	return envelope{kind: kindError, code: code, payload: asText(text)}
}

// finish answers call id and gives its place free. The place is taken until the answer has room in the outbox, so a peer that
// does not read cannot make answers pile up.
func (c *conn) finish(id uint64, answer *envelope) {
	answer.id = id
	_ = c.out.putMessage(c.ctx, func(dst []byte) ([]byte, error) {
		c.release(id)
		if err := c.why(); err != nil {
			return dst, err
		}
		return c.appendFrame(dst, answer)
	}) // fails only if the connection is over
	c.release(id)
	if c.isFinished() {
		c.hangUp(c.writeTimeout)
	}
}

// release takes a request of the peer from the list of those that run, and ends its context.
func (c *conn) release(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.running[id]; ok {
		cancel(nil)
		delete(c.running, id)
	}
}

// cancelRunning ends the context of a handler whose caller has no more use for the answer. The answer is sent all the same.
func (c *conn) cancelRunning(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.running[id]; ok {
		cancel(ErrCallCanceled)
		return nil
	}
	if id == 0 || id%2 == c.nextID%2 || id > c.peerID {
		return fmt.Errorf("%w: cancel of call %d, which was not made", errProtocol, id)
	}
	return nil
}

// cancelAll ends the contexts of all handlers because of why.
func (c *conn) cancelAll(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cancel := range c.running {
		cancel(why)
	}
}
