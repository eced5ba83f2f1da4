package fuzz

import (
	"context"
	"net"
	"slices"
	"sync"
	"syscall"
)

// Listener is a [net.Listener] in memory, for any server that takes one. Its
// zero value is ready for use and must not be copied. Goroutines may call all
// methods at once.
//
//	ln := new(fuzz.Listener)
//	go server.Serve(ln)
//	conn, err := ln.Dial(ctx)
//
// As on a network, a connection is made before the server accepts it: a client
// may write at once.
type Listener struct {
	// Prepare, if not nil, is called with the two ends of each new connection
	// before anybody else has them, one call at a time. It may set plans and
	// buffers, or keep an end to reset it later. It must not call the
	// Listener's methods. Set it before the first Dial.
	Prepare func(client, server *Conn)

	// Backlog is how many connections may wait to be accepted before Dial
	// waits. 0 means 128, and a negative number that there is no limit.
	Backlog int

	mu      sync.Mutex
	changed sync.Cond // a connection came or went, an end: look again
	waiting []*Conn   // the server's ends, oldest first
	dialled int
	closed  bool
}

const defaultBacklog = 128

var _ net.Listener = (*Listener)(nil)

// Dial makes a connection and returns the client's end, a [*Conn]. It waits
// only while the backlog is full. The error is a [*net.OpError] around
// syscall.ECONNREFUSED when the listener is closed, or around ctx.Err().
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	stop := context.AfterFunc(ctx, l.wake)
	defer stop()
	l.lock()
	defer l.mu.Unlock()
	for l.full() && !l.closed && ctx.Err() == nil {
		l.changed.Wait()
	}
	if err := ctx.Err(); err != nil {
		return nil, l.opError("dial", err)
	}
	if l.closed {
		return nil, l.opError("dial", syscall.ECONNREFUSED)
	}
	return l.connect(), nil
}

// connect makes a connection whose server's end waits to be accepted, and
// returns the client's.
func (l *Listener) connect() *Conn {
	l.dialled++
	client, server := newPipe(addr(l.dialled), listenerAddr)
	if l.Prepare != nil {
		l.Prepare(client, server)
	}
	l.waiting = append(l.waiting, server)
	l.changed.Broadcast()
	return client
}

// full reports whether Dial has to wait.
func (l *Listener) full() bool {
	limit := l.Backlog
	if limit == 0 {
		limit = defaultBacklog
	}
	return limit > 0 && len(l.waiting) >= limit
}

// Accept waits for a connection and returns the server's end, a [*Conn]. After
// Close the error is a [*net.OpError] around net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	l.lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.opError("accept", net.ErrClosed)
	}
	conn := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	l.changed.Broadcast()
	return conn, nil
}

// Close makes Accept and Dial fail, also those that wait. Connections that
// nobody accepted are reset; the others go on. A second Close gives
// net.ErrClosed.
func (l *Listener) Close() error {
	l.lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.opError("close", net.ErrClosed)
	}
	l.closed = true
	for _, conn := range l.waiting {
		conn.Reset()
	}
	l.waiting = nil
	l.changed.Broadcast()
	return nil
}

// Addr returns the address of the listener, pipe:0. Clients have the addresses
// pipe:1, pipe:2 and so on, in the order of their Dial.
func (l *Listener) Addr() net.Addr { return listenerAddr }

const listenerAddr addr = 0

// lock takes the lock, and on first use makes the zero value ready.
func (l *Listener) lock() {
	l.mu.Lock()
	if l.changed.L == nil {
		l.changed.L = &l.mu
	}
}

// wake lets those who wait look again.
func (l *Listener) wake() {
	l.lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: network, Addr: listenerAddr, Err: err}
}
