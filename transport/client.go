package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/demarc-go/demarc/codec"
)

var errClientClosed = errors.New("the client is closed")

// Client makes calls over one connection, which it dials when the first call needs it, and again when a later call finds it
// lost or the server about to close it. Any number of goroutines may call at once; the answers come in any order.
//
// The zero value with an Addr is ready for use. The fields are to be set before the first call. Methods that the server may call
// are added with their Handle.
type Client struct {
	// Network and Addr say where the server is, in the words of [net.Dial]. An empty Network means "tcp".
	Network, Addr string

	// TLS, if not nil, secures each connection. An empty ServerName in it means the host in Addr.
	TLS *tls.Config

	// Tune is called with each connection before anything is done with it, below TLS, to set options of the socket; see the field
	// of [Server]. An error makes the dial fail.
	Tune func(nc net.Conn) error

	// Dial makes a connection. nil means to dial Addr. A type of one's own around a connection should have its CloseWrite
	// method, if it has one: with it the last words on a connection are not lost.
	Dial func(ctx context.Context) (net.Conn, error)

	// Codec codes all messages. nil means [codec.Msgpack]. The server must use one of the same name.
	Codec codec.Codec

	// Limits are those of the connection. The zero value holds defaults.
	Limits Limits

	// Credentials returns what the server's Authenticate is to see, for each new connection. Together with Metadata it has at
	// most 16 KiB. nil means none.
	Credentials func(ctx context.Context) ([]byte, error)

	// Metadata is what the client says about itself in its hello, such as its name and version.
	Metadata Metadata

	// Interceptors are around each call that is made through the client, however often it takes to get it through, and around each that
	// the server makes; the first is outermost. nil costs nothing.
	Interceptors []Interceptor

	// Log gets what goes wrong and no call reports. nil means [slog.Default].
	Log *slog.Logger

	methods registry

	mu      sync.Mutex
	dialing *dialing           // the dial that is under way, if any
	conn    *Conn              // the connection for calls, if any
	conns   map[*Conn]struct{} // all that are not over: older ones may still have calls in flight
	past    Stats              // of those that are over
	closed  bool
	empty   chan struct{} // closed when the last connection is over; nil if nobody waits for it
}

// Connect dials the server and waits for its introduction, so that a wrong address shows before the first call. It does
// nothing if there is a connection. The error is an [*Error]. Whether the server lets the client in, only a call shows.
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

// Shutdown ends the client without losing a call: it makes no new ones, waits for those in flight, in both directions, and closes
// the connection. If ctx ends before that, it closes the connection at once, and the error is ctx's cause.
func (c *Client) Shutdown(ctx context.Context) error {
	conns, empty := c.close()
	for _, conn := range conns {
		go conn.drain()
	}
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	for _, conn := range conns {
		conn.cancel(ErrDraining)
		conn.end(errClientClosed)
	}
	return context.Cause(ctx)
}

// Close closes the connection. Calls that wait fail at once, and later ones too.
func (c *Client) Close() error {
	conns, _ := c.close()
	for _, conn := range conns {
		conn.end(errClientClosed)
	}
	return nil
}

// close makes new calls fail. It returns the connections, and what is closed when the last is over.
func (c *Client) close() (conns []*Conn, empty <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.dialing != nil {
		c.dialing.cancel(errClientClosed)
	}
	if c.empty == nil {
		c.empty = make(chan struct{})
	}
	c.signalEmpty()
	return slices.Collect(maps.Keys(c.conns)), c.empty
}

// signalEmpty tells Shutdown that there is nothing left to wait for, if that is so. c.mu is locked.
func (c *Client) signalEmpty() {
	if c.empty != nil && len(c.conns) == 0 {
		closeOnce(c.empty)
	}
}

// Stats returns what all connections have counted together, those that are over too.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := c.past
	for conn := range c.conns {
		sum.add(conn.Stats())
	}
	return sum
}

func (c *Client) registry() *registry { return &c.methods }

// start makes nc the connection. c.mu is locked.
func (c *Client) start(nc net.Conn, cfg *config) *Conn {
	if c.conns == nil {
		c.conns = map[*Conn]struct{}{}
	}
	c.conn = newConn(context.Background(), nc, cfg, true)
	c.conn.greet()
	c.conns[c.conn] = struct{}{}
	go c.run(c.conn)
	return c.conn
}

// run speaks on conn until it is over.
func (c *Client) run(conn *Conn) {
	err := errReader // for a handler that ends the goroutine
	conn.over = func(err error) { c.over(conn, err) }
	defer func() {
		if err != errMoved {
			c.over(conn, err)
		}
	}()
	err = conn.run()
}

func (c *Client) over(conn *Conn, err error) {
	c.remove(conn)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		conn.log.Debug("transport: connection lost", "remote", conn.nc.RemoteAddr(), "err", err)
	}
}

func (c *Client) remove(conn *Conn) {
	last := conn.Stats().past()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
	c.past.add(last)
	c.signalEmpty()
}
