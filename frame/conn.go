package frame

import (
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"os"
	"sync/atomic"
	"time"
)

const (
	// DefaultFrameTimeout is how long one frame may take from its first byte on, unless a [Conn] is told otherwise; each
	// 16 KiB that have arrived give it one second more.
	DefaultFrameTimeout = 10 * time.Second

	// DefaultWriteTimeout is how long one write may take, unless a [Conn] is told otherwise.
	DefaultWriteTimeout = 10 * time.Second

	// slowest is the rate in bytes per second below which a frame runs out of time.
	slowest = 16 << 10
)

// Conn sends and receives frames over a [net.Conn].
//
// One goroutine at a time may read, while any number of others write, close, or set deadlines. Reading goes on after a
// timeout as if nothing had been: see [Reader]. Writing does not: see [Writer].
//
// The exported fields are to be set before the first call, or while no other goroutine uses the Conn.
type Conn struct {
	// Max is the largest payload in bytes, in both directions; 0 means [DefaultMax], and a negative value means no limit.
	Max int

	// Skip makes ReadFrame pass over a frame that is too large; see [Reader].
	Skip bool

	// Exact makes a read never take more from the connection than its frame; see [Reader].
	Exact bool

	// IdleTimeout is how long a read waits for a frame to begin; 0 means for ever.
	IdleTimeout time.Duration

	// FrameTimeout is how long a frame may take once its first byte is there; a second is added for each 16 KiB that have
	// arrived. 0 means [DefaultFrameTimeout], and a negative value means for ever.
	FrameTimeout time.Duration

	// WriteTimeout is how long the connection may take for one Write; 0 means [DefaultWriteTimeout], and a negative
	// value means for ever.
	WriteTimeout time.Duration

	// BeforeRead, if not nil, is called before each read from the connection, when all whole frames that had arrived have been
	// returned. It is the place to flush answers, so that those to all frames of one read go out in one write. It must not
	// read.
	BeforeRead func()

	conn net.Conn
	idle *idleReader // nil: a read of conn needs memory before it waits
	r    Reader
	w    Writer
	rd   deadline
	wd   deadline

	begun   time.Time // when the frame that is being read began
	begunOf int64     // which frame that was, by its offset
	begunAt uint64    // what bytesIn was then

	bytesIn, bytesOut, framesIn, framesOut atomic.Uint64
}

// NewConn returns a Conn that speaks framing over conn, which it owns from now on.
func NewConn(conn net.Conn, framing Framing) *Conn {
	c := &Conn{conn: conn}
	c.r = *NewReader(connReader{c}, framing)
	c.w.framing, c.w.dst, c.w.easy = framing, connWriter{c}, easyOf(framing).kind
	if c.idle = newIdleReader(conn, &c.r.in); c.idle != nil {
		c.r.in.beginIdle(c)
	}
	if v := vectors(conn); v != nil {
		c.w.vectors = connWriter{c}
	}
	c.rd.set, c.wd.set = conn.SetReadDeadline, conn.SetWriteDeadline
	return c
}

// ReadFrame returns the payload of the next frame, a view that is valid until the next read. Besides the errors of
// [Reader.ReadFrame] it returns [ErrIdleTimeout] and [ErrFrameTimeout], after which reading can go on.
func (c *Conn) ReadFrame() ([]byte, error) {
	c.setUpReader()
	payload, err := c.r.ReadFrame()
	return payload, c.counted(err)
}

// Wait returns when the next ReadFrame has something to begin with: bytes, or an error, which it leaves to ReadFrame to return. On a
// connection that has no way to know that without a buffer, it returns at once. It needs little stack, so a goroutine that
// waits here before it does anything else costs little while it waits.
func (c *Conn) Wait() {
	if c.idle != nil && !c.Exact && len(c.Buffered()) == 0 && c.r.err == nil && c.r.in.err == nil {
		c.r.in.err = c.r.in.fillIdle()
	}
}

func (c *Conn) setUpReader() { c.r.Max, c.r.Skip, c.r.Exact = c.Max, c.Skip, c.Exact }

// counted counts a frame that was read, unless there was an error.
func (c *Conn) counted(err error) error {
	if err == nil {
		c.framesIn.Add(1)
	}
	return err
}

// ReadAppend is ReadFrame for a caller who wants bytes of its own: it appends the payload to dst.
func (c *Conn) ReadAppend(dst []byte) ([]byte, error) {
	payload, err := c.ReadFrame()
	return append(dst, payload...), err
}

// NextFrame begins the next frame and returns its payload as a stream; see [Reader.NextFrame].
func (c *Conn) NextFrame() (payload io.Reader, size int64, err error) {
	c.setUpReader()
	payload, size, err = c.r.NextFrame()
	return payload, size, c.counted(err)
}

// ReadFrameContext is ReadFrame that also ends when ctx does. The error is then ctx's cause, and os.ErrDeadlineExceeded too;
// no byte is lost, and the next read goes on.
func (c *Conn) ReadFrameContext(ctx context.Context) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, os.ErrDeadlineExceeded)
	}
	unwatch := c.rd.watch(ctx)
	payload, err := c.ReadFrame()
	unwatch()
	return payload, ended(ctx, err)
}

// Frames returns an iterator over the remaining frames, with the errors of ReadFrame; see [Reader.Frames].
func (c *Conn) Frames() iter.Seq2[[]byte, error] { return frames(c.ReadFrame) }

// Buffered returns the bytes that were read and not yet returned in a frame; see [Reader.Buffered].
func (c *Conn) Buffered() []byte { return c.r.Buffered() }

// WriteFrame writes payload as one frame. Besides the errors of [Writer.WriteFrame] it returns [ErrWriteTimeout], which
// stays.
func (c *Conn) WriteFrame(payload []byte) error {
	c.w.turn.lock()
	defer c.w.turn.unlock()
	return c.write(payload)
}

// WriteFrameContext is WriteFrame that also ends when ctx does, be it in waiting for another write. Once some of the frame may
// have been written, the error stays, as with every other failed write.
func (c *Conn) WriteFrameContext(ctx context.Context, payload []byte) error {
	if err := c.w.turn.lockContext(ctx); err != nil {
		return err
	}
	defer c.w.turn.unlock()
	defer c.wd.watch(ctx)()
	return ended(ctx, c.write(payload))
}

// BufferFrame makes payload a frame that goes out with the next WriteFrame or Flush; see [Writer.BufferFrame].
func (c *Conn) BufferFrame(payload []byte) error {
	c.w.turn.lock()
	defer c.w.turn.unlock()
	c.w.Max = c.Max
	return c.countOut(c.w.buffer(payload))
}

// Flush writes the frames that are buffered.
func (c *Conn) Flush() error { return c.w.Flush() }

// WriteFrameFrom writes a frame whose payload is the next size bytes of src; see [Writer.WriteFrameFrom].
func (c *Conn) WriteFrameFrom(src io.Reader, size int64) error {
	c.w.turn.lock()
	defer c.w.turn.unlock()
	c.w.Max = c.Max
	return c.countOut(c.w.writeFrom(src, size))
}

// write writes a frame. It is the turn of who calls it.
func (c *Conn) write(payload []byte) error {
	c.w.Max = c.Max
	return c.countOut(c.w.write(payload))
}

func (c *Conn) countOut(err error) error {
	if err == nil {
		c.framesOut.Add(1)
	}
	return err
}

// Close closes the connection. Frames that are buffered and not flushed are lost. Calls that are under way, in any goroutine, return an error that is net.ErrClosed.
func (c *Conn) Close() error { return c.conn.Close() }

// CloseWrite tells the peer that no more frames come; reading goes on. Frames that are buffered are to be flushed before. The error is errors.ErrUnsupported if the connection
// cannot be closed in one direction.
func (c *Conn) CloseWrite() error {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Detach gives the connection back, without deadlines, and with the bytes that were read from it and belong to no frame that was
// returned; they are the caller's own. Frames that are buffered are to be flushed before. The Conn must not be used any more.
func (c *Conn) Detach() (conn net.Conn, unread []byte, err error) {
	unread, err = c.r.Detach()
	return c.conn, unread, errors.Join(err, c.conn.SetDeadline(time.Time{}))
}

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr returns the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// SetDeadline sets the deadline of all reads and writes; the zero time means none. The limits of the Conn hold besides it.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of reads, those that wait now among them.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.rd.setUser(t) }

// SetWriteDeadline sets the deadline of writes, those that wait now among them.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.wd.setUser(t) }

// Stats counts what has passed through a Conn.
type Stats struct {
	BytesIn, BytesOut   uint64 // on the connection
	FramesIn, FramesOut uint64 // read and returned; written or buffered
}

// Stats returns the counters of the Conn as they are now.
func (c *Conn) Stats() Stats {
	return Stats{
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		FramesIn: c.framesIn.Load(), FramesOut: c.framesOut.Load(),
	}
}

// connReader reads from the connection within the limits on time.
type connReader struct{ c *Conn }

func (r connReader) Read(p []byte) (int, error) {
	return r.c.read(func() (int, error) { return r.c.conn.Read(p) })
}

func (c *Conn) readIdle() (int, error) { return c.read(c.idle.read) }

// read does one read of the connection within the limits.
func (c *Conn) read(do func() (int, error)) (int, error) {
	if c.BeforeRead != nil {
		c.BeforeRead()
	}
	if err := c.limitRead(); err != nil {
		return 0, err
	}
	n, err := do()
	c.bytesIn.Add(uint64(n))
	if err = c.rd.explain(err); err == ErrFrameTimeout {
		c.begun = time.Time{} // who goes on all the same has as much time again
	}
	return n, err
}

// limitRead sets the limit for the next read: that of an idle connection, or that of the frame which has begun.
func (c *Conn) limitRead() error {
	if len(c.r.Buffered()) == 0 && c.r.rest == 0 && c.r.stream == nil {
		return c.rd.setLimit(after(c.IdleTimeout), ErrIdleTimeout)
	}
	if c.FrameTimeout < 0 {
		return c.rd.setLimit(time.Time{}, nil)
	}
	arrived := c.bytesIn.Load()
	if c.begun.IsZero() || c.begunOf != c.r.Offset() {
		c.begun, c.begunOf, c.begunAt = time.Now(), c.r.Offset(), arrived-uint64(len(c.r.Buffered()))
	}
	limit := orDefault(c.FrameTimeout, DefaultFrameTimeout) + time.Duration((arrived-c.begunAt)/slowest)*time.Second
	return c.rd.setLimit(c.begun.Add(limit), ErrFrameTimeout)
}

// connWriter writes to the connection within the limit on time.
type connWriter struct{ c *Conn }

func (w connWriter) Write(p []byte) (int, error) {
	if err := w.limit(); err != nil {
		return 0, err
	}
	n, err := w.c.conn.Write(p)
	return n, w.wrote(int64(n), err)
}

func (w connWriter) writeBuffers(b *net.Buffers) (int64, error) {
	if err := w.limit(); err != nil {
		return 0, err
	}
	n, err := b.WriteTo(w.c.conn)
	return n, w.wrote(n, err)
}

// limit sets the limit for the next write.
func (w connWriter) limit() error {
	return w.c.wd.setLimit(after(orDefault(w.c.WriteTimeout, DefaultWriteTimeout)), ErrWriteTimeout)
}

// wrote counts n bytes written, and explains the error that came with them.
func (w connWriter) wrote(n int64, err error) error {
	w.c.bytesOut.Add(uint64(n))
	return w.c.wd.explain(err)
}

func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// after returns the time that is d from now, or the zero time if d is no limit.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}
