package transport

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/demarc-go/demarc/codec"
)

var errClientClosed = errors.New("the client is closed")

// Client makes calls over one connection, which it dials when the first call needs it, and again when a later call finds it
// lost or the server about to close it. Any number of goroutines may call at once; the answers come in any order.
//
// The zero value with an Addr is ready for use. The fields are to be set before the first call.
type Client struct {
	// Network and Addr say where the server is, in the words of [net.Dial]. An empty Network means "tcp".
	Network, Addr string

	// Dial makes a connection. nil means to dial Addr. A type of one's own around a connection should have its CloseWrite
	// method, if it has one: with it the last words on a connection are not lost.
	Dial func(ctx context.Context) (net.Conn, error)

	// Codec codes all messages. nil means [codec.Msgpack]. The server must use one of the same name.
	Codec codec.Codec

	// MaxMessage is the largest message in bytes, in both directions; 0 means [DefaultMaxMessage]. The server's own limit
	// holds as well.
	MaxMessage int

	// MaxInFlight is how many calls may wait for their answers at once; 0 means [DefaultMaxInFlight]. The server's own
	// limit holds as well. Further calls wait their turn.
	MaxInFlight int

	// HelloTimeout is how long the server has to introduce itself; 0 means [DefaultHelloTimeout].
	HelloTimeout time.Duration

	// WriteTimeout is how long the server may take no bytes before the connection is given up; 0 means
	// [DefaultWriteTimeout].
	WriteTimeout time.Duration

	// Log gets what goes wrong and no call reports. nil means [slog.Default].
	Log *slog.Logger

	mu      sync.Mutex
	dialing *dialing           // the dial that is under way, if any
	conn    *conn              // the connection for calls, if any
	conns   map[*conn]struct{} // all that are not over: older ones may still have calls in flight
	closed  bool
}

// dialing is one attempt to make a connection, for which any number of callers may wait.
type dialing struct {
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the rest is valid
	conn    *conn
	err     error
	aborted bool // it failed because the context of the caller who dialed ended
}

// Connect dials the server and waits for its introduction, so that a wrong address shows before the first call. It does
// nothing if there is a connection. The error is an [*Error].
func (c *Client) Connect(ctx context.Context) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	select {
	case <-conn.greeted:
		return nil
	case <-conn.ctx.Done():
		return lost(NotSent, conn.why())
	case <-ctx.Done():
		return ended(ctx, NotSent)
	}
}

// Close closes the connection. Calls that wait fail at once, and later ones too.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	conns := slices.Collect(maps.Keys(c.conns))
	if c.dialing != nil {
		c.dialing.cancel(errClientClosed)
	}
	c.mu.Unlock()
	for _, conn := range conns {
		conn.end(errClientClosed)
	}
	return nil
}

func (c *Client) call(ctx context.Context, method string, req, resp any) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return conn.call(ctx, method, req, resp)
}

// connect returns the connection, after dialing if there is none that takes calls. Of several callers one dials for all.
func (c *Client) connect(ctx context.Context) (*conn, error) {
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
func (c *Client) begin(ctx context.Context) (conn *conn, d *dialing, mine context.Context, err error) {
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
	nc, err := c.dial(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		if err == nil {
			_ = nc.Close() // nobody has used it
		}
		d.err = withOutcome(Unavailable, NotSent, errClientClosed)
	case err == nil:
		d.conn = c.start(nc)
	case ctx.Err() != nil:
		d.err, d.aborted = ended(ctx, NotSent), true
	default:
		d.err = withOutcome(Unavailable, NotSent, err)
	}
	d.cancel(nil)
	c.dialing = nil
	close(d.done)
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx)
	}
	network := c.Network
	if network == "" {
		network = "tcp"
	}
	return new(net.Dialer).DialContext(ctx, network, c.Addr)
}

// start makes nc the connection. c.mu is locked.
func (c *Client) start(nc net.Conn) *conn {
	if c.conns == nil {
		c.conns = map[*conn]struct{}{}
	}
	c.conn = newConn(context.Background(), nc, c.config(), true)
	c.conn.greet()
	c.conns[c.conn] = struct{}{}
	go c.run(c.conn)
	return c.conn
}

// run speaks on conn until it is over.
func (c *Client) run(conn *conn) {
	if err := conn.run(); err != nil && !errors.Is(err, net.ErrClosed) {
		conn.log.Debug("transport: connection lost", "remote", conn.nc.RemoteAddr(), "err", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}

func (c *Client) config() config {
	return config{
		codec:        codecOr(c.Codec),
		maxMessage:   orDefault(c.MaxMessage, DefaultMaxMessage),
		maxInFlight:  orDefault(c.MaxInFlight, DefaultMaxInFlight),
		helloTimeout: orDefault(c.HelloTimeout, DefaultHelloTimeout),
		writeTimeout: orDefault(c.WriteTimeout, DefaultWriteTimeout),
		log:          logOr(c.Log),
		handler:      func(string) handler { return nil },
	}
}
