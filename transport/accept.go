package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// How long Serve waits after an Accept that failed: twice as long each time.
const (
	minAcceptWait = 5 * time.Millisecond
	maxAcceptWait = time.Second
)

// Serve accepts connections from l and serves each in a goroutine of its own. It returns [ErrServerClosed] after Shutdown or
// Close, and otherwise the error of l that ended it; one that passes, such as too many open files or a timeout, is waited out. It closes
// l before it returns. Connections should have a CloseWrite method, as TCP, TLS and unix ones do: with it the last words on a
// connection are not lost.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	stopped, ok := s.listen(l)
	if !ok {
		return ErrServerClosed
	}
	defer s.unlisten(l)
	ctx := s.baseContext(l)
	var wait time.Duration
	for {
		nc, err := l.Accept()
		if err == nil {
			wait = 0
			go s.serveLogged(ctx, nc)
			continue
		}
		wait = min(max(2*wait, minAcceptWait), maxAcceptWait)
		if err := s.acceptFailed(err, wait, stopped); err != nil {
			return err
		}
	}
}

// acceptFailed waits after an Accept that failed with err, if there is a reason to. It returns what Serve is to return, or nil.
func (s *Server) acceptFailed(err error, wait time.Duration, stopped <-chan struct{}) error {
	select {
	case <-stopped:
		return ErrServerClosed
	default:
	}
	if !passes(err) {
		return err
	}
	if wait == minAcceptWait || wait == maxAcceptWait { // no more than once a second
		logOr(s.Log).Warn("transport: accept failed", "err", err, "retry_in", wait)
	}
	select {
	case <-stopped:
		return ErrServerClosed
	case <-time.After(wait):
		return nil
	}
}

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

// passes reports whether an error of Accept is one that another try may not meet: one of the system, or a timeout.
func passes(err error) bool {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return false
	}
	var sys *os.SyscallError
	var timed net.Error
	return errors.As(err, &sys) || errors.As(err, &timed) && timed.Timeout()
}
