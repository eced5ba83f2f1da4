package transport_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// hole is one end of a connection that can become a black hole: what is written seems to go out, and nothing comes any more, not
// even that the other end was closed.
type hole struct {
	*fuzz.Conn
	open <-chan struct{} // closed when it swallows
}

func (h hole) swallows() bool {
	select {
	case <-h.open:
		return true
	default:
		return false
	}
}

func (h hole) Write(p []byte) (int, error) {
	if h.swallows() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

func (h hole) Close() error {
	if h.swallows() {
		return h.Conn.SetReadDeadline(time.Unix(1, 0))
	}
	return h.Conn.Close()
}

// Row 22 of the attacks: a peer that is gone without a word is found within 20 seconds, and the calls that wait fail then.
func TestRow22DeadPeerIsFound(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		a, b := fuzz.Pipe()
		open := make(chan struct{})
		go w.server.ServeConn(hole{b, open})
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return hole{a, open}, nil }, Log: discard()}
		const calls = 10
		result := make(chan error, calls)
		call := func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
			defer cancel()
			_, err := block.Call(ctx, c, "x")
			result <- err
		}
		for range calls - 1 {
			go call()
		}
		time.Sleep(time.Hour) // the peers live, and answer pings
		assert.Empty(t, result)
		close(open)
		start := time.Now()
		time.AfterFunc(10*time.Second, call) // into the hole
		for range calls {
			requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
		}
		assert.LessOrEqual(t, time.Since(start), 20*time.Second, "the client has found it, and all calls have failed")
		assert.ErrorIs(t, <-w.causes, transport.ErrConnLost)
		assert.LessOrEqual(t, time.Since(start), 20*time.Second, "the server has found it")
		assert.EqualValues(t, 1, c.Stats().Over(transport.LimitSilence))
		synctest.Wait()
		assert.EqualValues(t, 1, w.server.Stats().Over(transport.LimitSilence))
		require.NoError(t, c.Close())
	})
}

// A connection on which nothing but pings passes stays, if it may be idle.
func TestPingsKeepAConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Limits.IdleTimeout, w.server.Limits.IdleTimeout = -1, -1
	}, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		before := w.server.Stats()
		time.Sleep(24 * time.Hour)
		after := w.server.Stats()
		assert.Equal(t, 1, after.Conns)
		pings := int(24 * time.Hour / transport.DefaultPingInterval)
		assert.LessOrEqual(t, after.BytesIn-before.BytesIn, uint64(2*5*(pings+1)), "a few bytes every 15 seconds")
		assert.NotEqual(t, before.BytesIn, after.BytesIn)
		w.assertWorks(t)
	})
}

func TestNoPings(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, limits := range []*transport.Limits{&w.client.Limits, &w.server.Limits} {
			limits.PingInterval, limits.IdleTimeout = -1, -1
		}
	}, func(t *testing.T, w *world) {
		w.assertWorks(t)
		synctest.Wait()
		before := w.server.Stats().BytesIn
		time.Sleep(24 * time.Hour)
		assert.Equal(t, before, w.server.Stats().BytesIn)
		w.assertWorks(t)
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	inWorld(t, handleSlow, func(t *testing.T, w *world) {
		w.assertWorks(t)
		_, err := slow.Call(t.Context(), w.client, time.Hour)
		require.NoError(t, err, "a connection with a call in flight is not idle")
		time.Sleep(transport.DefaultIdleTimeout - time.Second)
		assert.Equal(t, 1, w.server.Stats().Conns)
		time.Sleep(2 * time.Second)
		assert.Equal(t, 0, w.server.Stats().Conns)
		over := w.server.Stats().Over(transport.LimitIdle) + w.client.Stats().Over(transport.LimitIdle)
		assert.NotZero(t, over)
		w.assertWorks(t) // over a new one
	})
}

// A peer that takes what is written slowly, but does, is not dead.
func TestSlowReaderIsNotDead(t *testing.T) {
	inWorld(t, func(w *world) {
		handleBlob(w)
		dialSlowly(w, 900*time.Millisecond) // for 16 KiB
	}, func(t *testing.T, w *world) {
		got, err := blob.Call(t.Context(), w.client, 900<<10)
		require.NoError(t, err)
		assert.Len(t, got, 900<<10)
	})
}
