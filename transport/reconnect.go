package transport

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"time"
)

const (
	backoffGrowth = 2                // by which the wait may grow with each failure
	lasting       = 20 * time.Second // a connection that lived so long was a good one
)

// effort is one attempt to make a connection: a wait, and then a try of each address. Any number of callers may wait for it.
type effort struct {
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when conn or err is there
	conn    *Conn
	err     error
	waiting int // callers; the client's lock guards it
}

// prospect is when and where to dial next. The client's lock guards it.
type prospect struct {
	failures int       // since there was a good connection
	due      time.Time // no sooner
	address  int       // where the next round begins
	err      error     // why the last round failed; nil after a connection
}

// connect returns the connection, after dialing if there is none that takes calls.
func (c *Client) connect(ctx context.Context) (*Conn, error) { return c.reach(ctx, c.FailFast) }

// reach returns the connection. If there is none it waits for one, until ctx ends or, with failFast, until an effort fails.
func (c *Client) reach(ctx context.Context, failFast bool) (*Conn, error) {
	for {
		conn, e, err := c.join(failFast && c.FailFast)
		if e == nil {
			return conn, err
		}
		select {
		case <-e.done:
			if e.err == nil || failFast || !mayPass(e.err) {
				return e.conn, e.err
			}
		case <-ctx.Done():
			return nil, c.leave(ctx, e)
		}
	}
}

// mayPass reports whether another effort may do better.
func mayPass(err error) bool { return CodeOf(err) == Unavailable && err != errClosedClient }

// join returns the connection if it takes calls, or else the effort to make one. With refuse it returns the error of the last one
// as long as the next is not due.
func (c *Client) join(refuse bool) (*Conn, *effort, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, nil, errClosedClient
	case c.conn != nil && c.conn.takesCalls():
		return c.conn, nil, nil
	}
	c.forget(c.conn)
	if c.effort == nil {
		if refuse && c.next.err != nil && time.Now().Before(c.next.due) {
			return nil, nil, c.next.err
		}
		c.start()
	}
	c.effort.waiting++
	return nil, c.effort, nil
}

// leave is for a caller whose context has ended. An effort that nobody wants any more ends.
func (c *Client) leave(ctx context.Context, e *effort) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.waiting--; e.waiting == 0 && c.effort == e && !c.Reconnect {
		c.effort = nil
		e.cancel(context.Cause(ctx))
	}
	err := &Error{Code: CodeOf(ctx.Err()), Message: context.Cause(ctx).Error(), Outcome: NotSent, Err: ctx.Err()}
	if c.next.err != nil {
		err.Message += ": " + messageOf(c.next.err)
		err.Err = fmt.Errorf("%w: %w", err.Err, c.next.err)
	}
	return err
}

// start starts an effort. c.mu is locked.
func (c *Client) start() {
	e := &effort{done: make(chan struct{})}
	var ctx context.Context
	ctx, e.cancel = context.WithCancelCause(context.Background())
	c.effort = e
	due, first := c.next.due, c.next.address
	go func() {
		conn, at, err := c.dialWhen(ctx, due, first)
		c.conclude(e, conn, at, err)
	}()
}

// dialWhen waits until a time and dials. It returns at which address it was successful.
func (c *Client) dialWhen(ctx context.Context, due time.Time, first int) (*Conn, int, error) {
	wait := time.NewTimer(time.Until(due))
	defer wait.Stop()
	select {
	case <-wait.C:
		return c.dialAny(ctx, first)
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
}

// conclude tells those who wait how an effort went.
func (c *Client) conclude(e *effort, conn *Conn, at int, err error) {
	defer close(e.done)
	defer e.cancel(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.effort != e { // nobody wants it any more, or the client is closed
		e.err = errClosedClient
		if conn != nil {
			go conn.end(errClientClosed) // which ends in lose, and that locks c.mu
		}
		return
	}
	c.effort = nil
	if err != nil {
		e.err = withOutcome(codeOr(Unavailable, err), NotSent, err)
		c.failed(e.err)
		return
	}
	e.conn, c.conn = conn, conn
	c.next.address, c.next.err = at, nil
	if c.conns == nil {
		c.conns = map[*Conn]struct{}{}
	}
	c.conns[conn] = struct{}{}
	go c.run(conn)
}

// failed takes note that an effort has failed because of err. c.mu is locked.
func (c *Client) failed(err error) {
	if mayPass(err) {
		c.next.address, c.next.err = 0, err
	}
	if mayPass(err) || c.Reconnect {
		c.putOff(1)
	}
	level := slog.LevelDebug // callers hear of it, if there are some
	if c.Reconnect {
		level = slog.LevelWarn
	}
	logOr(c.Log).Log(context.Background(), level, "transport: dial failed", "addr", c.Addr, "err", err, "retry_in", time.Until(c.next.due))
	if c.Reconnect {
		c.start()
	}
}

// putOff makes the next effort wait, after failures more. c.mu is locked.
func (c *Client) putOff(failures int) {
	c.next.failures += failures
	c.next.due = time.Now().Add(jitter(c.Backoff, c.MaxBackoff, c.next.failures))
}

// jitter returns how long to wait after failures in a row: a random part of what grows with each.
func jitter(base, most time.Duration, failures int) time.Duration {
	base, most = orDefault(base, DefaultBackoff, 0), orDefault(most, DefaultMaxBackoff, never)
	limit := float64(base) * math.Pow(backoffGrowth, float64(failures))
	return rand.N(time.Duration(min(limit, float64(most))) + 1)
}

// lose takes note that conn takes no more calls, if that is so.
func (c *Client) lose(conn *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn.takesCalls() || !c.forget(conn) {
		return
	}
	if c.Reconnect && !c.closed && c.effort == nil {
		c.start()
	}
}

// forget makes conn no longer the connection for calls, if it is. After one that lasted all begins anew, after another it is the turn
// of the next address. c.mu is locked.
func (c *Client) forget(conn *Conn) (was bool) {
	if conn == nil || c.conn != conn {
		return false
	}
	c.conn = nil
	if conn.pulse.now() >= lasting {
		c.next = prospect{}
		c.putOff(0)
	} else {
		c.next.address++
		c.putOff(1)
	}
	return true
}

// onState is called when a connection has come further.
func (c *Client) onState(conn *Conn, state ConnState) {
	if state >= StateDraining {
		c.lose(conn)
	}
	if hook := observedStates(c.Observer, c.ConnState); hook != nil {
		hook(conn, state)
	}
}

// dialAny tries each address once, beginning with the one of index first, until there is a connection.
func (c *Client) dialAny(ctx context.Context, first int) (conn *Conn, at int, err error) {
	cfg, err := c.config(ctx)
	if err != nil {
		return nil, 0, err
	}
	addrs := append([]string{c.Addr}, c.Fallbacks...)
	for i := range addrs {
		at = (first + i) % len(addrs)
		var nc net.Conn
		if nc, err = c.dial(ctx, addrs[at], cfg.limits.HandshakeTimeout); err == nil {
			conn = newConn(context.Background(), nc, cfg, true)
			conn.state.rise(StateNew)
			conn.greet()
			return conn, at, nil
		}
	}
	return nil, 0, err
}
