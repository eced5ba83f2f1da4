package frame_test

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

var errEnough = errors.New("enough")

// readingWith is ReadFrameContext without the frame.
func readingWith(ctx context.Context, c *frame.Conn) func() error {
	return func() error {
		_, err := c.ReadFrameContext(ctx)
		return err
	}
}

// Row 18 of the attacks: whoever cancels a read and reads again must get the frame of which it had a part.
func TestRow18CancelAtEveryByteLosesNothing(t *testing.T) {
	stream := "\x02hi\x81\x01" + mib2[:129] + "\x00\x03you"
	want := []string{"hi", mib2[:129], "", "you"}
	for cut := range len(stream) {
		inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
			send(t, peer, stream[:cut])
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errEnough) })
			var got []string
			for {
				payload, err := c.ReadFrameContext(ctx)
				if err != nil {
					require.ErrorIs(t, err, errEnough)
					require.ErrorIs(t, err, os.ErrDeadlineExceeded)
					break
				}
				got = append(got, string(payload))
			}
			send(t, peer, stream[cut:])
			require.NoError(t, peer.CloseWrite())
			for payload, err := range c.Frames() {
				require.NoError(t, err)
				got = append(got, string(payload))
			}
			assert.Equal(t, want, got, "cancelled after %d bytes", cut)
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assertTimeout(t, context.DeadlineExceeded, time.Minute, readingWith(ctx, c))
		assertTimeout(t, context.DeadlineExceeded, 0, readingWith(ctx, c))
		send(t, peer, "\x02hi")
		payload, err := c.ReadFrameContext(context.Background())
		require.NoError(t, err)
		assert.Equal(t, "hi", string(payload))
	})
}

// Whether the context ends before the read or during it, the error is one that says: try again.
func TestReadWithAnEndedContext(t *testing.T) {
	c, peer := connect(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnough)
	send(t, peer, "\x02hi")
	_, err := c.ReadFrameContext(ctx)
	assert.ErrorIs(t, err, errEnough)
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	assertFrame(t, c, "hi")
}

// After a context has interrupted a read, the deadlines are what they were.
func TestDeadlineIsPutBackAfterACancel(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, _ *fuzz.Conn) {
		c.IdleTimeout = 2 * time.Hour
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Hour)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assertTimeout(t, context.DeadlineExceeded, time.Minute, readingWith(ctx, c))
		assertTimeout(t, os.ErrDeadlineExceeded, 59*time.Minute, reading(c))
		require.NoError(t, c.SetReadDeadline(time.Time{}))
		assertTimeout(t, frame.ErrIdleTimeout, 2*time.Hour, reading(c))
	})
}

// A deadline that the user sets while a cancelled read returns is not lost either.
func TestDeadlineSetDuringACancelHolds(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, _ *fuzz.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, func() {
			cancel()
			assert.NoError(t, c.SetReadDeadline(time.Now().Add(time.Hour)))
		})
		assertTimeout(t, context.Canceled, time.Minute, readingWith(ctx, c))
		assertTimeout(t, os.ErrDeadlineExceeded, time.Hour, reading(c))
	})
}

// A cancel does not give a slow peer more time for its frame.
func TestCancelDoesNotLengthenTheFrame(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		send(t, peer, "\x05he")
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		assertTimeout(t, context.DeadlineExceeded, 7*time.Second, readingWith(ctx, c))
		assertTimeout(t, frame.ErrFrameTimeout, 3*time.Second, reading(c))
	})
}

// A limit of the Conn is told from the end of the context.
func TestLimitBeforeTheContextEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, _ *fuzz.Conn) {
		c.IdleTimeout = time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assertTimeout(t, frame.ErrIdleTimeout, time.Second, readingWith(ctx, c))
	})
}

// A context that ends after its call is over interrupts nobody.
func TestContextThatEndsLater(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		send(t, peer, "\x02hi")
		_, err := c.ReadFrameContext(ctx)
		require.NoError(t, err)
		require.NoError(t, c.WriteFrameContext(ctx, []byte("hi")))
		cancel()
		synctest.Wait()
		time.AfterFunc(time.Second, func() { send(t, peer, "\x02yo") })
		assertFrame(t, c, "yo")
		require.NoError(t, c.WriteFrame([]byte("yo")))
	})
}

// Half a frame may be on the wire: so the write that a context ends is the last one.
func TestWriteThatItsContextEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		require.NoError(t, peer.SetReadBuffer(10))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errEnough)
		defer cancel()
		assertTimeout(t, errEnough, time.Second, func() error { return c.WriteFrameContext(ctx, make([]byte, 100)) })
		require.NoError(t, peer.SetReadBuffer(-1))
		assert.ErrorIs(t, c.WriteFrame([]byte("hi")), os.ErrDeadlineExceeded)
		assert.Equal(t, uint64(10), c.Stats().BytesOut)
	})
}

func TestWriteWithAnEndedContextWritesNothingAndDoesNoHarm(t *testing.T) {
	c, _ := connect(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnough)
	require.ErrorIs(t, c.WriteFrameContext(ctx, []byte("hi")), errEnough)
	assert.Zero(t, c.Stats())
	assert.NoError(t, c.WriteFrame([]byte("hi")))
}

// asked is a context that tells when somebody begins to wait for its end.
type asked struct {
	context.Context
	once  sync.Once
	asked chan struct{}
}

func (a *asked) Done() <-chan struct{} {
	a.once.Do(func() { close(a.asked) })
	return a.Context.Done()
}

// Nobody waits longer than its context for a write of somebody else, and that one is not disturbed.
func TestWaitForAnotherWriteEndsWithTheContext(t *testing.T) {
	c, peer := connect(t)
	require.NoError(t, peer.SetReadBuffer(10))
	slow := make(chan error)
	go func() { slow <- c.WriteFrame(make([]byte, 100)) }()
	begun := make([]byte, 1)
	_, err := io.ReadFull(peer, begun) // now the slow write is under way
	require.NoError(t, err)

	parent, cancel := context.WithCancelCause(t.Context())
	ctx := &asked{Context: parent, asked: make(chan struct{})}
	waiting := make(chan error)
	go func() { waiting <- c.WriteFrameContext(ctx, []byte("late")) }()
	<-ctx.asked
	cancel(errEnough)
	assert.ErrorIs(t, <-waiting, errEnough)

	rest := make([]byte, 100)
	_, err = io.ReadFull(peer, rest)
	require.NoError(t, err)
	require.NoError(t, <-slow)
	require.NoError(t, c.WriteFrame([]byte("hi")))
	got := make([]byte, 3)
	_, err = io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "\x02hi", string(got), "of the frame that was given up there is no byte")
}

func TestWaitForAnotherWriteThatEnds(t *testing.T) {
	c, peer := connect(t)
	require.NoError(t, peer.SetReadBuffer(10))
	slow := make(chan error)
	go func() { slow <- c.WriteFrame(make([]byte, 100)) }()
	begun := make([]byte, 1)
	_, err := io.ReadFull(peer, begun)
	require.NoError(t, err)

	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx := &asked{Context: parent, asked: make(chan struct{})}
	waiting := make(chan error)
	go func() { waiting <- c.WriteFrameContext(ctx, []byte("hi")) }()
	<-ctx.asked
	rest := make([]byte, 103)
	_, err = io.ReadFull(peer, rest)
	require.NoError(t, err)
	require.NoError(t, <-slow)
	require.NoError(t, <-waiting)
	assert.Equal(t, "\x02hi", string(rest[100:]))
}
