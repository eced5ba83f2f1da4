package transport

import (
	"context"
	"maps"
	"net"
	"slices"
)

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
		c.cancel(ErrDraining) // and with it the contexts of all handlers
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

// stop makes the server take no more connections, and returns those that are open.
func (s *Server) stop() []*Conn {
	defer s.lock()()
	closeOnce(s.stopped)
	for l := range s.listeners {
		_ = l.Close() // Serve returns, whatever this says
	}
	s.signalEmpty()
	return slices.Collect(maps.Keys(s.conns))
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
