package transport

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// greet sends the preface and the hello, once, before all else.
func (c *Conn) greet() {
	c.greeting.Do(func() {
		_ = c.out.putControl(func(dst []byte) ([]byte, error) {
			dst = append(dst, preface...)
			return c.appendFrame(dst, &envelope{kind: kindHello, payload: c.hello.append(nil)})
		}) // fails only if the connection is over
	})
}

// meet takes the peer's hello. What the peer sends behind it waits meanwhile, unread.
func (c *Conn) meet(e *envelope) error {
	if e.kind != kindHello {
		return protocolError("%v before the hello", e.kind)
	}
	h, err := parseHello(bytes.Clone(e.payload))
	if err != nil {
		return err
	}
	if h.codec != c.codec.Name() {
		err := &Error{Code: Unimplemented, Err: errCodec}
		err.Message = "the peer speaks codec \"" + h.codec + "\", here it is \"" + c.codec.Name() + "\""
		return err
	}
	c.mu.Lock()
	c.peer = h
	c.mu.Unlock()
	if err := c.admitPeer(); err != nil {
		return err
	}
	if err := c.out.failed(); err != nil && err != errFinished {
		return err
	}
	c.frames.Max = max(c.limits.MaxMessage, earlyMessage) + frameOverhead
	c.slots.setLimits(min(h.calls, uint64(c.limits.MaxInFlight)), min(h.bytes, uint64(c.limits.MaxInFlightBytes)))
	c.credit.grant(h.credit - earlyCredit)
	close(c.greeted)
	c.state.rise(StateActive)
	c.pulse.start(c.beat)
	return nil
}

// admitPeer lets Authenticate decide about the peer.
func (c *Conn) admitPeer() error {
	if c.authenticate != nil {
		ctx, cancel := context.WithTimeoutCause(c.ctx, c.limits.HelloTimeout, LimitHello)
		defer cancel()
		identity, err := c.identify(ctx)
		if err != nil {
			c.log.Info("transport: peer not authenticated", "remote", c.nc.RemoteAddr(), "err", err)
			return turnedDown(err)
		}
		c.mu.Lock()
		c.identity = identity
		c.mu.Unlock()
	}
	c.base = c.ctx
	if c.connContext != nil {
		return c.makeBase()
	}
	return nil
}

// identify calls Authenticate. A panic there is as good as an error.
func (c *Conn) identify(ctx context.Context) (identity any, err error) {
	defer func() {
		if c.logHook("Authenticate", recover()) {
			err = Errorf(Internal, "authentication failed")
		}
	}()
	return c.authenticate(ctx, c)
}

// makeBase calls ConnContext. A panic there turns the peer down.
func (c *Conn) makeBase() (err error) {
	defer func() {
		if c.logHook("ConnContext", recover()) {
			err = &Error{Code: Internal, Message: "the server failed", Err: ErrUnauthenticated}
		}
	}()
	c.base = c.connContext(c.ctx, c)
	return nil
}

// logHook logs that a hook panicked with v, unless that is nil. It reports whether it did.
func (c *Conn) logHook(hook string, v any) (panicked bool) {
	if v == nil {
		return false
	}
	c.log.Error("transport: "+hook+" panicked", "remote", c.nc.RemoteAddr(), "panic", v, "stack", string(debug.Stack()))
	return true
}

// turnedDown is the error for a peer that Authenticate has turned down with err. Only what was made for the peer to read is told
// to it.
func turnedDown(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code != OK {
		return &Error{Code: e.Code, Message: e.Message, Err: ErrUnauthenticated}
	}
	return &Error{Code: Unauthenticated, Message: "who are you?", Err: ErrUnauthenticated}
}

// greetingDone takes the limit on the time for the greeting away, unless that for the parting holds already.
func (c *Conn) greetingDone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moving = false; c.parting {
		return nil
	}
	return c.frames.SetReadDeadline(time.Time{})
}
