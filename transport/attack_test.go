package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// The attacks on a transport that others have suffered, each with the bound that must hold. Wrong ids (row 19), metadata without
// end (15), empty frames (8) and strangers (26) are among the sessions of the specification as well.

// attacked is a server under attack, with a client that keeps to the rules.
type attacked struct {
	srv       *Server
	listener  *fuzz.Listener
	neighbour *Client
	running   atomic.Int64 // handlers of "block"
	most      atomic.Int64 // the most there ever were
}

// underAttack runs an attack in a bubble. In the end the neighbour is still served.
func underAttack(t *testing.T, limits Limits, attack func(t *testing.T, a *attacked)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &attacked{listener: new(fuzz.Listener)}
		a.srv = &Server{Limits: limits, Log: slog.New(slog.DiscardHandler)}
		Unary[string, string]("echo").Handle(a.srv, func(_ context.Context, s string) (string, error) { return s, nil })
		Unary[string, string]("panic").Handle(a.srv, func(context.Context, string) (string, error) { panic("on purpose") })
		Unary[string, string]("block").Handle(a.srv, a.block)
		go a.srv.Serve(a.listener)
		a.neighbour = &Client{Dial: a.listener.Dial, Limits: Limits{IdleTimeout: -1}, Log: slog.New(slog.DiscardHandler)}
		a.assertServed(t)
		attack(t, a)
		a.assertServed(t)
		require.NoError(t, a.neighbour.Close())
		require.NoError(t, a.srv.Close())
		time.Sleep(time.Minute)
	})
}

func (a *attacked) block(ctx context.Context, s string) (string, error) {
	now := a.running.Add(1)
	for most := a.most.Load(); now > most && !a.most.CompareAndSwap(most, now); most = a.most.Load() {
	}
	defer a.running.Add(-1)
	<-ctx.Done()
	return s, ctx.Err()
}

func (a *attacked) assertServed(t *testing.T) {
	t.Helper()
	start := time.Now()
	got, err := Unary[string, string]("echo").Call(t.Context(), a.neighbour, "undisturbed")
	require.NoError(t, err)
	assert.Equal(t, "undisturbed", got)
	assert.Zero(t, time.Since(start), "and at once")
}

// dial connects an attacker. If it reads, it reads whatever comes.
func (a *attacked) dial(t *testing.T, reads bool) net.Conn {
	t.Helper()
	nc, err := a.listener.Dial(t.Context())
	require.NoError(t, err)
	if reads {
		go io.Copy(io.Discard, nc)
	}
	return nc
}

// pour writes p again and again, until the server has had enough or times are over. It returns how often.
func pour(nc net.Conn, p []byte, times int) int {
	for i := range times {
		if _, err := nc.Write(p); err != nil {
			return i
		}
	}
	return times
}

// Row 7: a peer that sends a byte a second is gone after 5 seconds without a hello, and 10 within a frame.
func TestRow07Slowloris(t *testing.T) {
	tests := []struct {
		name  string
		sends wire
		slow  []byte
		gone  time.Duration
	}{
		{"in the preface", nil, []byte(preface), 5 * time.Second},
		{"in the hello", wire(nil).preface(), []byte("\x20\x01"), 5 * time.Second},
		{"in a frame", append(wire(nil).hello(), 0xff, 0x3f), make([]byte, 1000), 10 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
				start := time.Now()
				var peers sync.WaitGroup
				for range 200 {
					peers.Go(func() {
						nc := a.dial(t, false)
						defer nc.Close()
						go func() {
							nc.Write(tt.sends)
							for i := range tt.slow {
								time.Sleep(time.Second)
								if _, err := nc.Write(tt.slow[i : i+1]); err != nil {
									return
								}
							}
						}()
						io.Copy(io.Discard, nc)
						assert.InDelta(t, tt.gone.Seconds(), time.Since(start).Seconds(), 0.5)
					})
				}
				a.assertServed(t)
				peers.Wait()
			})
		})
	}
}

// Row 13: a million requests that are canceled as soon as they are made. A handler counts until it returns, so no more run than may
// be in flight, whatever the peer does; and one that does not wait for the answers is gone.
func TestRow13RapidReset(t *testing.T) {
	const most = 200
	for _, waits := range []bool{true, false} {
		t.Run(fmt.Sprintf("waits %v", waits), func(t *testing.T) {
			underAttack(t, Limits{MaxInFlight: most}, func(t *testing.T, a *attacked) {
				nc := a.dial(t, true)
				nc.Write(wire(nil).hello())
				id := uint64(1)
				for range 1_000_000 / most / slower {
					var pairs wire
					for range most {
						pairs = pairs.envelope(envelope{kind: kindRequest, id: id, method: []byte("block"), payload: []byte{0xa0}})
						pairs = pairs.envelope(envelope{kind: kindCancel, id: id})
						id += 2
					}
					if _, err := nc.Write(pairs); err != nil {
						break
					}
					if waits {
						synctest.Wait()
					}
				}
				assert.LessOrEqual(t, a.most.Load(), int64(most))
				if !waits {
					assert.NotZero(t, a.srv.Stats().Over(LimitCalls))
				}
				nc.Close()
				synctest.Wait()
				assert.Zero(t, a.running.Load(), "when the connection is gone, so are the handlers")
			})
		})
	}
}

// Row 14: pings, pongs and others without end, by a peer that reads nothing. What waits for it does not grow, and it is gone
// when it has used up its allowance.
func TestRow14ControlFlood(t *testing.T) {
	allowance := 4 * DefaultMaxInFlight
	for _, k := range []kind{kindPing, kindPong, kindOptional, kindCredit} {
		t.Run(k.String(), func(t *testing.T) {
			underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
				nc := a.dial(t, false)
				nc.Write(wire(nil).hello())
				synctest.Wait()
				flood := wire(nil).envelope(envelope{kind: k, id: 0, amount: 1})
				sent := pour(nc, flood, 10_000_000)
				room := maxUnheard + 2*(64<<10) // what is taken after the last word, unseen, and what was on the way
				assert.LessOrEqual(t, sent*len(flood), allowance*len(flood)+room)
				assert.EqualValues(t, 1, a.srv.Stats().Over(LimitControl))
				assert.Less(t, a.srv.Stats().BytesOut, uint64(64<<10))
			})
		})
	}
}

// Row 14: who pings as often as is allowed is answered for ever.
func TestRow14PingsInTheirTime(t *testing.T) {
	underAttack(t, Limits{IdleTimeout: -1}, func(t *testing.T, a *attacked) {
		nc := a.dial(t, true)
		nc.Write(wire(nil).hello())
		for range 10_000 {
			_, err := nc.Write(wire(nil).envelope(envelope{kind: kindPing, id: 1}))
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		nc.Close()
	})
}

// Row 16: a peer that makes the server answer and reads nothing: what waits for it is bounded, and it is gone in time.
func TestRow16SlowReader(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		Unary[int, []byte]("large").Handle(a.srv, func(context.Context, int) ([]byte, error) { return make([]byte, 512<<10), nil })
		nc := a.dial(t, false)
		requests := wire(nil).hello()
		for id := uint64(1); id <= 2*100; id += 2 {
			requests = requests.envelope(envelope{kind: kindRequest, id: id, method: []byte("large"), payload: []byte{1}})
		}
		_, err := nc.Write(requests)
		require.NoError(t, err)
		synctest.Wait()
		a.srv.mu.Lock()
		for c := range a.srv.conns {
			c.out.mu.Lock()
			assert.Less(t, len(c.out.pending), maxPending+600<<10, "half of 1 MiB, and the message that came last")
			c.out.mu.Unlock()
		}
		a.srv.mu.Unlock()
		a.assertServed(t)
		time.Sleep(DefaultWriteTimeout + 500*time.Millisecond)
		assert.EqualValues(t, 1, a.srv.Stats().Over(LimitWrite))
		assert.Equal(t, 1, a.srv.Stats().Conns)
		nc.Close()
	})
}

// shortWriter writes a part of the second write only, with or without an error.
type shortWriter struct {
	net.Conn
	err    error
	writes atomic.Int64
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.writes.Add(1) == 2 {
		n, _ := w.Conn.Write(p[:len(p)/2])
		return n, w.err
	}
	return w.Conn.Write(p)
}

// Row 17: when a write has failed half way, nothing more is written.
func TestRow17PartialWrite(t *testing.T) {
	for _, err := range []error{errors.New("broken"), nil} {
		t.Run(fmt.Sprint(err), func(t *testing.T) {
			underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
				nc := &shortWriter{Conn: a.dial(t, false), err: err}
				c := &Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return nc, nil }, Log: slog.New(slog.DiscardHandler)}
				require.NoError(t, c.Connect(t.Context()))
				synctest.Wait() // until the greeting is written
				_, err := Unary[string, string]("echo").Call(t.Context(), OnceOnly{c}, "half of this")
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, MaybeExecuted, e.Outcome)
				assert.EqualValues(t, 2, nc.writes.Load(), "no byte after the failed write")
				require.NoError(t, c.Close())
			})
		})
	}
}

// Row 18: calls that are canceled at any time never get another's answer, nor does another get theirs.
func TestRow18CanceledCallsGetNoOnesAnswer(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		echo := Unary[string, string]("echo")
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(caller)))
				for i := range 1_000_000 / 8 / slower {
					ctx, cancel := context.WithCancel(t.Context())
					if random.IntN(2) == 0 {
						go cancel()
					}
					want := fmt.Sprint(caller, i)
					got, err := echo.Call(ctx, a.neighbour, want)
					assert.True(t, err != nil || got == want, "%q for %q", got, want)
					cancel()
				}
			})
		}
		callers.Wait()
	})
}
