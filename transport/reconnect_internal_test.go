package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

func TestJitterHasItsBounds(t *testing.T) {
	tests := []struct {
		base, most time.Duration
		failures   int
		limit      time.Duration
	}{
		{0, 0, 0, time.Second},
		{0, 0, 1, 2 * time.Second},
		{0, 0, 6, 64 * time.Second},
		{0, 0, 7, 120 * time.Second},
		{0, 0, 1 << 30, 120 * time.Second},
		{time.Millisecond, time.Second, 0, time.Millisecond},
		{time.Hour, time.Second, 0, time.Second},
		{-1, 0, 100, 0},
		{0, -1, 1 << 20, never},
	}
	for _, tt := range tests {
		longest := time.Duration(0)
		for range 1000 {
			d := jitter(tt.base, tt.most, tt.failures)
			require.GreaterOrEqual(t, d, time.Duration(0))
			longest = max(longest, d)
		}
		assert.LessOrEqual(t, longest, tt.limit, "%v", tt)
		assert.GreaterOrEqual(t, longest, tt.limit*9/10, "%v", tt) // less than that has a chance of 1e-46
	}
}

// The wait grows with failures, and with connections that do not last; only after one of 20 s all begins anew.
func TestBackoffIsResetByAGoodConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var end net.Conn
		away := errors.New("nobody home")
		fails := 3
		c := &Client{Log: slog.New(slog.DiscardHandler), Limits: Limits{HelloTimeout: -1}, Dial: func(context.Context) (net.Conn, error) {
			if fails > 0 {
				fails--
				return nil, away
			}
			a, b := fuzz.Pipe()
			end = b
			return a, nil
		}}
		live := func(d time.Duration) int {
			_, err := c.connect(t.Context())
			require.NoError(t, err)
			time.Sleep(d)
			require.NoError(t, end.Close())
			synctest.Wait()
			return c.next.failures
		}
		assert.Equal(t, 4, live(lasting-1), "three dials, and this connection")
		assert.Equal(t, 0, live(lasting))
		assert.Equal(t, 1, live(time.Second))
		assert.Equal(t, 2, live(time.Second))
		require.NoError(t, c.Close())
	})
}

func TestRepeatsHaveABudget(t *testing.T) {
	answers := uint64(0)
	b := &repeats{answers: func() uint64 { return answers }}
	take := func() (n int) {
		for {
			if _, ok := b.take(); !ok {
				return n
			}
			n++
		}
	}
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, budgetStart, take())
		answers += 52
		assert.Equal(t, 10, take(), "one for five")
		answers += 3
		assert.Equal(t, 1, take(), "none of them is forgotten")
		answers += 1 << 40
		assert.Equal(t, budgetMost, take())
		time.Sleep(budgetTime * 5 / 2)
		assert.Equal(t, 2, take(), "one after each such time")
		time.Sleep(budgetTime / 2)
		assert.Equal(t, 1, take())
		time.Sleep(time.Hour)
		assert.Equal(t, budgetStart, take(), "but not more")
		b.settle(nil)
		assert.Equal(t, 1, take(), "a repeat that is answered gives its own back")
		b.settle(&Error{Outcome: MaybeExecuted})
		assert.Zero(t, take())
	})
}

func TestFallbacks(t *testing.T) {
	listen := func() (net.Listener, string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return l, l.Addr().String()
	}
	a, addrA := listen()
	b, addrB := listen()
	serve := func(l net.Listener, name string) *Server {
		srv := &Server{Log: slog.New(slog.DiscardHandler)}
		Unary[int, string]("who").Handle(srv, func(context.Context, int) (string, error) { return name, nil })
		go srv.Serve(l)
		return srv
	}
	first, second := serve(a, "a"), serve(b, "b")
	c := &Client{Addr: addrA, Fallbacks: []string{addrB}, Backoff: -1, Log: slog.New(slog.DiscardHandler)}
	who := func() string {
		name, err := Unary[int, string]("who").Call(t.Context(), c, 0)
		require.NoError(t, err)
		return name
	}
	assert.Equal(t, "a", who())
	require.NoError(t, first.Shutdown(t.Context()))
	assert.Equal(t, "b", who(), "the next one")
	l, err := net.Listen("tcp", addrA)
	require.NoError(t, err)
	first = serve(l, "a again")
	assert.Equal(t, "b", who(), "which serves well")
	require.NoError(t, second.Shutdown(t.Context()))
	assert.Equal(t, "a again", who())
	require.NoError(t, c.Close())
	require.NoError(t, first.Close())
}
