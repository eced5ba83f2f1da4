package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
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

	once    sync.Once
	dialing chan struct{} // holds one token: whoever has it may dial

	mu     sync.Mutex
	conn   *conn
	closed bool
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
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		c.conn.end(errClientClosed)
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

// connect returns the connection, after dialing if there is none that takes calls.
func (c *Client) connect(ctx context.Context) (*conn, error) {
	if conn, err := c.current(); conn != nil || err != nil {
		return conn, err
	}
	c.once.Do(func() { c.dialing = make(chan struct{}, 1) })
	select {
	case c.dialing <- struct{}{}:
		defer func() { <-c.dialing }()
	case <-ctx.Done():
		return nil, ended(ctx, NotSent)
	}
	if conn, err := c.current(); conn != nil || err != nil {
		return conn, err
	}
	nc, err := c.dial(ctx)
	if ctx.Err() != nil && err != nil {
		return nil, ended(ctx, NotSent)
	}
	if err != nil {
		return nil, withOutcome(Unavailable, NotSent, err)
	}
	return c.start(nc)
}

// current returns the connection if it takes calls, and nil if there is none.
func (c *Client) current() (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, withOutcome(Unavailable, NotSent, errClientClosed)
	}
	if c.conn != nil && c.conn.takesCalls() {
		return c.conn, nil
	}
	return nil, nil
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

// start makes nc the connection.
func (c *Client) start(nc net.Conn) (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = nc.Close() // nobody has used it
		return nil, withOutcome(Unavailable, NotSent, errClientClosed)
	}
	conn := newConn(context.Background(), nc, c.config(), true)
	conn.greet()
	c.conn = conn
	go func() {
		if err := conn.run(); err != nil && !errors.Is(err, net.ErrClosed) {
			conn.log.Debug("transport: connection lost", "remote", nc.RemoteAddr(), "err", err)
		}
	}()
	return conn, nil
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
