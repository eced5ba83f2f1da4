package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// How long Serve waits after an Accept that failed: twice as long each time, until none has failed for a while.
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
	var rest acceptRest
	for {
		nc, err := l.Accept()
		if err == nil {
			go s.serveLogged(ctx, nc)
			continue
		}
		if err := s.acceptFailed(err, &rest, stopped); err != nil {
			return err
		}
	}
}

// acceptRest says how long to wait after an Accept that failed. One that succeeds changes nothing: where a descriptor is free now and
// then, every other one does.
type acceptRest struct {
	wait           time.Duration
	failed, logged time.Time
}

// next returns how long to wait after a failure now, and whether to log it.
func (r *acceptRest) next(now time.Time) (wait time.Duration, log bool) {
	if now.Sub(r.failed) > r.wait+maxAcceptWait {
		r.wait = 0
	}
	r.wait = min(max(2*r.wait, minAcceptWait), maxAcceptWait)
	r.failed = now
	if log = now.Sub(r.logged) >= time.Second; log {
		r.logged = now
	}
	return r.wait, log
}

// acceptFailed waits after an Accept that failed with err, if there is a reason to. It returns what Serve is to return, or nil.
func (s *Server) acceptFailed(err error, rest *acceptRest, stopped <-chan struct{}) error {
	select {
	case <-stopped:
		return ErrServerClosed
	default:
	}
	if !passes(err) {
		return err
	}
	wait, log := rest.next(time.Now())
	if log {
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
