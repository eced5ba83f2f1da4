package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// pieceSizes are the sizes of the pieces in bytes, one after the other and then from the beginning. No frame of this program
// fits them, so they cut prefixes, lengths and letters.
var pieceSizes = []int{1, 2, 3, 5, 8, 13}

// tally counts what has passed a cutConn, in both directions.
type tally struct{ bytes, pieces atomic.Int64 }

// cutConn is a connection that does to the bytes what a network may do at any time, but does it always, and in the same
// places. A piece is what one Write hands to the connection below, or what one Read takes from it.
//
// For the same bytes it makes the same pieces in every run, as long as the two sides take turns: inside a frame, Read waits
// until a piece is full, so nothing depends on how fast the network is.
//
// It does not embed a *net.TCPConn, which has methods such as ReadFrom and SyscallConn that would lead the bytes past it.
type cutConn struct {
	net.Conn
	out, in lane
	writing sync.Mutex
	spoken  chan struct{} // closed when this side has written something, or is closed
	once    sync.Once     // closes spoken
}

// newCutConn returns a cutConn over conn whose pieces have the given sizes, all of them above zero.
func newCutConn(conn net.Conn, sizes []int, passed *tally, showOut, showIn showFunc) *cutConn {
	return &cutConn{
		Conn:   conn,
		out:    lane{sizes: sizes, passed: passed, show: showOut},
		in:     lane{sizes: sizes, passed: passed, show: showIn},
		spoken: make(chan struct{}),
	}
}

// Write writes p piece by piece. A piece counts when it goes out: so it is seen before the answer to it.
func (c *cutConn) Write(p []byte) (written int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	defer c.speak()
	for written < len(p) && err == nil {
		piece := p[written:min(written+c.out.size(), len(p))]
		c.out.pass(piece, c.out.frames.add(piece))
		var n int
		n, err = c.Conn.Write(piece)
		written += n
	}
	return written, err
}

// Read reads one piece. The first waits until this side has greeted: both sides greet at once when they meet, and this puts
// their greetings into the same order in every run.
func (c *cutConn) Read(p []byte) (n int, err error) {
	<-c.spoken
	p = p[:min(c.in.size(), len(p))]
	var all []found
	for n < len(p) && err == nil && (n == 0 || c.in.frames.inside()) {
		var m int
		m, err = c.Conn.Read(p[n:])
		all = append(all, c.in.frames.add(p[n:n+m])...)
		n += m
	}
	if n > 0 {
		c.in.pass(p[:n], all)
	}
	return n, err
}

// Close closes the connection.
func (c *cutConn) Close() error {
	c.speak()
	return c.Conn.Close()
}

// CloseWrite closes the sending half, which the transport does when it has said its last word.
func (c *cutConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (c *cutConn) speak() { c.once.Do(func() { close(c.spoken) }) }

// lane is one direction of a cutConn. One goroutine at a time uses it.
type lane struct {
	sizes  []int
	next   int // index in sizes
	frames finder
	passed *tally
	show   showFunc
}

// size returns how large the next piece may be.
func (l *lane) size() int { return l.sizes[l.next] }

// pass counts a piece, and shows it with what it completes.
func (l *lane) pass(piece []byte, all []found) {
	l.next = (l.next + 1) % len(l.sizes)
	l.passed.bytes.Add(int64(len(piece)))
	number := l.passed.pieces.Add(1)
	if l.show != nil {
		l.show(number, piece, all)
	}
}

// cutListener accepts connections that cut; with out set, they show what passes.
type cutListener struct {
	net.Listener
	out      *printer
	accepted int
}

// Accept returns the next connection, as a *cutConn. One goroutine at a time may call it.
func (l *cutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.accepted++
	var t *tracer
	if l.out != nil {
		t = &tracer{out: l.out, conn: l.accepted}
	}
	return newCutConn(conn, pieceSizes, &tally{}, t.lane("←"), t.lane("→")), nil
}
