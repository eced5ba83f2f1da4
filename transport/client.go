package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/codec"
)

var (
	errClientClosed = errors.New("the client is closed")
	errClosedClient = withOutcome(Unavailable, NotSent, errClientClosed)
)

// Client makes calls over one connection, which it dials when the first call needs it, and again when that is lost or the server is
// about to close it. Any number of goroutines may call at once; the answers come in any order.
//
// A call waits for a connection until its context ends, unless FailFast is set. It is made again, within its context, when the connection
// failed and the call was certainly not executed, or its method is idempotent, see [UnaryMethod.Idempotent]. Repeats have a budget: ten,
// and one for each five calls that were answered. So it is with a call that has a stream of responses; one whose caller sends a stream is
// made again only if it was not sent at all, for its messages are not kept.
//
// The zero value with an Addr is ready for use. The fields are to be set before the first call. Methods that the server may call
// are added with their Handle.
type Client struct {
	// Network and Addr say where the server is, in the words of [net.Dial]. An empty Network means "tcp".
	Network, Addr string

	// Fallbacks are further addresses, in the order in which they are tried when there is no connection to the one before, or none that
	// lasts for 20 s. When a connection is lost that did, Addr is tried first again.
	Fallbacks []string

	// TLS, if not nil, secures each connection. An empty ServerName in it means the host in Addr.
	TLS *tls.Config

	// Tune is called with each connection before anything is done with it, below TLS, to set options of the socket; see the field
	// of [Server]. An error makes the dial fail.
	Tune func(nc net.Conn) error

	// Dial makes a connection. nil means to dial Addr. A type of one's own around a connection should have its CloseWrite
	// method, if it has one: with it the last words on a connection are not lost.
	Dial func(ctx context.Context) (net.Conn, error)

	// DialTimeout is how long one address has to be dialed, with its TLS handshake; 0 means [DefaultDialTimeout], and a negative value
	// no limit.
	DialTimeout time.Duration

	// Backoff and MaxBackoff say how long the client waits before it dials again: a random time up to Backoff when a connection is lost,
	// and up to twice as long with each try that fails or connection that does not last for 20 s, but never more than MaxBackoff. The
	// clients of a server that restarts so come back one after the other. 0 means [DefaultBackoff] and [DefaultMaxBackoff]; a negative
	// Backoff means not to wait.
	Backoff, MaxBackoff time.Duration

	// FailFast makes calls fail at once, with [Unavailable], when no address can be dialed, and until it is time for the next try. False
	// means that they wait.
	FailFast bool

	// Reconnect makes the client dial again as soon as a connection is lost, and when a dial has failed, also if no call waits for it:
	// for a client that serves calls of the server. It begins with Connect or the first call. False means to dial when a call needs it.
	Reconnect bool

	// ConnState is called when a connection has come further, for one connection never twice at once. It must not wait for the
	// connection. nil means that nobody wants to know.
	ConnState func(*Conn, ConnState)

	// Codec codes all messages. nil means [codec.Msgpack]. The server must use one of the same name.
	Codec codec.Codec

	// Limits are those of the connection. The zero value holds defaults.
	Limits Limits

	// Credentials returns what the server's Authenticate is to see, for each new connection. Together with Metadata it has at
	// most 16 KiB. If it fails, so do the calls that wait, unless the code of its error is [Unavailable]. nil means none.
	Credentials func(ctx context.Context) ([]byte, error)

	// Metadata is what the client says about itself in its hello, such as its name and version.
	Metadata Metadata

	// Interceptors are around each call that is made through the client, however often it takes to get it through, and around each that
	// the server makes; the first is outermost. nil costs nothing.
	Interceptors []Interceptor

	// Observer is told of connections, calls and limits, for metrics and traces. nil costs nothing.
	Observer Observer

	// Tap is called with each envelope, in both directions, in the order in which they are written and read; but one that goes out may
	// still be lost with its connection. It must be quick, and must not use the connection. nil costs nothing. What passes by is not
	// for everybody: the payload of a hello holds credentials.
	Tap func(Envelope)

	// Log gets what goes wrong and no call reports. nil means [slog.Default].
	Log *slog.Logger

	methods registry

	budget repeats
	chain  atomic.Pointer[[]Interceptor] // with the Observer, if there is one

	mu       sync.Mutex
	effort   *effort            // to make a connection, if there is one under way
	next     prospect           // of the next effort
	conn     *Conn              // the connection for calls, if any
	conns    map[*Conn]struct{} // all that are not over: older ones may still have calls in flight
	past     Stats              // of those that are over
	answered uint64             // calls on those that are over
	closed   bool
	empty    chan struct{} // closed when the last connection is over; nil if nobody waits for it
}

// The times that hold unless a [Client] is told otherwise.
const (
	DefaultDialTimeout = 10 * time.Second  // for one address
	DefaultBackoff     = time.Second       // before the first dial after a loss, at most
	DefaultMaxBackoff  = 120 * time.Second // before any dial, at most
)

// Connect dials the server and waits for its introduction, so that a wrong address shows before the first call: it tries each address
// once, when that is due. It does nothing if there is a connection. The error is an [*Error]. Whether the server lets the client in, only a call shows.
func (c *Client) Connect(ctx context.Context) error {
	conn, err := c.reach(ctx, true)
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
	if c.effort != nil {
		c.effort.cancel(errClientClosed)
		c.effort = nil
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

// Conns returns the connections that are open now: the one for calls, and older ones on which calls are still in flight.
func (c *Client) Conns() iter.Seq[*Conn] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Values(slices.Collect(maps.Keys(c.conns)))
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
	c.answered += conn.stats.answersIn.Load()
	c.signalEmpty()
}
