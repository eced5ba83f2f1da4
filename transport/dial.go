package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"time"
)

// config returns what a connection is made with: what is to be said on it first, above all.
func (c *Client) config(ctx context.Context) (*config, error) {
	cfg := &config{codec: codecOr(c.Codec), limits: c.Limits.effective(), log: logOr(c.Log), methods: &c.methods,
		interceptors: c.around(), observer: c.Observer, tap: c.Tap, onState: c.onState}
	cfg.hello = cfg.limits.hello(cfg.codec.Name())
	var err error
	if cfg.hello.metadata, err = c.Metadata.entries(); err != nil {
		return cfg, err
	}
	if c.Credentials != nil {
		if cfg.hello.credentials, err = c.Credentials(ctx); err != nil {
			return cfg, withOutcome(codeOr(Unauthenticated, err), NotSent, err)
		}
	}
	return cfg, cfg.hello.check()
}

// dial makes a connection to addr.
func (c *Client) dial(ctx context.Context, addr string, handshake time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeOrDefault(c.DialTimeout, DefaultDialTimeout))
	defer cancel()
	nc, err := c.dialPlain(ctx, addr)
	if err != nil {
		return nil, err
	}
	err = tune(c.Tune, nc)
	if err == nil && c.TLS != nil {
		nc = tls.Client(nc, c.tlsConfig(addr))
	}
	if err == nil {
		err = secured(ctx, nc, handshake)
	}
	if err != nil {
		_ = nc.Close() // nobody has used it
	}
	return nc, err
}

func (c *Client) dialPlain(ctx context.Context, addr string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx)
	}
	return new(net.Dialer).DialContext(ctx, cmp.Or(c.Network, "tcp"), addr)
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
