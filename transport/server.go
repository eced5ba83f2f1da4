package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/demarc-go/demarc/codec"
)

// Server answers calls on any number of connections. The zero value is ready for use; methods are added with their Handle.
//
// The fields are to be set before the first connection. The methods may be called from any goroutine.
type Server struct {
	// Codec codes all messages. nil means [codec.Msgpack].
	Codec codec.Codec

	// MaxMessage is the largest message in bytes, in both directions; 0 means [DefaultMaxMessage].
	MaxMessage int

	// MaxInFlight is how many calls of one connection may run at once; 0 means [DefaultMaxInFlight]. Clients that have
	// heard of it wait. Calls that one makes before, of which 128 may be under way, are refused if they are too many; one that
	// makes more loses its connection.
	MaxInFlight int

	// MaxConns is how many connections may be open at once; 0 means [DefaultMaxConns]. One more is told so and closed.
	MaxConns int

	// HelloTimeout is how long a client has to introduce itself; 0 means [DefaultHelloTimeout].
	HelloTimeout time.Duration

	// WriteTimeout is how long a client may take no bytes before its connection is closed; 0 means [DefaultWriteTimeout].
	WriteTimeout time.Duration

	// Log gets what no caller hears of: strangers, broken rules, panics of handlers. nil means [slog.Default].
	Log *slog.Logger

	mu        sync.Mutex
	handlers  map[string]handler
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	stopped   chan struct{} // closed by Shutdown and Close
	empty     chan struct{} // closed when stopped and the last connection is over
}

// refusedConns is how many connections above MaxConns are told that they are too many. Still more are just closed.
const refusedConns = 256

var (
	errTooManyConns = errors.New("the server has too many connections")
	errFlood        = errors.New("far too many connections")
)

// init makes ready what the zero value lacks. s.mu is locked.
func (s *Server) init() {
	if s.handlers == nil {
		s.handlers = map[string]handler{}
		s.listeners = map[net.Listener]struct{}{}
		s.conns = map[*conn]struct{}{}
		s.stopped = make(chan struct{})
		s.empty = make(chan struct{})
	}
}

// lock locks s.mu and returns what unlocks it.
func (s *Server) lock() (unlock func()) {
	s.mu.Lock()
	s.init()
	return s.mu.Unlock
}

func (s *Server) register(method string, h handler) {
	defer s.lock()()
	if _, taken := s.handlers[method]; taken {
		panic("transport: method " + method + " has a handler already")
	}
	s.handlers[method] = h
}

func (s *Server) handler(method string) handler {
	defer s.lock()()
	return s.handlers[method]
}

// Serve accepts connections from l and serves each in a goroutine of its own. It returns [ErrServerClosed] after Shutdown or
// Close, and otherwise the error of l that ended it; one that passes, such as too many open files, is waited out. It closes
// l before it returns. Connections should have a CloseWrite method, as TCP, TLS and unix ones do: with it the last words on a
// connection are not lost.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	stopped, ok := s.listen(l)
	if !ok {
		return ErrServerClosed
	}
	defer s.unlisten(l)
	var wait time.Duration
	for {
		nc, err := l.Accept()
		if err == nil {
			wait = 0
			go s.serveLogged(nc)
			continue
		}
		wait = min(max(2*wait, minAcceptWait), maxAcceptWait)
		select {
		case <-stopped:
			return ErrServerClosed
		default:
		}
		if !passes(err) {
			return err
		}
		logOr(s.Log).Warn("transport: accept failed", "err", err, "retry_in", wait)
		select {
		case <-stopped:
			return ErrServerClosed
		case <-time.After(wait):
		}
	}
}

// How long Serve waits after an Accept that failed: twice as long each time.
const (
	minAcceptWait = 5 * time.Millisecond
	maxAcceptWait = time.Second
)

// listen counts l in, unless the server is closed.
func (s *Server) listen(l net.Listener) (stopped <-chan struct{}, ok bool) {
	defer s.lock()()
	if s.isStopped() {
		return nil, false
	}
	s.listeners[l] = struct{}{}
	return s.stopped, true
}

func (s *Server) unlisten(l net.Listener) {
	defer s.lock()()
	delete(s.listeners, l)
}

// passes reports whether an error of Accept is one that another try may not meet.
func passes(err error) bool {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return false
	}
	var sys *os.SyscallError
	return errors.As(err, &sys)
}

func (s *Server) serveLogged(nc net.Conn) {
	err := s.ServeConn(nc)
	switch {
	case err == nil || err == ErrServerClosed:
	case brokeRule(err) || errors.Is(err, errPreface):
		logOr(s.Log).Warn("transport: connection refused", "remote", nc.RemoteAddr(), "err", err)
	default:
		logOr(s.Log).Debug("transport: connection lost", "remote", nc.RemoteAddr(), "err", err)
	}
}

// ServeConn serves one connection until it is over, and closes it. It returns nil if the connection came to a clean end, and
// [ErrServerClosed] if the server was closed before.
func (s *Server) ServeConn(nc net.Conn) error {
	c := newConn(context.Background(), nc, s.config(), false)
	switch err := s.add(c); err {
	case nil:
		defer s.remove(c)
		c.greet()
		return c.run()
	case errTooManyConns:
		defer s.remove(c)
		c.part(ResourceExhausted, err)
		c.end(err)
		return err
	case ErrServerClosed:
		c.part(Unavailable, err)
		c.end(err)
		return err
	default:
		c.end(err)
		return err
	}
}

// add counts c in. It is one too many with errTooManyConns, and else not counted if there is an error.
func (s *Server) add(c *conn) error {
	defer s.lock()()
	over := len(s.conns) - orDefault(s.MaxConns, DefaultMaxConns)
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

func (s *Server) remove(c *conn) {
	defer s.lock()()
	delete(s.conns, c)
	s.signalEmpty()
}

// signalEmpty tells Shutdown that there is nothing left to wait for, if that is so. s.mu is locked.
func (s *Server) signalEmpty() {
	if s.isStopped() && len(s.conns) == 0 {
		closeOnce(s.empty)
	}
}

// isStopped reports whether Shutdown or Close has been called. s.mu is locked.
func (s *Server) isStopped() bool {
	select {
	case <-s.stopped:
		return true
	default:
		return false
	}
}

// closeOnce closes c, unless that is done. Calls must not overlap.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// stop makes the server take no more connections, and returns those that are open.
func (s *Server) stop() []*conn {
	defer s.lock()()
	closeOnce(s.stopped)
	for l := range s.listeners {
		_ = l.Close() // Serve returns, whatever this says
	}
	s.signalEmpty()
	return slices.Collect(maps.Keys(s.conns))
}

// Shutdown ends the server without losing a call that it has accepted: it takes no more connections and no more calls, tells
// the clients so, and waits until the calls that run are answered and the connections are closed. If ctx ends before that,
// the contexts of the handlers that still run end with [ErrDraining], their connections are closed, and the error is ctx's
// cause. After it, and after Close, the server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error {
	conns := s.stop()
	for _, c := range conns {
		go c.drain()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	for _, c := range conns {
		c.cancelAll(ErrDraining)
		c.end(ErrDraining)
	}
	return context.Cause(ctx)
}

// Close ends the server at once: connections are closed, and the contexts of handlers end with [ErrConnLost].
func (s *Server) Close() error {
	for _, c := range s.stop() {
		c.end(net.ErrClosed)
	}
	return nil
}

func (s *Server) config() config {
	return config{
		codec:        codecOr(s.Codec),
		maxMessage:   orDefault(s.MaxMessage, DefaultMaxMessage),
		maxInFlight:  orDefault(s.MaxInFlight, DefaultMaxInFlight),
		helloTimeout: orDefault(s.HelloTimeout, DefaultHelloTimeout),
		writeTimeout: orDefault(s.WriteTimeout, DefaultWriteTimeout),
		log:          logOr(s.Log),
		handler:      s.handler,
	}
}
