package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// start starts a server in memory; end shuts it down.
func start(s *store) (l *fuzz.Listener, end func() error) {
	l = new(fuzz.Listener)
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- (&server{s, make(chan struct{})}).run(ctx, l, nil) }()
	return l, func() error {
		cancel()
		return <-over
	}
}

func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, end := start(newStore(t))
		c, ctx := &transport.Client{Dial: l.Dial}, t.Context()
		_, err := get.Call(ctx, c, "a")
		assert.Equal(t, transport.NotFound, transport.CodeOf(err))
		e, err := put.Call(ctx, c, change{"a", "1", nil})
		require.NoError(t, err)
		assert.Equal(t, entry{"a", "1", 1}, e)
		e, err = get.Call(ctx, c, "a")
		require.NoError(t, err)
		assert.Equal(t, entry{"a", "1", 1}, e)
		assert.NoError(t, c.Close())
		assert.NoError(t, end())
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		l, end := start(s)
		c := &transport.Client{Dial: l.Dial}
		for i := range 3 {
			_, err := s.put(change{fmt.Sprint("a", i), "old", nil})
			require.NoError(t, err)
		}
		go func() {
			for _, to := range []change{{"b", "not watched", nil}, {"a1", "new", nil}, {"a3", "new", nil}} {
				time.Sleep(time.Second)
				_, _ = s.put(to)
			}
		}()
		var seen []string
		for e, err := range watch.Call(t.Context(), c, interest{"a", 1}) {
			require.NoError(t, err)
			seen = append(seen, fmt.Sprint(e.Version, e.Key, e.Value))
			if len(seen) == 4 {
				break
			}
		}
		assert.Equal(t, []string{"2a1old", "3a2old", "5a1new", "6a3new"}, seen)
		assert.NoError(t, c.Shutdown(t.Context()), "to leave the loop has ended the call")
		assert.NoError(t, end())
	})
}

// A watcher that does not read holds up nobody, and nothing piles up for it: it sees the last value of each key.
func TestSlowWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const changes = 10_000
		s := newStore(t)
		l, end := start(s)
		c := &transport.Client{Dial: l.Dial}
		_, err := s.put(change{"0", "first", nil})
		require.NoError(t, err)
		seen, last := 0, entry{}
		for e, err := range watch.Call(t.Context(), c, interest{}) {
			require.NoError(t, err)
			for i := 1; seen == 0 && i < changes; i++ { // while it looks at the first, there are all the others
				_, err := s.put(change{fmt.Sprint(i % 10), fmt.Sprint(i), nil})
				require.NoError(t, err)
				if i%100 == 0 {
					synctest.Wait() // and the server sends as many ahead as it may
				}
			}
			seen++
			if last = e; e.Version == changes {
				break
			}
		}
		assert.Equal(t, entry{"9", fmt.Sprint(changes - 1), changes}, last)
		assert.Less(t, seen, changes/2)
		assert.NoError(t, c.Close())
		assert.NoError(t, end())
	})
}

// Who counts and who watches outlive the ends of the server. Every other time it crashes: the connections break in the middle of calls.
func TestRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		l, end := start(s)
		var server atomic.Pointer[fuzz.Listener]
		var client atomic.Pointer[fuzz.Conn]
		server.Store(l)
		c := &transport.Client{Dial: func(ctx context.Context) (net.Conn, error) {
			conn, err := server.Load().Dial(ctx)
			if err == nil {
				client.Store(conn.(*fuzz.Conn))
			}
			return conn, err
		}}
		c.Interceptors = []transport.Interceptor{func(ctx context.Context, _ *transport.Call, next func(context.Context) error) error {
			time.Sleep(time.Millisecond) // in a bubble no time passes while somebody works
			return next(ctx)
		}}
		ctx, cancel := context.WithCancel(t.Context())
		counted := make(chan error, 1)
		go func() {
			total, err := (&load{client: c, workers: 3, prefix: "n"}).run(ctx)
			if err == nil && total < 10 {
				err = fmt.Errorf("only %d", total)
			}
			counted <- err
		}()
		watched, versions := make(chan error, 1), []uint64{}
		go func() {
			watched <- watchAgain(ctx, c, interest{}, func(e entry) bool {
				versions = append(versions, e.Version)
				return true
			})
		}()
		for i := range 6 {
			time.Sleep(10 * time.Millisecond)
			if i%2 == 0 {
				client.Load().Reset()
				continue
			}
			assert.NoError(t, end())
			time.Sleep(time.Second)
			l, end = start(s)
			server.Store(l)
		}
		cancel()
		assert.NoError(t, <-counted)
		assert.Error(t, <-watched)
		assert.True(t, slices.IsSorted(versions))
		assert.Equal(t, slices.Compact(slices.Clone(versions)), versions, "none was seen twice")
		assert.NoError(t, c.Close())
		assert.NoError(t, end())
	})
}
