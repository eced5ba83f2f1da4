package transport

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// One goroutine, that of run, reads. It hands requests to goroutines of their own, and what goes out goes through the outbox, so
// it waits for neither a handler nor the peer. The side that calls is in outgoing.go, the side that answers in incoming.go, notifies in
// inbox.go, and how it all ends in ending.go.

// read reads the preface and the hello, if that has not been done, and then envelopes until an error.
func (c *Conn) read() error {
	if !c.isGreeted() {
		if err := c.readGreeting(); err != nil {
			return err
		}
	}
	for {
		c.frames.Wait() // here, where the stack is not deep
		if err := c.readNext(); err != nil {
			return err
		}
		if err := c.park(); err != nil {
			return err
		}
	}
}

// readNext reads an envelope and does what it asks for.
func (c *Conn) readNext() error {
	e, err := c.readEnvelope()
	if err != nil {
		return c.interrupted(err)
	}
	return c.dispatch(&e)
}

func (c *Conn) readGreeting() error {
	if err := c.frames.SetReadDeadline(time.Now().Add(c.limits.HelloTimeout)); err != nil {
		return err
	}
	if err := readPreface(c.nc); err != nil {
		return c.notMet(err)
	}
	if err := c.readHello(); err != nil {
		return c.notMet(err)
	}
	return c.greetingDone()
}

func (c *Conn) readHello() error {
	e, err := c.readEnvelope()
	if err != nil {
		return err
	}
	return c.meet(&e)
}

// readEnvelope reads one frame. The envelope is valid until the next call.
func (c *Conn) readEnvelope() (envelope, error) {
	p, err := c.frames.ReadFrame()
	if err != nil {
		return envelope{}, readError(err)
	}
	e, err := parse(p)
	if err == nil && c.tap != nil {
		c.tapped(Incoming, &e)
	}
	return e, err
}

// readError puts an error of frames into its class.
func readError(err error) error {
	switch {
	case errors.Is(err, frame.ErrTooLarge):
		return fmt.Errorf("%w: %w: %w", ErrProtocol, LimitMessage, err)
	case errors.Is(err, frame.ErrMalformed):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case errors.Is(err, frame.ErrFrameTimeout):
		return fmt.Errorf("%w: %w", LimitFrame, err)
	}
	return err
}

// notMet says of a timeout that it is the greeting that did not come, unless this side has hung up before.
func (c *Conn) notMet(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting {
		return err
	}
	return timedOut(LimitHello, err)
}

// timedOut says of a timeout which limit on time it was.
func timedOut(l Limit, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) && !errors.As(err, new(Limit)) {
		return fmt.Errorf("%w: %w", l, err)
	}
	return err
}

// dispatch does what e asks for.
func (c *Conn) dispatch(e *envelope) error {
	if e.kind.idles() {
		if err := c.spend(e.kind); err != nil {
			return err
		}
	}
	switch e.kind {
	case kindRequest:
		return c.open(e)
	case kindResponse, kindError:
		return c.answer(e)
	case kindNotify:
		c.stats.notifiesIn.Add(1)
		return c.take(e)
	case kindCancel:
		return c.cancelRunning(e.id)
	case kindData:
		return c.data(e)
	case kindEnd:
		return c.endOf(e)
	case kindCredit:
		return c.granted(e)
	case kindPing:
		c.out.sayLazily(func() { c.urgent.pong, c.urgent.hasPong = e.id, true })
	case kindGoaway:
		return c.peerGone(e)
	case kindHello:
		return protocolError("a second hello")
	}
	return nil // a pong has been heard, which is what it is for; others are optional
}
