package fuzz

import (
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Pipe returns the two ends of a connection in memory. What one end writes the
// other reads:
//
//	a.Write ──▶ a's write plan ──▶ [ 64 KiB ] ──▶ b's read plan ──▶ b.Read
//	a.Read  ◀── a's read plan ◀── [ 64 KiB ] ◀── b's write plan ◀── b.Write
//
// It behaves as TCP does where tests can tell: writes return when their bytes
// are in the buffer and wait when it is full; an end that closes can still be
// read to the end. Other than TCP it is deterministic, needs no network, and
// its time is the time of a testing/synctest bubble. It passes the tests of
// golang.org/x/net/nettest.
func Pipe() (a, b *Conn) { return newPipe(1, 2) }

func newPipe(a, b addr) (*Conn, *Conn) {
	ab, ba := newHalf(), newHalf()
	return &Conn{in: ba, out: ab, local: a, remote: b},
		&Conn{in: ab, out: ba, local: b, remote: a}
}

// Conn is one end of a connection in memory, made by [Pipe] or [Listener]. It
// is a [net.Conn] with the extra methods of a [net.TCPConn] that tests need.
//
// Goroutines may call all methods at once. The bytes of two writes do not mix.
//
// Errors other than io.EOF are [*net.OpError] values. Behind them is, for
// errors.Is:
//
//	net.ErrClosed             this end was closed
//	io.EOF                    the other end closed, or closed for writing
//	syscall.EPIPE             a write, but the other end closed, or this one
//	                          closed for writing
//	syscall.ECONNRESET        the connection was reset; what was on the way is lost
//	os.ErrDeadlineExceeded    a deadline passed; Timeout reports true
//	ErrTransient              from a plan
type Conn struct {
	in, out       *half
	local, remote addr
	closed        atomic.Bool
}

var _ net.Conn = (*Conn)(nil)

// Read reads what has arrived, at most len(p) bytes and as far as the plan of
// this end allows. It waits for at least one byte, an end, the deadline, or a
// step of the plan that needs no bytes.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	if err == syscall.ECONNRESET {
		// A plan may have broken this direction only. TCP breaks both.
		c.out.drop(syscall.ECONNRESET, syscall.ECONNRESET)
	}
	return n, c.opError("read", err)
}

// Write puts p into the buffer of the other end. It waits for room, and so may
// return, when the deadline or an end comes, with 0 < n < len(p).
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	switch err { // a plan may have broken this direction
	case syscall.ECONNRESET:
		c.in.drop(syscall.ECONNRESET, syscall.ECONNRESET)
		c.out.drop(syscall.ECONNRESET, syscall.ECONNRESET)
	case syscall.EPIPE:
		c.out.finish(syscall.EPIPE)
	}
	return n, c.opError("write", err)
}

// Close closes this end. Its own calls, also those that wait, give
// net.ErrClosed. The other end reads what was written and then io.EOF, and
// fails to write with EPIPE. Bytes that this end did not read are lost.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return c.opError("close", net.ErrClosed)
	}
	c.in.drop(net.ErrClosed, syscall.EPIPE)
	c.out.finish(net.ErrClosed)
	return nil
}

// CloseWrite says that this end writes no more. The other end reads what was
// written and then io.EOF, and may go on writing.
func (c *Conn) CloseWrite() error {
	if c.closed.Load() {
		return c.opError("close", net.ErrClosed)
	}
	c.out.finish(syscall.EPIPE)
	return nil
}

// Reset closes this end without regard for the other, as a process that
// crashes or a TCP connection closed with SetLinger(0): the calls of the other
// end give ECONNRESET, and what was on the way in either direction is lost.
// After Close, Reset still does that.
func (c *Conn) Reset() {
	c.closed.Store(true)
	c.in.drop(net.ErrClosed, syscall.ECONNRESET)
	c.out.drop(syscall.ECONNRESET, net.ErrClosed)
}

// SetReadPlan sets how the reads of this end see the stream, from the next
// unread byte on. Reads that wait go by it too. It panics if the plan has an
// impossible step. Nil, the value at the start, gives what has arrived.
//
// A number is an upper limit: a read does not wait for a whole step. A step
// with [EOF] also makes the writes of the other end fail with EPIPE, and a
// step with [Reset] is a reset of the connection that both ends see.
func (c *Conn) SetReadPlan(plan Plan) {
	s := newScript(plan)
	_ = c.in.set(&c.in.readErr, func() { c.in.reads = s })
}

// SetWritePlan sets what happens to the writes of this end, from the next one
// that begins on; see [NewWriter]. It panics if the plan has an impossible
// step. Nil, the value at the start, lets everything through.
//
// A step with [EOF] makes later writes fail with EPIPE; the other end reads
// what was written and then io.EOF. A step with [Reset] is a reset of the
// connection that both ends see.
func (c *Conn) SetWritePlan(plan Plan) {
	s := newScript(plan)
	_ = c.out.set(&c.out.writeErr, func() { c.out.writes = s })
}

// SetReadBuffer sets how many bytes may wait to be read by this end before the
// writes of the other end wait. 0 means 64 KiB, and a negative number that
// writes never wait. A smaller buffer loses no bytes. The error is
// net.ErrClosed after Close.
func (c *Conn) SetReadBuffer(bytes int) error {
	if bytes == 0 {
		bytes = defaultBuffer
	}
	return c.opError("set", c.in.set(&c.in.readErr, func() { c.in.limit = bytes }))
}

// SetDeadline sets the deadlines of reads and writes, see SetReadDeadline.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets when reads fail, also those that wait now. In the past,
// they fail at once, even if there is something to read. The zero time means
// never. Calls can go on as soon as the deadline is moved. The error is
// net.ErrClosed after Close.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.opError("set", c.in.setReadBy(t))
}

// SetWriteDeadline does for writes what SetReadDeadline does for reads.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.opError("set", c.out.setWriteBy(t))
}

// LocalAddr returns the address of this end, such as pipe:1.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// opError says which operation failed and where. io.EOF is no failure.
func (c *Conn) opError(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: network, Source: c.local, Addr: c.remote, Err: err}
}

// network is the name of the network of these addresses.
const network = "pipe"

// An addr has the form host:port, so that servers that take it apart can.
type addr int

func (a addr) Network() string { return network }

func (a addr) String() string { return network + ":" + strconv.Itoa(int(a)) }
