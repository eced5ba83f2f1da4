package frame_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A caller that looks away for a moment does not give a slow peer more time.
func TestDeadlineOfTheUserDoesNotLengthenTheFrame(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		send(t, peer, "\x05he")
		start := time.Now()
		for range 3 {
			require.NoError(t, c.SetReadDeadline(time.Now().Add(3*time.Second)))
			assertTimeout(t, os.ErrDeadlineExceeded, 3*time.Second, func() error {
				err := reading(c)()
				assert.NotErrorIs(t, err, frame.ErrFrameTimeout)
				return err
			})
		}
		require.NoError(t, c.SetReadDeadline(time.Time{}))
		assertTimeout(t, frame.ErrFrameTimeout, time.Second, reading(c))
		assert.Equal(t, frame.DefaultFrameTimeout, time.Since(start))
	})
}

func TestEarliestDeadlineHolds(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, _ *fuzz.Conn) {
		c.IdleTimeout = 10 * time.Second
		require.NoError(t, c.SetReadDeadline(time.Now().Add(4*time.Second)))
		assertTimeout(t, os.ErrDeadlineExceeded, 4*time.Second, func() error {
			err := reading(c)()
			assert.NotErrorIs(t, err, frame.ErrIdleTimeout)
			return err
		})
		assertTimeout(t, os.ErrDeadlineExceeded, 0, reading(c)) // it has passed, and stays
		require.NoError(t, c.SetDeadline(time.Now().Add(time.Hour)))
		assertTimeout(t, frame.ErrIdleTimeout, 10*time.Second, reading(c))
		require.NoError(t, c.SetDeadline(time.Time{}))
		assertTimeout(t, frame.ErrIdleTimeout, 10*time.Second, reading(c))
	})
}

func TestDeadlineThatIsSetWhileAReadWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.IdleTimeout = time.Hour
		time.AfterFunc(time.Second, func() { assert.NoError(t, c.SetReadDeadline(time.Now())) })
		assertTimeout(t, os.ErrDeadlineExceeded, time.Second, reading(c))
		require.NoError(t, c.SetReadDeadline(time.Time{}))
		send(t, peer, "\x02hi")
		assertFrame(t, c, "hi")
	})
}

func TestWriteTimeout(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{0: frame.DefaultWriteTimeout, time.Minute: time.Minute} {
		inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
			c.WriteTimeout = limit
			require.NoError(t, peer.SetReadBuffer(10))
			require.NoError(t, c.WriteFrame([]byte("hi")))
			time.Sleep(time.Hour) // only writes are limited, not the time between them
			assertTimeout(t, frame.ErrWriteTimeout, want, func() error { return c.WriteFrame(make([]byte, 100)) })
			require.NoError(t, peer.SetReadBuffer(-1))
			assertTimeout(t, frame.ErrWriteTimeout, 0, func() error { return c.WriteFrame([]byte("again")) })
			assertTimeout(t, frame.ErrWriteTimeout, 0, c.Flush)
			assert.Equal(t, frame.Stats{BytesOut: 10, FramesOut: 1}, c.Stats(), "nothing follows half a frame")
		})
	}
}

func TestWriteTimeoutBelowZeroIsForEver(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.WriteTimeout = -1
		require.NoError(t, peer.SetReadBuffer(10))
		time.AfterFunc(1000*time.Hour, func() { _ = peer.SetReadBuffer(-1) })
		assert.NoError(t, c.WriteFrame(make([]byte, 100)))
	})
}

func TestWriteDeadlineOfTheUser(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		require.NoError(t, peer.SetReadBuffer(10))
		require.NoError(t, c.SetWriteDeadline(time.Now().Add(4*time.Second)))
		assertTimeout(t, os.ErrDeadlineExceeded, 4*time.Second, func() error {
			err := c.WriteFrame(make([]byte, 100))
			assert.NotErrorIs(t, err, frame.ErrWriteTimeout)
			return err
		})
		time.AfterFunc(time.Second, func() { send(t, peer, "\x02hi") })
		assertFrame(t, c, "hi") // the deadline of writes is none of reads
	})
}
