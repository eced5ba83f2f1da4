package transport_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// street is where servers come and go at one address.
type street struct {
	mu       sync.Mutex
	listener *fuzz.Listener // nil: nobody is at home
	dials    int
}

func (s *street) dial(ctx context.Context) (net.Conn, error) {
	s.mu.Lock()
	s.dials++
	l := s.listener
	s.mu.Unlock()
	if l == nil {
		return nil, errors.New("nobody home")
	}
	return l.Dial(ctx)
}

// open starts a server, which counts what it executes.
func (s *street) open(executed *atomic.Int64) *transport.Server {
	srv := &transport.Server{Log: discard()}
	echo.Handle(srv, func(_ context.Context, text string) (string, error) {
		time.Sleep(100 * time.Millisecond)
		executed.Add(1)
		return text, nil
	})
	l := new(fuzz.Listener)
	go srv.Serve(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
	return srv
}

// dialed returns how often somebody has dialed.
func (s *street) dialed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

func (s *street) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = nil
}

// A server restarts under load, again and again: no call is lost, and none is executed twice.
func TestRestartUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var home street
		var executed atomic.Int64
		srv := home.open(&executed)
		c := &transport.Client{Dial: home.dial, Log: discard()}
		var calls sync.WaitGroup
		const callers, each = 50, 1000
		for range callers {
			calls.Go(func() {
				for range each {
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // the client may wait for two minutes, and again
					_, err := echo.Call(ctx, c, "x")
					assert.NoError(t, err)
					cancel()
				}
			})
		}
		for range 5 {
			time.Sleep(25*time.Second + time.Millisecond) // so long that the wait is short again
			home.close()
			require.NoError(t, srv.Shutdown(t.Context()))
			time.Sleep(3 * time.Second)
			srv = home.open(&executed)
		}
		calls.Wait()
		assert.EqualValues(t, callers*each, executed.Load())
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
	})
}

// A connection that breaks costs nothing but time where the method is idempotent, and an error where it is not.
func TestIdempotentCallsAreMadeAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method transport.UnaryMethod[string, string]
		again  bool
	}{{"idempotent", echo.Idempotent(), true}, {"not", echo, false}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var home street
				var executed atomic.Int64
				first := home.open(&executed)
				c := &transport.Client{Dial: home.dial, Log: discard()}
				defer c.Close()
				require.NoError(t, c.Connect(t.Context()))
				again := make(chan *transport.Server, 1)
				time.AfterFunc(50*time.Millisecond, func() { first.Close(); again <- home.open(&executed) })
				defer func() {
					(<-again).Close()
					time.Sleep(time.Second) // of the bubble: the handlers end
				}()
				_, err := tt.method.Call(t.Context(), c, "x")
				if tt.again {
					require.NoError(t, err)
					return
				}
				requireError(t, err, transport.Unavailable, transport.MaybeExecuted)
			})
		})
	}
}

// A repeat that was not sent takes nothing back: the first try may have been executed.
func TestOutcomeOfRepeatedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var home street
		var executed atomic.Int64
		srv := home.open(&executed)
		c := &transport.Client{Dial: home.dial, Log: discard()}
		require.NoError(t, c.Connect(t.Context()))
		time.AfterFunc(50*time.Millisecond, func() { home.close(); srv.Close() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := echo.Idempotent().Call(ctx, c, "x")
		requireError(t, err, transport.DeadlineExceeded, transport.MaybeExecuted)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "nobody home")
		_, err = echo.Call(ctx, c, "x")
		requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
		require.NoError(t, c.Close())
	})
}

// Calls wait for a connection by default, and not with FailFast.
func TestCallsWithoutAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var home street
		c := &transport.Client{Dial: home.dial, Log: discard()}
		fast := &transport.Client{Dial: home.dial, FailFast: true, Log: discard()}
		require.ErrorContains(t, c.Connect(t.Context()), "nobody home")
		start := time.Now()
		_, err := echo.Call(t.Context(), fast, "x")
		requireError(t, err, transport.Unavailable, transport.NotSent)
		_, err = echo.Call(t.Context(), fast, "x")
		requireError(t, err, transport.Unavailable, transport.NotSent)
		assert.Zero(t, time.Since(start))
		require.Equal(t, 2, home.dialed(), "the second call did not dial")

		var executed atomic.Int64
		opened := make(chan *transport.Server, 1)
		time.AfterFunc(time.Hour, func() { opened <- home.open(&executed) })
		_, err = echo.Call(t.Context(), c, "x")
		require.NoError(t, err)
		_, err = echo.Call(t.Context(), fast, "x")
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, fast.Close())
		require.NoError(t, (<-opened).Close())
	})
}

// With Reconnect a client comes back by itself, and tells how far it is.
func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var home street
		var executed atomic.Int64
		srv := home.open(&executed)
		var d diary
		c := &transport.Client{Dial: home.dial, Reconnect: true, Log: discard(),
			ConnState: func(_ *transport.Conn, s transport.ConnState) { d.note("%v", s) }}
		require.NoError(t, c.Connect(t.Context()))
		synctest.Wait()
		assert.Equal(t, []string{"new", "active"}, d.take())
		home.close()
		require.NoError(t, srv.Shutdown(t.Context()))
		time.Sleep(time.Hour)
		assert.Equal(t, []string{"draining", "closed"}, d.take())
		assert.Greater(t, home.dialed(), 10)
		srv = home.open(&executed)
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"new", "active"}, d.take())
		assert.EqualValues(t, 1, srv.Stats().Conns)
		require.NoError(t, c.Close())
		dials := home.dialed()
		time.Sleep(time.Hour)
		assert.Equal(t, dials, home.dialed())
		require.NoError(t, srv.Close())
	})
}

// When the last caller has left, nobody dials any more.
func TestDialingEndsWithTheLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var home street
		c := &transport.Client{Dial: home.dial, Log: discard()}
		for range 3 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := echo.Call(ctx, c, "x")
				requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
			}()
		}
		time.Sleep(2 * time.Minute)
		dials := home.dialed()
		assert.Greater(t, dials, 3)
		time.Sleep(time.Hour)
		assert.Equal(t, dials, home.dialed())
		require.NoError(t, c.Close())
	})
}

// Row 27: ten thousand clients lose their connections at once and come back spread out.
func TestRow27ReconnectStorm(t *testing.T) {
	const clients, tries = 10_000 / transport.Slower, 6
	synctest.Test(t, func(t *testing.T) {
		var lost time.Time
		var ends []net.Conn
		bins := map[int64]int{}
		var mu sync.Mutex
		var all []*transport.Client
		for range clients {
			made := 0
			c := &transport.Client{Reconnect: true, Log: discard(), Limits: transport.Limits{HelloTimeout: -1}}
			c.Dial = func(context.Context) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				if made++; made > 1 {
					if made <= 1+tries {
						bins[time.Since(lost).Milliseconds()/100]++
					}
					return nil, errors.New("nobody home")
				}
				a, b := fuzz.Pipe()
				ends = append(ends, b)
				return a, nil
			}
			go c.Connect(t.Context())
			all = append(all, c)
		}
		time.Sleep(time.Minute)
		mu.Lock()
		require.Len(t, ends, clients)
		mu.Unlock()
		mu.Lock()
		lost = time.Now()
		mu.Unlock()
		for _, end := range ends {
			_ = end.Close()
		}
		time.Sleep(5 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		sum, worst := 0, 0
		for _, n := range bins {
			sum, worst = sum+n, max(worst, n)
		}
		assert.Equal(t, clients*tries, sum)
		if !transport.RaceEnabled { // with so few clients chance has its say
			assert.LessOrEqual(t, worst*100, clients*17, "per cent of the clients in 100 ms")
		}
		t.Logf("worst 100 ms: %.1f%% of the clients", 100*float64(worst)/clients)
		for _, c := range all {
			require.NoError(t, c.Close())
		}
	})
}

// Row 28: when each call fails with its connection, repeats add little, and nothing is repeated that may have been executed.
func TestRow28RetryAmplification(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method transport.UnaryMethod[string, string]
		most   float64
	}{{"idempotent", echo.Idempotent(), 1.2}, {"not", echo, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := new(fuzz.Listener)
				go func() {
					for {
						nc, err := l.Accept()
						if err != nil {
							return
						}
						time.AfterFunc(10*time.Millisecond, nc.(*fuzz.Conn).Reset)
						go drainAll(nc)
					}
				}()
				c := &transport.Client{Dial: l.Dial, Log: discard()}
				var all sync.WaitGroup
				var sent atomic.Int64
				for range 1000 {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
						defer cancel()
						_, err := tt.method.Call(ctx, c, "x")
						var e *transport.Error
						if assert.ErrorAs(t, err, &e) && e.Outcome == transport.MaybeExecuted {
							sent.Add(1)
						}
					})
				}
				all.Wait()
				assert.Greater(t, sent.Load(), int64(100))
				assert.LessOrEqual(t, float64(c.Stats().CallsOut), tt.most*float64(sent.Load()))
				t.Logf("%d calls, sent %d times", sent.Load(), c.Stats().CallsOut)
				require.NoError(t, c.Close())
				require.NoError(t, l.Close())
			})
		})
	}
}

func drainAll(nc net.Conn) {
	for p := make([]byte, 4096); ; {
		if _, err := nc.Read(p); err != nil {
			return
		}
	}
}
