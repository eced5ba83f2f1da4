package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// Row 20: connections above the limit are told so at once, and far too many are closed at once.
func TestRow20ConnectionFlood(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		a.srv.MaxConns = 10
		for i := range 400 {
			nc := a.dial(t, false)
			defer nc.Close()
			synctest.Wait()
			if i < 9 {
				continue
			}
			start := time.Now()
			said, _ := io.ReadAll(nc)
			assert.LessOrEqual(t, time.Since(start), 10*time.Millisecond)
			if i < 9+refusedConns {
				assert.Contains(t, string(said), "too many connections")
			} else {
				assert.Empty(t, said)
			}
		}
		assert.EqualValues(t, 391, a.srv.Stats().Over(LimitConns))
		time.Sleep(10 * time.Second) // those that said nothing are gone
		nc := &Client{Dial: a.listener.Dial, Log: slog.New(slog.DiscardHandler)}
		require.NoError(t, nc.Connect(t.Context()), "and there is room again")
		require.NoError(t, nc.Close())
	})
}

// Row 21: what an idle connection costs the server, after one call: no buffer for what it might write, and no goroutine but one.
func TestRow21IdleConnections(t *testing.T) {
	if slower > 1 {
		t.Skip("the race detector's own memory would be counted")
	}
	const conns = 1000
	before, goroutines := memory(), runtime.NumGoroutine()
	srv := &Server{Log: slog.New(slog.DiscardHandler)}
	Unary[string, string]("echo").Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	l := &fuzz.Listener{Backlog: conns}
	go srv.Serve(l)
	var pipes []net.Conn
	for range conns {
		nc, err := l.Dial(t.Context())
		require.NoError(t, err)
		_, err = nc.Write(wire(nil).hello().request(1))
		require.NoError(t, err)
		pipes = append(pipes, nc)
	}
	for _, nc := range pipes {
		_, err := io.ReadFull(nc, make([]byte, len(wire(nil).hello())+len("\x04\x03\x01\xa1x")))
		require.NoError(t, err)
	}
	each := (memory() - before) / conns
	t.Logf("%d bytes for each connection, the pipe's buffers and the client's end among them", each)
	assert.Less(t, each, int64(24<<10))
	few := func() bool { return runtime.NumGoroutine()-goroutines <= conns+2 } // one each, one that accepts, one that asks
	assert.Eventually(t, few, 5*time.Second, time.Millisecond, "those that wrote are gone")
	for _, nc := range pipes {
		nc.Close()
	}
	require.NoError(t, srv.Close())
}

// memory returns how many bytes of heap and stacks are in use.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// Row 23: ten thousand connections that are made, used, and broken off in every way leave nothing behind.
func TestRow23NothingLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	srv := &Server{Log: slog.New(slog.DiscardHandler)}
	Unary[string, string]("echo").Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	Unary[string, string]("block").Handle(srv, func(ctx context.Context, s string) (string, error) { <-ctx.Done(); return s, nil })
	l := new(fuzz.Listener)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	var workers sync.WaitGroup
	for worker := range 4 {
		workers.Go(func() {
			for i := range 10_000 / 4 / min(slower, 4) {
				cycle(t, l, worker+i)
			}
		})
	}
	workers.Wait()
	require.NoError(t, srv.Shutdown(t.Context()))
	require.ErrorIs(t, <-served, ErrServerClosed)
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 5*time.Second, time.Millisecond) // the one that asks
	assert.Zero(t, srv.Stats().InFlight)
}

// cycle connects, calls, and breaks off, in one way or another.
func cycle(t *testing.T, l *fuzz.Listener, how int) {
	var pipe *fuzz.Conn
	c := &Client{Log: slog.New(slog.DiscardHandler), FailFast: true, Backoff: -1, Dial: func(ctx context.Context) (net.Conn, error) {
		if pipe != nil {
			return nil, errors.New("once is enough")
		}
		nc, err := l.Dial(ctx)
		pipe, _ = nc.(*fuzz.Conn)
		return nc, err
	}}
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch how % 5 {
	case 0:
		_, err := Unary[string, string]("echo").Call(ctx, c, "x")
		assert.NoError(t, err)
	case 1:
		assert.NoError(t, c.Connect(ctx))
		go cancel()
		_, err := Unary[string, string]("block").Call(ctx, c, "x")
		assert.Error(t, err)
	case 2:
		assert.NoError(t, c.Connect(ctx))
		go pipe.Reset()
		_, err := Unary[string, string]("block").Call(ctx, c, "x")
		assert.Error(t, err)
	case 3:
		assert.NoError(t, c.Connect(ctx))
		go c.Close()
		_, err := Unary[string, string]("block").Call(ctx, c, "x")
		assert.Error(t, err)
	case 4:
		assert.NoError(t, c.Connect(ctx))
		assert.NoError(t, c.Shutdown(ctx))
	}
}

// Row 26: a megabyte of anything but the preface is turned away within 8 bytes.
func TestRow26Strangers(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		random := make([]byte, 1<<20)
		for i := range random {
			random[i] = byte(rand.Uint32())
		}
		for _, first := range []string{"GET / HTTP/1.1\r\n", "\x16\x03\x01\x02\x00", "SSH-2.0-OpenSSH\r\n", "\x00", strings.Repeat("\xff", 9)} {
			before := a.srv.Stats().BytesIn
			nc := a.dial(t, true)
			pour(nc, append([]byte(first), random...), 1)
			synctest.Wait()
			assert.Equal(t, 1, a.srv.Stats().Conns, "%q", first)
			assert.Equal(t, before, a.srv.Stats().BytesIn, "no frame was read")
			nc.Close()
		}
	})
}
