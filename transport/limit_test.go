package transport

import (
	"context"
	"io"
	"log/slog"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// Whoever exceeds a limit is counted once, under the name of that limit, and ServeConn says so if it closes the connection.
func TestEachLimitIsCounted(t *testing.T) {
	block := func(w wire, id uint64, size int) wire {
		return w.envelope(envelope{kind: kindRequest, id: id, method: []byte("block"), payload: make([]byte, size)})
	}
	greeted := func() wire { return wire(nil).hello() }
	pongs := greeted()
	for range 600 {
		pongs = pongs.envelope(envelope{kind: kindPong})
	}
	many := greeted()
	for id := range uint64(300) {
		many = block(many, 2*id+1, 1)
	}
	heavy := greeted()
	for id := range uint64(200) {
		heavy = heavy.envelope(envelope{kind: kindRequest, id: 2*id + 1, method: []byte("hold"), payload: make([]byte, 60_000)})
	}
	notify := envelope{kind: kindNotify, method: []byte("stuck"), payload: make([]byte, 20_000)}
	unread := greeted()
	for id := range uint64(20_000) {
		unread = unread.request(2*id + 1)
	}
	tests := []struct {
		name   string
		limit  Limit
		limits Limits
		sends  wire
		reads  bool // the peer reads what it is sent
		closes bool // the connection is closed
		times  uint64
	}{
		{"calls", LimitCalls, Limits{MaxInFlight: 2}, block(block(greeted(), 1, 1), 3, 1).request(5), true, false, 1},
		{"calls beyond any hello", LimitCalls, Limits{MaxInFlight: 200}, many, true, true, 1},
		{"bytes", LimitCallBytes, Limits{MaxInFlightBytes: 1000}, block(greeted(), 1, 2000).request(3), true, false, 1},
		{"bytes beyond any hello", LimitCallBytes, Limits{MaxMessage: 1 << 20}, heavy, true, true, 1},
		{"size of a request", LimitMessage, Limits{MaxMessage: 100}, block(greeted(), 1, 101), true, false, 1},
		{"size of a frame", LimitMessage, Limits{MaxMessage: 100}, append(greeted(), 0xff, 0xff, 0x7f), true, true, 1},
		{"metadata", LimitMetadata, Limits{}, greeted().frame([]byte("\x23\x01\x81\x80\x01")), true, true, 1},
		{"notifies", LimitCredit, Limits{}, greeted().envelope(notify).envelope(notify), true, true, 1},
		{"envelopes that do no work", LimitControl, Limits{MaxInFlight: 1}, pongs, true, true, 1},
		{"ids", LimitIDs, Limits{}, greeted().envelope(envelope{kind: kindResponse, id: 2}), true, true, 1},
		{"refusals", LimitUnread, Limits{MaxInFlight: 1}, unread, false, true, 1},
		{"hello", LimitHello, Limits{HelloTimeout: time.Second}, nil, true, true, 1},
		{"frame", LimitFrame, Limits{FrameTimeout: time.Second}, append(greeted(), 9), true, true, 1},
		{"write", LimitWrite, Limits{WriteTimeout: time.Second, MaxInFlight: 10}, greeted().envelope(
			envelope{kind: kindRequest, id: 1, method: []byte("large")}), false, true, 1},
		{"silence", LimitSilence, Limits{PingInterval: time.Second, PingTimeout: time.Second}, greeted(), true, true, 1},
		{"idle", LimitIdle, Limits{IdleTimeout: time.Second}, greeted(), true, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &Server{Limits: tt.limits, Log: slog.New(slog.DiscardHandler)}
				serveLimited(srv)
				a, b := fuzz.Pipe()
				served := make(chan error, 1)
				go func() { served <- srv.ServeConn(b) }()
				if tt.reads {
					go io.Copy(io.Discard, a)
				}
				go a.Write(tt.sends)
				synctest.Wait()
				time.Sleep(12 * time.Second)
				assert.Equal(t, tt.times, srv.Stats().Over(tt.limit))
				for l := range Limit(limits) {
					if l != tt.limit {
						assert.LessOrEqual(t, srv.Stats().Over(l), uint64(0), "%v", l)
					}
				}
				a.Reset()
				err := <-served
				if tt.closes {
					assert.ErrorIs(t, err, tt.limit)
				}
				require.NoError(t, srv.Close())
			})
		})
	}
}

// serveLimited serves methods that exceed limits.
func serveLimited(srv *Server) {
	wait := func(ctx context.Context, _ Payload) (Payload, error) { <-ctx.Done(); return nil, ctx.Err() }
	Unary[Payload, Payload]("block").Handle(srv, wait)
	Unary[Payload, Payload]("hold").Handle(srv, wait)
	Unary[Payload, Payload]("large").Handle(srv, func(context.Context, Payload) (Payload, error) { return make(Payload, 1<<20), nil })
	Notify[Payload]("stuck").Handle(srv, func(ctx context.Context, _ Payload) error { <-ctx.Done(); return nil })
}

func TestLimitOfTheWholeServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &Server{MaxTotalInFlight: 3, MaxConns: 2, Log: slog.New(slog.DiscardHandler)}
		serveLimited(srv)
		l := new(fuzz.Listener)
		go srv.Serve(l)
		block := Unary[Payload, Payload]("block")
		var clients []*Client
		for range 2 {
			c := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Log: slog.New(slog.DiscardHandler)}
			require.NoError(t, c.Connect(t.Context()))
			clients = append(clients, c)
			go block.Call(t.Context(), c, nil)
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		go block.Call(ctx, clients[0], nil)
		synctest.Wait()
		_, err := block.Call(t.Context(), clients[1], nil)
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ResourceExhausted, e.Code)
		assert.Equal(t, Refused, e.Outcome)
		assert.EqualValues(t, 1, srv.Stats().Over(LimitServerCalls))
		assert.Equal(t, 3, srv.Stats().InFlight)

		third := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Log: slog.New(slog.DiscardHandler)}
		_, err = block.Call(t.Context(), third, nil)
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ResourceExhausted, e.Code)
		assert.EqualValues(t, 1, srv.Stats().Over(LimitConns))

		cancel() // and so there is room again
		synctest.Wait()
		ended, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err = block.Call(ended, clients[1], nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		for _, c := range append(clients, third) {
			require.NoError(t, c.Close())
		}
		synctest.Wait()
		assert.Zero(t, srv.capacity.taken.Load(), "every place is given back")
		require.NoError(t, srv.Close())
	})
}

// A caller that has too many bytes in flight waits, and is not refused.
func TestBytesInFlightAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &Server{Limits: Limits{MaxInFlightBytes: 10_000}, Log: slog.New(slog.DiscardHandler)}
		serveLimited(srv)
		sleep := Unary[Payload, Payload]("sleep")
		sleep.Handle(srv, func(context.Context, Payload) (Payload, error) { time.Sleep(time.Second); return nil, nil })
		l := new(fuzz.Listener)
		go srv.Serve(l)
		c := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Log: slog.New(slog.DiscardHandler)}
		require.NoError(t, c.Connect(t.Context()))
		start := time.Now()
		done := make(chan error, 10)
		for range 10 {
			go func() {
				_, err := sleep.Call(t.Context(), c, make(Payload, 5000))
				done <- err
			}()
		}
		for range 10 {
			assert.NoError(t, <-done)
		}
		assert.Equal(t, 5*time.Second, time.Since(start), "two at a time")
		assert.Zero(t, srv.Stats().Over(LimitCallBytes))
		_, err := sleep.Call(t.Context(), c, make(Payload, 500_000))
		require.NoError(t, err, "one alone may be as large as a message")
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
	})
}

func TestNoLimits(t *testing.T) {
	none := Limits{
		MaxMessage: -1, MaxInFlight: -1, MaxInFlightBytes: -1, MaxNotifyBytes: -1, HelloTimeout: -1, FrameTimeout: -1,
		WriteTimeout: -1, PingInterval: -1, PingTimeout: -1, PingSpacing: -1, IdleTimeout: -1,
	}
	most := Limits{
		MaxMessage: math.MaxInt, MaxInFlight: math.MaxInt, MaxInFlightBytes: math.MaxInt, MaxNotifyBytes: math.MaxInt,
		HelloTimeout: math.MaxInt64, FrameTimeout: math.MaxInt64, WriteTimeout: math.MaxInt64, PingInterval: math.MaxInt64,
		PingTimeout: math.MaxInt64, PingSpacing: math.MaxInt64, IdleTimeout: math.MaxInt64,
	}
	for _, limits := range []Limits{none, most} {
		h, err := parseHello(limits.effective().hello("raw").append(nil))
		require.NoError(t, err, "what is announced is within the bounds of the protocol")
		assert.Equal(t, uint64(noLimit), h.message)
		synctest.Test(t, func(t *testing.T) {
			srv := &Server{Limits: limits, MaxConns: -1, MaxTotalInFlight: -1, Log: slog.New(slog.DiscardHandler)}
			pass := Unary[Payload, Payload]("pass")
			pass.Handle(srv, func(_ context.Context, p Payload) (Payload, error) { return p, nil })
			l := new(fuzz.Listener)
			go srv.Serve(l)
			c := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Limits: limits, Log: slog.New(slog.DiscardHandler)}
			require.NoError(t, c.Connect(t.Context()))
			time.Sleep(1000 * time.Hour)
			got, err := pass.Call(t.Context(), c, make(Payload, 10<<20))
			require.NoError(t, err)
			assert.Len(t, got, 10<<20)
			assert.Equal(t, 1, c.Stats().Conns)
			require.NoError(t, c.Close())
			require.NoError(t, srv.Close())
		})
	}
}

func TestNamesOfLimits(t *testing.T) {
	for l := range Limit(limits) {
		assert.NotEmpty(t, l.String())
		assert.Contains(t, l.Error(), l.String())
	}
	assert.Equal(t, "unknown limit", Limit(limits).String())
	assert.Zero(t, Stats{}.Over(limits))
}
