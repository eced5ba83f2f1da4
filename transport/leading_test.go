package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// led is a server, and a client over a socket whose lone callers read.
type led struct {
	srv    *Server
	client *Client
	hold   chan struct{} // "hold" answers when it is closed
	conn   atomic.Pointer[Conn]
}

var (
	ledEcho = Unary[string, string]("echo")
	ledHold = Unary[string, string]("hold")
	ledDown = Unary[string, string]("down")
)

func newLed(t *testing.T) *led {
	if runtime.GOOS == "windows" {
		t.Skip("callers do not read there")
	}
	l := &led{srv: &Server{Log: slog.New(slog.DiscardHandler)}, hold: make(chan struct{})}
	ledEcho.HandleInline(l.srv, func(ctx context.Context, s string) (string, error) {
		l.conn.Store(CallFrom(ctx).Conn)
		return s, nil
	})
	ledHold.Handle(l.srv, func(_ context.Context, s string) (string, error) { <-l.hold; return s, nil })
	l.client = serveOn(t, "tcp", "127.0.0.1:0", l.srv)
	return l
}

// echo makes a call that must succeed.
func (l *led) echo(t *testing.T) {
	got, err := ledEcho.Call(context.Background(), l.client, "x")
	require.NoError(t, err)
	require.Equal(t, "x", got)
}

// isFree reports whether nobody reads for the client.
func (l *led) isFree() bool {
	c := l.client.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.role.free
}

// awaitCall waits until the client has made the one call that it makes, and reports whether its caller reads. That may have come too
// late on a busy machine.
func (l *led) awaitCall(t *testing.T) (leads bool) {
	c := l.client.conn
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		leads = c.role.caller
		return len(c.calls) == 1
	}, 20*time.Second, time.Millisecond)
	return leads
}

// lead makes calls until the next lone caller will read.
func (l *led) lead(t *testing.T) {
	l.echo(t)
	for start := time.Now(); !l.isFree(); l.echo(t) {
		require.Less(t, time.Since(start), 20*time.Second)
	}
}

func TestLoneCallersRead(t *testing.T) {
	l := newLed(t)
	for range 100 {
		l.lead(t)
	}
	assert.Eventually(t, func() bool { return !l.isFree() }, 20*time.Second, time.Millisecond, "the role is taken back")
	for range 10 { // by then and again
		l.lead(t)
		time.Sleep(time.Duration(rand.IntN(25)) * time.Millisecond)
	}
}

// A caller who reads, and has long to wait, reads for others too.
func TestWhoLeadsReadsForOthers(t *testing.T) {
	l := newLed(t)
	l.lead(t)
	var held sync.WaitGroup
	held.Go(func() {
		got, err := ledHold.Call(context.Background(), l.client, "held")
		assert.NoError(t, err)
		assert.Equal(t, "held", got)
	})
	l.awaitCall(t)
	for range 100 {
		l.echo(t)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_, err := ledHold.Call(ctx, l.client, "canceled")
	assert.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { // nothing comes, and the connection moves to a smaller goroutine
		return l.client.conn.pulse.settled.Load()
	}, 20*time.Second, time.Millisecond)
	close(l.hold)
	held.Wait()
	l.lead(t)
}

// While nobody reads, the end of the connection is seen all the same; and a caller who reads sees it at once.
func TestEndOfAConnectionWhoseCallersRead(t *testing.T) {
	ends := map[string]func(l *led){
		"reset":      func(l *led) { _ = l.client.conn.nc.(*net.TCPConn).SetLinger(0); _ = l.client.conn.nc.Close() },
		"close":      func(l *led) { _ = l.client.Close() },
		"peer":       func(l *led) { _ = l.srv.Close() },
		"drain":      func(l *led) { _ = l.client.Shutdown(context.Background()) },
		"peer drain": func(l *led) { _ = l.srv.Shutdown(context.Background()) },
		"nonsense":   func(l *led) { _ = l.conn.Load().send(&envelope{kind: kindHello}) },
	}
	for name, end := range ends {
		for _, during := range []bool{false, true} {
			t.Run(fmt.Sprint(name, during), func(t *testing.T) {
				l := newLed(t)
				l.lead(t)
				conn := l.client.conn
				var held sync.WaitGroup
				if during {
					held.Go(func() {
						_, err := ledHold.Call(context.Background(), l.client, "held")
						var e *Error
						assert.True(t, err == nil || errors.As(err, &e), "%v", err)
					})
					time.AfterFunc(20*time.Millisecond, func() { close(l.hold) })
				}
				end(l)
				held.Wait()
				assert.Eventually(t, func() bool { return conn.why() != nil }, 20*time.Second, time.Millisecond)
			})
		}
	}
}

// What the peer asks for is done when it comes while nobody reads, and from then on at once.
func TestPeerThatCallsWhoLeads(t *testing.T) {
	l := newLed(t)
	ledDown.HandleInline(l.client, func(_ context.Context, s string) (string, error) {
		if s == "exit" {
			runtime.Goexit() // not the goroutine of a caller
		}
		return s, nil
	})
	l.lead(t)
	var held sync.WaitGroup
	held.Go(func() {
		_, err := ledHold.Call(context.Background(), l.client, "held")
		assert.NoError(t, err)
	})
	if l.awaitCall(t) {
		_, err := ledDown.Call(t.Context(), l.conn.Load(), "exit")
		assert.ErrorIs(t, err, &Error{Code: Internal})
	}
	got, err := ledDown.Call(t.Context(), l.conn.Load(), "down")
	assert.NoError(t, err)
	assert.Equal(t, "down", got)
	close(l.hold)
	held.Wait()
	l.echo(t)
	assert.False(t, l.isFree(), "the peer may call again")
}

// Any mixture of callers gets its own answers.
func TestCallersWhoReadInTurns(t *testing.T) {
	l := newLed(t)
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(caller)))
			for i := range 2000 / slower {
				ctx, cancel := context.Background(), context.CancelFunc(func() {})
				if random.IntN(3) == 0 {
					ctx, cancel = context.WithCancel(ctx)
				}
				if random.IntN(6) == 0 {
					go cancel()
				}
				want := fmt.Sprint(caller, i)
				got, err := ledEcho.Call(ctx, l.client, want)
				assert.True(t, errors.Is(err, context.Canceled) || err == nil && got == want, "%q for %q, %v", got, want, err)
				cancel()
				if random.IntN(10) == 0 {
					time.Sleep(time.Duration(random.IntN(1000)) * time.Microsecond)
				}
			}
		})
	}
	callers.Wait()
}
