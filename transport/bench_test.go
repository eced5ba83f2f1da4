package transport_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// item is what the benchmarks send, and get back.
type item struct {
	ID      int64
	Name    string
	Payload []byte
}

var (
	inline  = transport.Unary[item, item]("inline")
	spawned = transport.Unary[item, item]("spawned")
)

// benchServer joins a client and a server that echoes over a TCP connection on this machine.
func benchServer(b testing.TB) (*transport.Client, *transport.Server) {
	srv := &transport.Server{Log: slog.New(slog.DiscardHandler)}
	same := func(_ context.Context, m item) (item, error) { return m, nil }
	inline.HandleInline(srv, same)
	spawned.Handle(srv, same)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go srv.Serve(l)
	c := &transport.Client{Addr: l.Addr().String()}
	require.NoError(b, c.Connect(context.Background()))
	b.Cleanup(func() {
		_ = c.Close()
		_ = srv.Close()
	})
	return c, srv
}

// pingPong returns what sends size bytes over a TCP connection on this machine, and waits until as many have come back: the least
// that a call over it can take.
func pingPong(b *testing.B, size int) func() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		buf := make([]byte, size)
		for err == nil {
			if _, err = io.ReadFull(nc, buf); err == nil {
				_, err = nc.Write(buf)
			}
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() {
		_ = nc.Close()
		_ = l.Close()
	})
	buf := make([]byte, size)
	return func() error {
		if _, err := nc.Write(buf); err != nil {
			return err
		}
		_, err := io.ReadFull(nc, buf)
		return err
	}
}

// way is one way to do the same work, by so many callers at once.
type way struct {
	name    string
	callers int
	work    func() error
}

func callWay(name string, callers int, c transport.Caller, method transport.UnaryMethod[item, item], payload int) way {
	m := item{7, "name", make([]byte, payload)}
	return way{name, callers, func() error {
		_, err := method.Call(context.Background(), c, m)
		return err
	}}
}

// lap is how long one way is measured before it is the next one's turn.
const lap = 20 * time.Millisecond

// compare measures ways that take turns, so that what else the machine does hurts all of them alike. It reports the median time of the
// first one, and how often the others are done in that time.
func compare(b *testing.B, ways ...way) {
	times := make([][]float64, len(ways))
	counts := make([]int, len(ways))
	for i, way := range ways {
		counts[i] = way.callers
		for repeat(b, way, counts[i]) < lap {
			counts[i] *= 2
		}
	}
	for b.Loop() {
		for i, way := range ways {
			times[i] = append(times[i], float64(repeat(b, way, counts[i]).Nanoseconds())/float64(counts[i]))
		}
	}
	b.ReportMetric(0, "ns/op") // would be that of all together
	b.ReportMetric(median(times[0]), "ns/"+ways[0].name)
	for i, way := range ways[1:] {
		b.ReportMetric(median(times[0])/median(times[i+1]), "x/"+way.name)
	}
}

// repeat does way count times, and returns how long that took.
func repeat(b *testing.B, way way, count int) time.Duration {
	begin := time.Now()
	if way.callers == 1 {
		for range count {
			if err := way.work(); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(begin)
	}
	var callers sync.WaitGroup
	for range way.callers {
		callers.Go(func() {
			for range count / way.callers {
				if err := way.work(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	return time.Since(begin)
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkCalls compares calls over one connection with bytes that go back and forth, one after the other.
func BenchmarkCalls(b *testing.B) {
	c, _ := benchServer(b)
	compare(b,
		way{"pingpong", 1, pingPong(b, 64)},
		callWay("inline1", 1, c, inline, 16),
		callWay("1", 1, c, spawned, 16),
		callWay("inline16", 16, c, inline, 16),
		callWay("16", 16, c, spawned, 16),
		callWay("inline64", 64, c, inline, 16),
		callWay("64", 64, c, spawned, 16),
		callWay("256", 256, c, spawned, 16),
		callWay("1024", 1024, c, spawned, 16),
	)
}

// BenchmarkLargeCalls is BenchmarkCalls with 64 KiB.
func BenchmarkLargeCalls(b *testing.B) {
	c, _ := benchServer(b)
	compare(b,
		way{"pingpong", 1, pingPong(b, 64<<10)},
		callWay("1", 1, c, spawned, 64<<10),
		callWay("64", 64, c, spawned, 64<<10),
		callWay("inline64", 64, c, inline, 64<<10),
	)
}

// BenchmarkLimits says what the limits cost, at 64 callers.
func BenchmarkLimits(b *testing.B) {
	c, _ := benchServer(b)
	off := transport.Limits{MaxMessage: -1, MaxInFlight: -1, MaxInFlightBytes: -1, MaxNotifyBytes: -1, FrameTimeout: -1,
		WriteTimeout: -1, PingInterval: -1, IdleTimeout: -1}
	free, srv := benchServer(b)
	_ = free.Close()
	srv.Limits, srv.MaxTotalInFlight = off, -1
	unlimited := &transport.Client{Addr: free.Addr, Limits: off}
	b.Cleanup(func() { _ = unlimited.Close() })
	compare(b, callWay("without", 64, unlimited, spawned, 16), callWay("with", 64, c, spawned, 16))
}

// BenchmarkDeadline says what a deadline costs.
func BenchmarkDeadline(b *testing.B) {
	c, _ := benchServer(b)
	m := item{7, "name", make([]byte, 16)}
	compare(b, callWay("without", 64, c, inline, 16), way{"with", 64, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := inline.Call(ctx, c, m)
		return err
	}})
}

// BenchmarkOneCall is for profiles.
func BenchmarkOneCall(b *testing.B) {
	c, _ := benchServer(b)
	way := callWay("", 1, c, inline, 16)
	b.ReportAllocs()
	for b.Loop() {
		if err := way.work(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkManyCalls is for profiles.
func BenchmarkManyCalls(b *testing.B) {
	c, srv := benchServer(b)
	way := callWay("", 64, c, spawned, 16)
	b.ReportAllocs()
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := way.work(); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(c.Stats().Writes+srv.Stats().Writes)/float64(b.N), "writes/op")
}
