package transport_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

var blob = transport.Unary[int, []byte]("blob") // answers with so many bytes

func handleBlob(w *world) {
	blob.Handle(w.server, func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil })
}

// slowConn takes a piece of 16 KiB, and then rests for a time.
type slowConn struct {
	*fuzz.Conn
	rest time.Duration
}

func (c slowConn) Read(p []byte) (int, error) {
	time.Sleep(c.rest)
	return c.Conn.Read(p[:min(len(p), 16<<10)])
}

// dialSlowly makes the client of w a slow reader.
func dialSlowly(w *world, rest time.Duration) {
	w.client.Dial = func(ctx context.Context) (net.Conn, error) {
		nc, err := w.listener.Dial(ctx)
		if err != nil {
			return nil, err
		}
		return slowConn{nc.(*fuzz.Conn), rest}, nil
	}
}

func TestShutdownWaitsForASlowReader(t *testing.T) {
	inWorld(t, func(w *world) { handleBlob(w); dialSlowly(w, 100*time.Millisecond) }, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() {
				got, err := blob.Call(t.Context(), w.client, 900<<10)
				assert.NoError(t, err)
				assert.Len(t, got, 900<<10)
			})
		}
		time.Sleep(time.Second) // the handlers have answered, and most of the answers wait
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Greater(t, time.Since(start), 10*time.Second)
		calls.Wait()
	})
}

// WriteTimeout is for a peer that takes nothing, not for one that takes its time.
func TestWriteTimeoutIsNotForSteadyReaders(t *testing.T) {
	inWorld(t, func(w *world) {
		handleBlob(w)
		w.server.Limits.WriteTimeout = time.Second
		dialSlowly(w, 100*time.Millisecond)
	}, func(t *testing.T, w *world) {
		start := time.Now()
		got, err := blob.Call(t.Context(), w.client, 1000<<10)
		require.NoError(t, err)
		assert.Len(t, got, 1000<<10)
		assert.Greater(t, time.Since(start), 5*time.Second)
	})
}

// A cancel, or a call of an unknown method, finds its way past messages that wait.
func TestCancelBesideLargeMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		w.listener.Prepare = func(_, server *fuzz.Conn) { server.SetReadPlan(fuzz.Plan{1000, fuzz.Repeat}) } // slow
	}, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				_, err := bytes.Call(t.Context(), w.client, make([]byte, 900<<10))
				assert.NoError(t, err)
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		calls.Go(func() {
			_, err := block.Call(ctx, w.client, "x")
			assert.ErrorIs(t, err, context.Canceled)
		})
		calls.Go(func() {
			_, err := transport.Unary[int, int]("nowhere").Call(t.Context(), w.client, 1)
			assert.ErrorIs(t, err, &transport.Error{Code: transport.Unimplemented})
		})
		cancel()
		calls.Wait()
		w.assertWorks(t)
	})
}

func TestFarDeadline(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
		defer cancel()
		got, err := echo.Call(ctx, w.client, "in eight thousand years")
		require.NoError(t, err)
		assert.Equal(t, "in eight thousand years", got)
	})
}

func TestCloseWhileDialing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Dial = func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				_, err := echo.Call(t.Context(), w.client, "x")
				requireErrorIn(t, err, transport.Unavailable, transport.NotSent)
			})
		}
		synctest.Wait()
		require.NoError(t, w.client.Close())
		calls.Wait()
	})
}

// A connection that a goaway has retired still belongs to the client.
func TestCloseEndsOlderConnections(t *testing.T) {
	inWorld(t, handleSlow, func(t *testing.T, w *world) {
		result := make(chan error, 1)
		go func() {
			_, err := slow.Call(t.Context(), w.client, time.Hour)
			result <- err
		}()
		synctest.Wait()
		go w.server.Shutdown(t.Context())
		synctest.Wait()
		another := &world{listener: new(fuzz.Listener), server: &transport.Server{Log: discard()}, client: w.client, causes: w.causes}
		another.handle()
		go another.server.Serve(another.listener)
		w.client.Dial = another.listener.Dial // nobody dials at the moment
		another.assertWorks(t)
		require.NoError(t, w.client.Close())
		requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
		require.NoError(t, another.server.Close())
	})
}

func TestClientLimitHoldsFromTheStart(t *testing.T) {
	inWorld(t, func(w *world) { w.client.Limits.MaxInFlight = 1; handleSlow(w) }, func(t *testing.T, w *world) {
		start := time.Now()
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				_, err := slow.Call(t.Context(), w.client, time.Second)
				assert.NoError(t, err)
			})
		}
		calls.Wait()
		assert.Equal(t, 20*time.Second, time.Since(start), "one after the other")
	})
}

// Those who wait for a dial share its failure, instead of failing one after the other.
func TestFailedDialIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) {
			time.Sleep(time.Second)
			return nil, assert.AnError
		}}
		start := time.Now()
		var calls sync.WaitGroup
		for range 40 {
			calls.Go(func() { assert.ErrorIs(t, c.Connect(t.Context()), assert.AnError) })
		}
		calls.Wait()
		assert.Equal(t, time.Second, time.Since(start))
	})
}

// requireErrorIn is requireError for goroutines that are not the test's own.
func requireErrorIn(t *testing.T, err error, code transport.Code, outcome transport.Outcome) {
	t.Helper()
	var e *transport.Error
	if assert.ErrorAs(t, err, &e) {
		assert.Equal(t, code.String(), e.Code.String(), "%v", err)
		assert.Equal(t, outcome.String(), e.Outcome.String(), "%v", err)
	}
}
