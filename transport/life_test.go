package transport_test

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

var slow = transport.Unary[time.Duration, string]("slow") // answers after that time

func handleSlow(w *world) {
	slow.Handle(w.server, func(ctx context.Context, d time.Duration) (string, error) {
		select {
		case <-time.After(d):
			return "done", nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	})
}

func TestShutdownLosesNoCall(t *testing.T) {
	inWorld(t, handleSlow, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for i := range 50 {
			calls.Go(func() {
				got, err := slow.Call(t.Context(), w.client, time.Duration(i)*time.Second)
				assert.NoError(t, err)
				assert.Equal(t, "done", got)
			})
		}
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Equal(t, 49*time.Second, time.Since(start), "it waits for the last call and no longer")
		calls.Wait()
		assert.ErrorIs(t, <-w.served, transport.ErrServerClosed)
		_, err := echo.Call(t.Context(), w.client, "late")
		requireError(t, err, transport.Unavailable, transport.NotSent)
	})
}

func TestShutdownTakesNoNewCalls(t *testing.T) {
	inWorld(t, handleSlow, func(t *testing.T, w *world) {
		go slow.Call(t.Context(), w.client, time.Minute)
		synctest.Wait()
		go w.server.Shutdown(t.Context())
		synctest.Wait()
		_, err := echo.Call(t.Context(), w.client, "late")
		requireError(t, err, transport.Unavailable, transport.NotSent)
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		result := make(chan error, 1)
		go func() {
			_, err := block.Call(t.Context(), w.client, "x")
			result <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, w.server.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))
		assert.ErrorIs(t, <-w.causes, transport.ErrDraining)
		requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
	})
}

func TestShutdownOfAnIdleServer(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Zero(t, time.Since(start), "an idle client hangs up at once")
		require.NoError(t, w.server.Shutdown(t.Context()), "twice does no harm")
		assert.ErrorIs(t, w.server.Serve(new(fuzz.Listener)), transport.ErrServerClosed)
		_, b := fuzz.Pipe()
		assert.ErrorIs(t, w.server.ServeConn(b), transport.ErrServerClosed)
	})
}

func TestShutdownDoesNotWaitForASilentPeer(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		silent, err := w.listener.Dial(t.Context())
		require.NoError(t, err)
		defer silent.Close()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.LessOrEqual(t, time.Since(start), 2*time.Second)
	})
}

func TestServerClose(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		result := make(chan error, 1)
		go func() {
			_, err := block.Call(t.Context(), w.client, "x")
			result <- err
		}()
		synctest.Wait()
		require.NoError(t, w.server.Close())
		requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
		assert.ErrorIs(t, <-w.causes, transport.ErrConnLost)
		assert.ErrorIs(t, <-w.served, transport.ErrServerClosed)
	})
}

func TestClientClose(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		result := make(chan error, 1)
		go func() {
			_, err := block.Call(t.Context(), w.client, "x")
			result <- err
		}()
		synctest.Wait()
		require.NoError(t, w.client.Close())
		requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
		assert.ErrorIs(t, <-w.causes, transport.ErrConnLost)
		_, err := echo.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.Unavailable, transport.NotSent)
	})
}

func TestConnections(t *testing.T) {
	inWorld(t, func(w *world) { w.server.MaxConns = 2 }, func(t *testing.T, w *world) {
		clients := make([]*transport.Client, 3)
		for i := range clients {
			clients[i] = &transport.Client{FailFast: true, Backoff: -1, Dial: w.listener.Dial}
			defer clients[i].Close()
			if i < 2 {
				require.NoError(t, clients[i].Connect(t.Context()))
			}
		}
		_, err := echo.Call(t.Context(), clients[2], "x")
		require.ErrorIs(t, err, &transport.Error{Code: transport.ResourceExhausted}) // refused, or not even sent
		assert.ErrorContains(t, err, "too many connections")
		require.NoError(t, clients[0].Close())
		time.Sleep(10 * time.Second) // the refused one is gone as well
		_, err = echo.Call(t.Context(), clients[2], "x")
		require.NoError(t, err)
	})
}

func TestDialFails(t *testing.T) {
	away := errors.New("nobody home")
	c := &transport.Client{FailFast: true, Backoff: -1, Log: discard(), Dial: func(context.Context) (net.Conn, error) { return nil, away }}
	_, err := echo.Call(t.Context(), c, "x")
	requireError(t, err, transport.Unavailable, transport.NotSent)
	assert.ErrorIs(t, err, away)
	require.ErrorIs(t, c.Connect(t.Context()), away)
}

func TestDialsOnceForManyCalls(t *testing.T) {
	dialled := 0
	inWorld(t, func(w *world) {
		w.client.Dial = func(ctx context.Context) (net.Conn, error) {
			dialled++ // no two calls dial at once
			time.Sleep(time.Second)
			return w.listener.Dial(ctx)
		}
	}, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() { w.assertWorks(t) })
		}
		calls.Wait()
		assert.Equal(t, 1, dialled)
	})
}

func TestCallerThatGivesUpWhileAnotherDials(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Dial = func(ctx context.Context) (net.Conn, error) {
			time.Sleep(5 * time.Second)
			return w.listener.Dial(ctx)
		}
	}, func(t *testing.T, w *world) {
		go w.client.Connect(t.Context())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := echo.Call(ctx, w.client, "x")
		requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
		w.assertWorks(t)
	})
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		inWorld(t, nil, func(t *testing.T, w *world) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			for range 10 {
				go block.Call(ctx, w.client, "x")
			}
			w.assertWorks(t)
			synctest.Wait()
		}) // a bubble does not end while a goroutine of it lives
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before+1)
}

func TestOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &transport.Server{Log: discard()}
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	c := &transport.Client{FailFast: true, Backoff: -1, Addr: l.Addr().String()}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 100 {
				got, err := echo.Call(t.Context(), c, "over the wire")
				assert.NoError(t, err)
				assert.Equal(t, "over the wire", got)
			}
		})
	}
	calls.Wait()
	require.NoError(t, srv.Shutdown(t.Context()))
	assert.ErrorIs(t, <-served, transport.ErrServerClosed)
	require.NoError(t, c.Close())
}

// descriptors returns how many files and sockets the program has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell which files are open")
	}
	return len(open)
}

// Row 23 of the attacks, over TCP: connections that are broken off in every way leave no goroutine and no descriptor.
func TestRow23NothingLeaksOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	srv := &transport.Server{Log: discard()}
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	block.Handle(srv, func(ctx context.Context, s string) (string, error) { <-ctx.Done(); return s, nil })
	go srv.Serve(l)
	for i := range 300 {
		c := &transport.Client{Addr: l.Addr().String(), Log: discard()}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := echo.Call(ctx, c, "x")
		assert.NoError(t, err)
		go block.Call(ctx, c, "x")
		switch i % 3 {
		case 0:
			cancel()
			assert.NoError(t, c.Shutdown(t.Context()))
		case 1:
			assert.NoError(t, c.Close())
		case 2:
			raw, err := net.Dial("tcp", l.Addr().String())
			assert.NoError(t, err)
			assert.NoError(t, raw.(*net.TCPConn).SetLinger(0)) // a reset
			assert.NoError(t, raw.Close())
			assert.NoError(t, c.Close())
		}
		cancel()
	}
	require.NoError(t, srv.Shutdown(t.Context()))
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+1 && descriptors(t) <= files-1 }, 5*time.Second, time.Millisecond,
		"the listener is gone, too")
}
