package frame_test

import (
	"net"
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

// inBubble runs test with a connection, in a time of its own in which waiting takes no time.
func inBubble(t *testing.T, test func(t *testing.T, c *frame.Conn, peer *fuzz.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := connect(t)
		test(t, c, peer)
	})
}

// assertTimeout asserts that call fails with want, and after how long.
func assertTimeout(t *testing.T, want error, after time.Duration, call func() error) {
	t.Helper()
	start := time.Now()
	err := call()
	assert.Equal(t, after, time.Since(start))
	require.ErrorIs(t, err, want)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
}

// reading is ReadFrame without the frame.
func reading(c *frame.Conn) func() error {
	return func() error {
		_, err := c.ReadFrame()
		return err
	}
}

func TestIdleTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.IdleTimeout = time.Minute
		for range 2 {
			assertTimeout(t, frame.ErrIdleTimeout, time.Minute, reading(c))
		}
		send(t, peer, "\x02hi")
		assertFrame(t, c, "hi")
		time.Sleep(time.Hour) // only reads are limited, not the time between them
		send(t, peer, "\x02yo")
		assertFrame(t, c, "yo")
		assertTimeout(t, frame.ErrIdleTimeout, time.Minute, reading(c))
	})
}

func TestIdleTimeoutIsOverWhenAFrameBegins(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.IdleTimeout = 5 * time.Second
		time.AfterFunc(4*time.Second, func() { send(t, peer, "\x02") })
		time.AfterFunc(13*time.Second, func() { send(t, peer, "hi") })
		assertFrame(t, c, "hi")
	})
}

func TestNoIdleTimeoutIsForEver(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		time.AfterFunc(1000*time.Hour, func() { send(t, peer, "\x02hi") })
		assertFrame(t, c, "hi")
	})
}

// drip sends p, one byte every second, until it cannot.
func drip(peer *fuzz.Conn, p []byte) {
	for i := range p {
		if _, err := peer.Write(p[i : i+1]); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// Row 7 of the attacks: a peer that sends one byte every second is never idle, and never done.
func TestRow07SlowLorisIsCutOffAtTheLimit(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		0:                       frame.DefaultFrameTimeout,
		2500 * time.Millisecond: 2500 * time.Millisecond,
	} {
		inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
			c.IdleTimeout, c.FrameTimeout = time.Minute, limit
			var group sync.WaitGroup
			group.Go(func() { drip(peer, frameOf(frame.Varint{}, 1000)) })
			assertTimeout(t, frame.ErrFrameTimeout, want, reading(c))
			require.NoError(t, c.Close())
			group.Wait()
		})
	}
}

// Neither does it help to drip a frame that will be passed over.
func TestSlowLorisWhoseFrameIsSkipped(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.IdleTimeout, c.Max, c.Skip = time.Minute, 500, true
		var group sync.WaitGroup
		group.Go(func() { drip(peer, frameOf(frame.Varint{}, 1000)) })
		_, err := c.ReadFrame()
		require.ErrorIs(t, err, frame.ErrTooLarge)
		// The clock runs since the first byte; the prefix, which has two, took a second.
		assertTimeout(t, frame.ErrFrameTimeout, frame.DefaultFrameTimeout-time.Second, reading(c))
		require.NoError(t, c.Close())
		group.Wait()
	})
}

// Each 16 KiB that have arrived give one second more.
func TestFrameTimeoutGrowsWithTheBytes(t *testing.T) {
	const kib = 1 << 10
	tests := map[string]struct {
		pieces map[time.Duration]int // when how much comes
		want   time.Duration
	}{
		"nothing more":              {nil, 10 * time.Second},
		"a byte too little":         {map[time.Duration]int{5: 16*kib - 4}, 10 * time.Second},
		"16 KiB":                    {map[time.Duration]int{5: 16 * kib}, 11 * time.Second},
		"16 KiB in two parts":       {map[time.Duration]int{2: 10 * kib, 9: 6 * kib}, 11 * time.Second},
		"each in the last second":   {map[time.Duration]int{9: 16 * kib, 10: 16 * kib, 11: 16 * kib}, 13 * time.Second},
		"too late":                  {map[time.Duration]int{9: 16*kib - 4, 11: 60 * kib}, 10 * time.Second},
		"a lot, and then no more":   {map[time.Duration]int{1: 64 * kib, 2: 64 * kib, 3: 64 * kib}, 22 * time.Second},
		"just a little of the next": {map[time.Duration]int{1: 17 * kib, 11: kib}, 11 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
				send(t, peer, "\x80\x80\x40") // three bytes, which announce 1 MiB
				for at, size := range test.pieces {
					time.AfterFunc(at*time.Second, func() { _, _ = peer.Write(make([]byte, size)) })
				}
				assertTimeout(t, frame.ErrFrameTimeout, test.want, reading(c))
			})
		})
	}
}

// It makes no difference whether the bytes came with the first read of the frame or with a later one.
func TestFrameTimeoutCountsTheFirstRead(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		for range 10 { // let the Reader take a buffer that holds it all
			_, err := peer.Write(frameOf(frame.Varint{}, 60<<10))
			require.NoError(t, err)
			_, err = c.ReadFrame()
			require.NoError(t, err)
		}
		_, err := peer.Write(append([]byte("\x80\x80\x40"), make([]byte, 48<<10)...))
		require.NoError(t, err)
		assertTimeout(t, frame.ErrFrameTimeout, 13*time.Second, reading(c))
	})
}

func TestSteadyPeerMayTakeItsTime(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		stream := frameOf(frame.Varint{}, frame.DefaultMax)
		var group sync.WaitGroup
		group.Go(func() {
			for _, piece := range (fuzz.Plan{16 << 10, fuzz.Repeat}).Pieces(stream) {
				_, _ = peer.Write(piece)
				time.Sleep(time.Second)
			}
		})
		payload, err := c.ReadFrame()
		group.Wait()
		require.NoError(t, err)
		assert.Len(t, payload, frame.DefaultMax)
	})
}

func TestFrameTimeoutBelowZeroIsForEver(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		c.FrameTimeout = -1
		send(t, peer, "\x02h")
		time.AfterFunc(1000*time.Hour, func() { send(t, peer, "i") })
		assertFrame(t, c, "hi")
	})
}

// The time runs for one frame, and only while somebody reads.
func TestFrameTimeoutBeginsAnewWithEachFrame(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		send(t, peer, "\x02hi\x02")
		assertFrame(t, c, "hi")
		time.Sleep(time.Hour)
		time.AfterFunc(9*time.Second, func() { send(t, peer, "yo\x02") })
		assertFrame(t, c, "yo")
		time.AfterFunc(9*time.Second, func() { send(t, peer, "ho") })
		assertFrame(t, c, "ho")
	})
}

func TestReadingGoesOnAfterAFrameTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		send(t, peer, "\x05he")
		for range 2 {
			assertTimeout(t, frame.ErrFrameTimeout, frame.DefaultFrameTimeout, reading(c))
		}
		send(t, peer, "llo")
		assertFrame(t, c, "hello")
	})
}
