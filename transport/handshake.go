package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// ErrHandshake: no TLS connection came about: the peer speaks no TLS, or one side does not trust the other's certificate. It is a class
// as [ErrStranger] is.
var ErrHandshake = errors.New("the TLS handshake failed")

// secured does the TLS handshake on nc, if it is such a connection. It ends with ctx and at the latest after timeout, and then nc is
// closed.
func secured(ctx context.Context, nc net.Conn, timeout time.Duration) error {
	secure, ok := nc.(interface {
		HandshakeContext(context.Context) error
	})
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, LimitHandshake)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, handshakeError(ctx, err))
	}
	return nil
}

// handshakeError returns why a handshake failed.
func handshakeError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// runAccepted is run for a connection that was accepted, on which there may be a TLS handshake first.
func (c *Conn) runAccepted() error {
	c.shaking.Store(shaking)
	err := secured(c.ctx, c.nc, c.limits.HandshakeTimeout)
	if c.shaking.Swap(0) == drainLater {
		go c.drain()
	}
	if err == nil {
		c.greet()
		return c.run()
	}
	c.end(c.stats.count(err))
	if errors.Is(err, io.EOF) || c.endedWell() { // a health check has left, or there is a drain
		return nil
	}
	return c.why()
}

// What is known of the TLS handshake of a connection that was accepted.
const (
	shaking    = iota + 1 // it is under way
	drainLater            // it is under way, and then there is to be a drain
)

// drainsLater puts a drain off until the handshake is over, if there is one. As nobody has a call there yet, it is not given much time.
func (c *Conn) drainsLater() bool {
	if !c.shaking.CompareAndSwap(shaking, drainLater) {
		return false
	}
	time.AfterFunc(lingerTimeout, func() {
		if c.shaking.Load() == drainLater {
			c.end(errFinished)
		}
	})
	return true
}

// turnAway tells a peer that was accepted why it is not served, unless it does not even do its handshake.
func (c *Conn) turnAway(why error) {
	if secured(c.ctx, c.nc, 2*lingerTimeout) == nil {
		c.part(why)
	}
}

// tune lets the hook of a side set the options of the socket below nc.
func tune(hook func(net.Conn) error, nc net.Conn) error {
	if hook == nil {
		return nil
	}
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	return hook(nc)
}
