package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"time"
)

// dialing is one attempt to make a connection, for which any number of callers may wait.
type dialing struct {
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the rest is valid
	conn    *Conn
	err     error
	aborted bool // it failed because the context of the caller who dialed ended
}

// connect returns the connection, after dialing if there is none that takes calls. Of several callers one dials for all.
func (c *Client) connect(ctx context.Context) (*Conn, error) {
	for {
		conn, d, mine, err := c.begin(ctx)
		if d == nil {
			return conn, err
		}
		if mine != nil {
			c.finish(mine, d)
			return d.conn, d.err
		}
		select {
		case <-d.done:
			if !d.aborted {
				return d.conn, d.err
			}
		case <-ctx.Done():
			return nil, ended(ctx, NotSent)
		}
	}
}

// begin returns the connection if it takes calls, or else the dial under way, or else a new one, which is the caller's to do with
// the context mine.
func (c *Client) begin(ctx context.Context) (conn *Conn, d *dialing, mine context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, nil, nil, withOutcome(Unavailable, NotSent, errClientClosed)
	case c.conn != nil && c.conn.takesCalls():
		return c.conn, nil, nil, nil
	case c.dialing != nil:
		return nil, c.dialing, nil, nil
	}
	c.dialing = &dialing{done: make(chan struct{})}
	mine, c.dialing.cancel = context.WithCancelCause(ctx)
	return nil, c.dialing, mine, nil
}

// finish dials, and tells those who wait how it went.
func (c *Client) finish(ctx context.Context, d *dialing) {
	nc, cfg, err := c.prepare(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		if err == nil {
			_ = nc.Close() // nobody has used it
		}
		d.err = withOutcome(Unavailable, NotSent, errClientClosed)
	case err == nil:
		d.conn = c.start(nc, cfg)
	case ctx.Err() != nil:
		d.err, d.aborted = ended(ctx, NotSent), true
	default:
		d.err = withOutcome(codeOr(Unavailable, err), NotSent, err)
	}
	d.cancel(nil)
	c.dialing = nil
	close(d.done)
}

// prepare makes what a connection needs: what is to be said on it first, and then a net.Conn.
func (c *Client) prepare(ctx context.Context) (net.Conn, *config, error) {
	cfg := &config{codec: codecOr(c.Codec), limits: c.Limits.effective(), log: logOr(c.Log), methods: &c.methods, interceptors: c.Interceptors}
	cfg.hello = cfg.limits.hello(cfg.codec.Name())
	var err error
	if cfg.hello.metadata, err = c.Metadata.entries(); err != nil {
		return nil, cfg, err
	}
	if c.Credentials != nil {
		if cfg.hello.credentials, err = c.Credentials(ctx); err != nil {
			return nil, cfg, err
		}
	}
	if err := cfg.hello.check(); err != nil {
		return nil, cfg, err
	}
	nc, err := c.dial(ctx)
	if err != nil {
		return nil, cfg, err
	}
	nc, err = c.secured(ctx, nc, cfg.limits.HandshakeTimeout)
	return nc, cfg, err
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx)
	}
	return new(net.Dialer).DialContext(ctx, cmp.Or(c.Network, "tcp"), c.Addr)
}

// secured makes what Tune and TLS say of a connection that has been made. If it fails the connection is closed.
func (c *Client) secured(ctx context.Context, nc net.Conn, timeout time.Duration) (net.Conn, error) {
	err := tune(c.Tune, nc)
	if err == nil && c.TLS != nil {
		nc = tls.Client(nc, c.tlsConfig(c.Addr))
	}
	if err == nil {
		err = secured(ctx, nc, timeout)
	}
	if err != nil {
		_ = nc.Close() // nobody has used it
	}
	return nc, err
}

// tlsConfig returns TLS for a server at addr.
func (c *Client) tlsConfig(addr string) *tls.Config {
	if c.TLS.ServerName != "" || c.TLS.InsecureSkipVerify {
		return c.TLS
	}
	config := c.TLS.Clone()
	config.ServerName = addr
	if host, _, err := net.SplitHostPort(addr); err == nil {
		config.ServerName = host
	}
	return config
}
