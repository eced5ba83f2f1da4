package transport

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"

	"github.com/demarc-go/demarc/codec"
)

// Server answers calls on any number of connections. The zero value is ready for use; methods are added with their Handle.
//
// The fields are to be set before the first connection. The methods may be called from any goroutine.
type Server struct {
	// Codec codes all messages. nil means [codec.Msgpack].
	Codec codec.Codec

	// Limits are those of each connection. The zero value holds defaults.
	Limits Limits

	// MaxConns is how many connections may be open at once; 0 means [DefaultMaxConns], and a negative value no limit. One more is
	// told so and closed.
	MaxConns int

	// MaxTotalInFlight is how many calls may be in flight on all connections together; 0 means 1024 for each processor that the
	// program uses, and a negative value no limit. One more is refused.
	MaxTotalInFlight int

	// Tune is called with each connection before anything is done with it, below TLS, to set options of the socket. An error closes
	// the connection. nil leaves what Go sets: small writes leave at once (no-delay), a peer that is silent for 15 s is probed every
	// 15 s and given up after 9 probes, and closing does not wait (linger), while the kernel goes on sending.
	Tune func(nc net.Conn) error

	// Authenticate decides who the peer of a new connection is, by its Credentials, its TLS state or its address, before anything
	// that it sends behind its hello is read. What it returns is the connection's Identity. If it returns an error the peer is
	// told its code and message, if it is an [*Error], or else [Unauthenticated] and nothing more; none of the peer's calls is
	// executed. ctx ends after HelloTimeout, and must be obeyed. nil means that everybody may call.
	Authenticate func(ctx context.Context, c *Conn) (identity any, err error)

	// Interceptors are around each call that the server's connections serve, and each that is made through one of them; the first is
	// outermost. nil costs nothing.
	Interceptors []Interceptor

	// BaseContext returns the context from which those of all handlers come, for the connections that l accepts; l is nil for
	// ServeConn. When it ends, so do these connections. nil means context.Background.
	BaseContext func(l net.Listener) context.Context

	// ConnContext may add to the context from which those of a connection's handlers come: state of one's own for each connection,
	// say. It is called once, after Authenticate. A panic is logged, and the connection closed as if Authenticate had turned it down
	// with [Internal]. nil adds nothing.
	ConnContext func(ctx context.Context, c *Conn) context.Context

	// ConnState is called when a connection has come further, for one connection never twice at once. It must not wait for the
	// connection. A panic is logged, and nothing more. nil means that nobody wants to know.
	ConnState func(*Conn, ConnState)

	// Metadata is what the server says about itself in its hello, such as its name and version.
	Metadata Metadata

	// Observer is told of connections, calls and limits, for metrics and traces. nil costs nothing.
	Observer Observer

	// Tap is called with each envelope, in both directions, in the order in which they are written and read; but one that goes out may
	// still be lost with its connection. It must be quick, and must not use the connection. nil costs nothing. What passes by is not
	// for everybody: the payload of a hello holds credentials.
	Tap func(Envelope)

	// Log gets what no caller hears of: strangers, broken rules, panics of handlers. nil means [slog.Default].
	Log *slog.Logger

	methods registry
	stats   counters // of what no connection counts

	mu        sync.Mutex
	shared    *config // by all connections; nil before the first
	capacity  *capacity
	listeners map[net.Listener]struct{}
	conns     map[*Conn]struct{}
	past      Stats         // of connections that are over
	stopped   chan struct{} // closed by Shutdown and Close
	empty     chan struct{} // closed when stopped and the last connection is over
}

// refusedConns is how many connections above MaxConns are told that they are too many. Still more are just closed.
const refusedConns = 256

var (
	errTooManyConns = overLimit(LimitConns, "the server has too many connections")
	errFlood        = overLimit(LimitConns, "the server has far too many connections")
)

// lock locks s.mu, makes ready what the zero value lacks, and returns what unlocks it.
func (s *Server) lock() (unlock func()) {
	s.mu.Lock()
	if s.conns == nil {
		s.listeners = map[net.Listener]struct{}{}
		s.conns = map[*Conn]struct{}{}
		s.stopped = make(chan struct{})
		s.empty = make(chan struct{})
		if s.Observer != nil {
			s.stats.observe = func(l Limit) { s.Observer.Limit(nil, l) }
		}
		if limit := orDefault(s.MaxTotalInFlight, 1024*runtime.GOMAXPROCS(0), -1); limit > 0 {
			s.capacity = &capacity{limit: int64(limit)}
		}
	}
	return s.mu.Unlock
}

func (s *Server) registry() *registry { return &s.methods }

// config returns what connections are made with. It is the same for all.
func (s *Server) config() (*config, error) {
	defer s.lock()()
	if s.shared != nil {
		return s.shared, nil
	}
	metadata, err := s.Metadata.entries()
	if err != nil {
		return nil, err
	}
	cfg := &config{
		codec:        codecOr(s.Codec),
		limits:       s.Limits.effective(),
		log:          logOr(s.Log),
		methods:      &s.methods,
		interceptors: observed(s.Observer, s.Interceptors),
		observer:     s.Observer,
		tap:          s.Tap,
		capacity:     s.capacity,
		authenticate: s.Authenticate,
		connContext:  s.ConnContext,
		onState:      observedStates(s.Observer, s.ConnState),
	}
	cfg.hello = cfg.limits.hello(cfg.codec.Name())
	cfg.hello.metadata = metadata
	if err := cfg.hello.check(); err != nil {
		return nil, err
	}
	s.shared = cfg
	return cfg, nil
}

// ServeConn serves one connection until it is over, and closes it. It returns nil if the connection came to a clean end,
// [ErrServerClosed] if the server was closed before, and otherwise why: see [ErrStranger], [ErrProtocol], [ErrUnauthenticated] and
// [Limit].
func (s *Server) ServeConn(nc net.Conn) error { return s.serveConn(s.baseContext(nil), nc, nil) }

// ServeConnContext is ServeConn with a context in the place of BaseContext's: those of the handlers come from it, and its end
// ends the connection.
func (s *Server) ServeConnContext(ctx context.Context, nc net.Conn) error {
	return s.serveConn(ctx, nc, nil)
}

func (s *Server) baseContext(l net.Listener) context.Context {
	if s.BaseContext == nil {
		return context.Background()
	}
	return s.BaseContext(l)
}

// serveConn serves a connection. If it may go on elsewhere, over is called when it is over in the end, and else nil.
func (s *Server) serveConn(ctx context.Context, nc net.Conn, over func(error)) (err error) {
	c, err := s.newConn(ctx, nc)
	if c == nil {
		return err
	}
	switch {
	case err == nil:
		if over != nil {
			c.over = func(err error) { s.remove(c); over(err) }
		}
		defer func() {
			if err != errMoved {
				s.remove(c)
			}
		}()
		c.state.rise(StateNew)
		return c.runAccepted()
	case err == errTooManyConns:
		defer s.remove(c)
		c.turnAway(err)
	case err == ErrServerClosed:
		c.turnAway(&Error{Code: Unavailable, Message: "the server is closed"})
	}
	c.end(err)
	return err
}

// newConn makes a connection of nc, and counts it in, see add. It is nil if it cannot be used.
func (s *Server) newConn(ctx context.Context, nc net.Conn) (*Conn, error) {
	cfg, err := s.config()
	if err == nil {
		err = tune(s.Tune, nc)
	}
	if err != nil {
		_ = nc.Close() // nothing can be said on it
		return nil, err
	}
	c := newConn(ctx, nc, cfg, false)
	return c, s.stats.count(s.add(c))
}

// add counts c in. It is one too many with errTooManyConns, and else not counted if there is an error.
func (s *Server) add(c *Conn) error {
	defer s.lock()()
	over := len(s.conns) - orDefault(s.MaxConns, DefaultMaxConns, noLimit)
	switch {
	case s.isStopped():
		return ErrServerClosed
	case over >= refusedConns:
		return errFlood
	}
	s.conns[c] = struct{}{}
	if over >= 0 {
		return errTooManyConns
	}
	return nil
}

func (s *Server) remove(c *Conn) {
	last := c.Stats().past()
	defer s.lock()()
	delete(s.conns, c)
	s.past.add(last)
	s.signalEmpty()
}

// Conns returns the connections that are open now.
func (s *Server) Conns() iter.Seq[*Conn] {
	defer s.lock()()
	return slices.Values(slices.Collect(maps.Keys(s.conns)))
}

// Stats returns what all connections have counted together, those that are over too.
func (s *Server) Stats() Stats {
	defer s.lock()()
	sum := s.past
	for c := range s.conns {
		sum.add(c.Stats())
	}
	for l := range sum.over {
		sum.over[l] += s.stats.over[l].Load()
	}
	return sum
}

// serveLogged serves a connection that was accepted, and logs how it went.
func (s *Server) serveLogged(ctx context.Context, nc net.Conn) {
	over := func(err error) { s.logEnd(nc, err) }
	if err := s.serveConn(ctx, nc, over); err != errMoved {
		over(err)
	}
}

//go:noinline
func (s *Server) logEnd(nc net.Conn, err error) {
	switch {
	case err == nil || err == ErrServerClosed:
	case brokeRule(err) || errors.Is(err, ErrStranger) || errors.Is(err, ErrHandshake) || errors.As(err, new(Limit)):
		logOr(s.Log).Warn("transport: connection refused", "remote", nc.RemoteAddr(), "err", err)
	default:
		logOr(s.Log).Debug("transport: connection lost", "remote", nc.RemoteAddr(), "err", err)
	}
}
