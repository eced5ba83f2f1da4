package frame_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// connect returns a Conn of varint frames and the connection of its peer, which speaks bytes.
func connect(t *testing.T) (*frame.Conn, *fuzz.Conn) {
	a, b := fuzz.Pipe()
	t.Cleanup(func() {
		_ = a.Close()
		_ = b.Close()
	})
	return frame.NewConn(a, frame.Varint{}), b
}

// send writes p, from a goroutine of its own if it has to wait.
func send(t *testing.T, conn io.Writer, p string) {
	t.Helper()
	_, err := io.WriteString(conn, p)
	require.NoError(t, err)
}

// assertFrame asserts that the next frame of c is want.
func assertFrame(t *testing.T, c *frame.Conn, want string) {
	t.Helper()
	payload, err := c.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, want, string(payload))
}

// The law holds for a Conn as well, with its limits on time at work.
func TestConnGivesTheSameFramesForEverySplit(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			s := anySettings().Draw(t, "settings")
			near, far := fuzz.Pipe()
			defer near.Close()
			near.SetReadPlan(fuzz.Plans(fuzz.Timeout, fuzz.Transient).Draw(t, "plan"))
			_, err := far.Write(stream)
			require.NoError(t, err)
			require.NoError(t, far.Close())
			c := frame.NewConn(near, r.framing)
			c.Max, c.Skip, c.IdleTimeout = s.max, s.skip, time.Hour
			require.Equal(t, r.outcome(stream, s), drain(c.ReadFrame))
		})
	})
}

func TestConnBothWays(t *testing.T) {
	a, b := fuzz.Pipe()
	near, far := frame.NewConn(a, frame.Delimiter{}), frame.NewConn(b, frame.Delimiter{})
	require.NoError(t, near.WriteFrame([]byte("hello")))
	assertFrame(t, far, "hello")
	require.NoError(t, far.BufferFrame([]byte("one")))
	require.NoError(t, far.BufferFrame([]byte("two")))
	require.NoError(t, far.Flush())
	require.NoError(t, far.Close())
	got, err := near.ReadAppend([]byte("> "))
	require.NoError(t, err)
	assert.Equal(t, "> one", string(got))
	for payload, err := range near.Frames() {
		require.NoError(t, err)
		assert.Equal(t, "two", string(payload))
	}
	_, err = near.ReadFrame()
	assert.Same(t, io.EOF, err)
	assert.Equal(t, a.LocalAddr(), near.LocalAddr())
	assert.Equal(t, a.RemoteAddr(), near.RemoteAddr())
	require.NoError(t, near.Close())
}

func TestConnLimitsBothDirections(t *testing.T) {
	c, peer := connect(t)
	c.Max, c.Skip = 4, true
	assert.ErrorIs(t, c.WriteFrame([]byte("hello")), frame.ErrTooLarge)
	assert.ErrorIs(t, c.BufferFrame([]byte("hello")), frame.ErrTooLarge)
	assert.ErrorIs(t, c.WriteFrameContext(t.Context(), []byte("hello")), frame.ErrTooLarge)
	require.NoError(t, c.WriteFrame([]byte("four")))
	got := make([]byte, 5)
	_, err := io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "\x04four", string(got))

	send(t, peer, "\x05hello\x02hi")
	_, err = c.ReadFrame()
	assert.ErrorIs(t, err, frame.ErrTooLarge)
	assertFrame(t, c, "hi")
}

func TestStats(t *testing.T) {
	c, peer := connect(t)
	c.Max, c.Skip = 100, true
	assert.Zero(t, c.Stats())
	require.NoError(t, c.WriteFrame([]byte("hi")))
	require.NoError(t, c.BufferFrame([]byte("you")))
	assert.Error(t, c.WriteFrame(make([]byte, 101)))
	assert.Equal(t, frame.Stats{BytesOut: 3, FramesOut: 2}, c.Stats(), "written or buffered")
	require.NoError(t, c.Flush())

	send(t, peer, "\x02hi\x65"+strings.Repeat("z", 101)+"\x00\x05cut")
	require.NoError(t, peer.Close())
	assert.Equal(t, "cut off", drain(c.ReadFrame).End)
	assert.Equal(t, frame.Stats{BytesIn: 110, FramesIn: 2, BytesOut: 7, FramesOut: 2}, c.Stats(), "a skipped frame is none")
}

// A payload from an io.Reader obeys the limits of the Conn, and counts.
func TestConnWritesFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := connect(t)
		c.Max, c.WriteTimeout = 1<<20, time.Second
		require.NoError(t, c.WriteFrameFrom(strings.NewReader("hello, world"), 5))
		require.ErrorIs(t, c.WriteFrameFrom(strings.NewReader(""), 1<<20+1), frame.ErrTooLarge)
		assert.Equal(t, frame.Stats{BytesOut: 6, FramesOut: 1}, c.Stats())
		got := make([]byte, 6)
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		assert.Equal(t, "\x05hello", string(got))

		begin := time.Now()
		large := bytes.NewReader(make([]byte, 1<<20)) // more than the pipe holds
		require.ErrorIs(t, c.WriteFrameFrom(large, 1<<20), frame.ErrWriteTimeout)
		assert.Equal(t, time.Second, time.Since(begin))
		assert.ErrorIs(t, c.WriteFrame([]byte("hi")), frame.ErrWriteTimeout, "half a frame is out")
	})
}

// stubborn is a connection that sets no deadlines.
type stubborn struct {
	net.Conn
	err error
}

func (c stubborn) SetReadDeadline(time.Time) error  { return c.err }
func (c stubborn) SetWriteDeadline(time.Time) error { return c.err }

// A Conn that cannot set the limits it was told to keep does not go on without them.
func TestConnThatCannotSetDeadlines(t *testing.T) {
	end, peer := fuzz.Pipe()
	defer end.Close()
	defer peer.Close()
	send(t, peer, "\x02hi")
	c := frame.NewConn(stubborn{end, errors.New("no deadlines")}, frame.Varint{})
	c.IdleTimeout = time.Second
	_, err := c.ReadFrame()
	assert.ErrorContains(t, err, "no deadlines")
	assert.ErrorContains(t, c.WriteFrame([]byte("hi")), "no deadlines")

	c = frame.NewConn(stubborn{end, errors.New("no deadlines")}, frame.Varint{})
	c.WriteTimeout = -1
	assertFrame(t, c, "hi")
	assert.NoError(t, c.WriteFrame([]byte("hi")))
}

func TestCloseWrite(t *testing.T) {
	c, peer := connect(t)
	require.NoError(t, c.WriteFrame([]byte("bye")))
	require.NoError(t, c.CloseWrite())
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	assert.Equal(t, "\x03bye", string(got))
	send(t, peer, "\x02hi")
	assertFrame(t, c, "hi")
	assert.Error(t, c.WriteFrame([]byte("more")))
}

func TestCloseWriteOfAConnectionWithoutHalves(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c := frame.NewConn(a, frame.Varint{})
	defer c.Close()
	assert.ErrorIs(t, c.CloseWrite(), errors.ErrUnsupported)
}

// When the protocol changes, what was read too much belongs to the next one.
func TestDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := connect(t)
		c.IdleTimeout = time.Second
		require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
		send(t, peer, "\x02hiGET / HT")
		assertFrame(t, c, "hi")
		require.NoError(t, c.WriteFrame([]byte("ok")))
		assert.Equal(t, "GET / HT", string(c.Buffered()))

		conn, unread, err := c.Detach()
		require.NoError(t, err)
		assert.Equal(t, "GET / HT", string(unread))
		time.Sleep(time.Hour) // no deadline is left
		send(t, peer, "TP/1.1")
		rest := make([]byte, 6)
		_, err = io.ReadFull(conn, rest)
		require.NoError(t, err)
		assert.Equal(t, "TP/1.1", string(rest))
		send(t, conn, "200")
	})
}

func TestDetachedBytesAreTheCallersOwn(t *testing.T) {
	c, peer := connect(t)
	send(t, peer, "\x02hirest")
	assertFrame(t, c, "hi")
	view := c.Buffered()
	_, unread, err := c.Detach()
	require.NoError(t, err)
	clear(view)
	assert.Equal(t, "rest", string(unread))
}

func TestCloseInterruptsReadAndWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := connect(t)
		require.NoError(t, peer.SetReadBuffer(4))
		var group sync.WaitGroup
		group.Go(func() {
			_, err := c.ReadFrame()
			assert.ErrorIs(t, err, net.ErrClosed)
		})
		group.Go(func() { assert.ErrorIs(t, c.WriteFrame(make([]byte, 100)), net.ErrClosed) })
		synctest.Wait()
		require.NoError(t, c.Close())
		group.Wait()
		_, err := c.ReadFrame()
		assert.ErrorIs(t, err, net.ErrClosed)
		assert.ErrorIs(t, c.WriteFrame(nil), net.ErrClosed)
	})
}

// One reads, any number write, and others count, set deadlines and look at addresses.
func TestConnServesManyGoroutines(t *testing.T) {
	const writers, frames = 4, 50
	c, peer := connect(t)
	require.NoError(t, peer.SetReadBuffer(1000))
	var wire bytes.Buffer
	var group sync.WaitGroup
	group.Go(func() {
		_, err := io.Copy(&wire, peer)
		assert.NoError(t, err)
	})
	group.Go(func() { assert.Equal(t, []string{"hi", "you"}, drain(c.ReadFrame).Frames) })
	writing := &sync.WaitGroup{}
	for id := range writers {
		writing.Go(func() {
			for n := range frames {
				payload := numbered(id, n)
				write := []func([]byte) error{c.WriteFrame, c.BufferFrame, func(p []byte) error {
					return c.WriteFrameContext(t.Context(), p)
				}}[n%3]
				assert.NoError(t, write(payload))
				assert.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
				_, _ = c.Stats(), c.RemoteAddr()
			}
		})
	}
	send(t, peer, "\x02hi\x03you")
	writing.Wait()
	require.NoError(t, c.Flush())
	require.NoError(t, peer.CloseWrite())
	require.NoError(t, c.CloseWrite())
	group.Wait()
	assertInOrder(t, wire.Bytes(), writers, frames)
}

// Memory of a Conn follows the bytes as that of a Reader does.
func TestConnHoldsLittleForAClaim(t *testing.T) {
	c, peer := connect(t)
	assert.Zero(t, c.Held(), "nothing before the first bytes")
	send(t, peer, "\x80\x80\x40"+string(slices.Repeat([]byte("z"), 1000)))
	require.NoError(t, peer.CloseWrite())
	_, err := c.ReadFrame()
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.LessOrEqual(t, c.Held(), 16<<10)
}
