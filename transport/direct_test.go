package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serveOn serves a world's methods over a real network, and returns a client.
func serveOn(t testing.TB, network, addr string, srv *Server) *Client {
	l, err := net.Listen(network, addr)
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	c := &Client{FailFast: true, Backoff: -1, Network: network, Addr: l.Addr().String(), Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, c.Connect(context.Background()))
	t.Cleanup(func() {
		_ = c.Close()
		_ = srv.Close()
		<-served
	})
	return c
}

// Answers that a socket does not take at once, on the two kinds of connection that are written to directly.
func TestLargeMessagesOverSockets(t *testing.T) {
	tests := []struct{ network, addr string }{{"tcp", "127.0.0.1:0"}, {"unix", filepath.Join(t.TempDir(), "socket")}}
	for _, tt := range tests {
		t.Run(tt.network, func(t *testing.T) {
			if tt.network == "unix" && runtime.GOOS == "windows" {
				t.Skip("not everywhere")
			}
			srv := &Server{Log: slog.New(slog.DiscardHandler)}
			large.HandleInline(srv, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
			c := serveOn(t, tt.network, tt.addr, srv)
			var calls sync.WaitGroup
			for i := range 16 {
				calls.Go(func() {
					for n := range 4 {
						sent := make([]byte, 1000<<10-n)
						sent[len(sent)-1] = byte(i)
						got, err := large.Call(t.Context(), c, sent)
						if assert.NoError(t, err) {
							assert.Equal(t, sent, got)
						}
					}
				})
			}
			calls.Wait()
		})
	}
}

// deafPeer returns a client whose peer says hello on a socket, and then reads nothing.
func deafPeer(t *testing.T, limits Limits) *Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &Client{FailFast: true, Backoff: -1, Addr: l.Addr().String(), Limits: limits, Log: slog.New(slog.DiscardHandler)}
	peers := make(chan net.Conn, 1)
	go func() {
		nc, err := l.Accept()
		if assert.NoError(t, err) {
			_, err = nc.Write(wire{}.hello())
			assert.NoError(t, err)
		}
		peers <- nc
	}()
	require.NoError(t, c.Connect(t.Context()))
	t.Cleanup(func() {
		_ = (<-peers).Close()
		_ = c.Close()
		_ = l.Close()
	})
	return c
}

var large = Unary[[]byte, []byte]("large")

// A caller waits for a peer that takes nothing until its context ends, whether it has become the writer or not.
func TestCallersLeaveADeafPeer(t *testing.T) {
	c := deafPeer(t, Limits{WriteTimeout: -1})
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	for range 16 {
		calls.Go(func() {
			_, err := large.Call(ctx, c, make([]byte, 1000<<10))
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
	full := func() bool { return !c.conn.out.idle() }
	assert.Eventually(t, full, 20*time.Second, time.Millisecond)
	cancel()
	calls.Wait()
}

func TestWriteTimeoutOnASocket(t *testing.T) {
	c := deafPeer(t, Limits{WriteTimeout: 50 * time.Millisecond})
	var calls sync.WaitGroup
	for range 16 {
		calls.Go(func() {
			_, err := large.Call(t.Context(), c, make([]byte, 1000<<10))
			assert.Error(t, err)
		})
	}
	calls.Wait()
	assert.NotZero(t, c.Stats().Over(LimitWrite))
}

// What a crowd of callers sends goes out in few writes, and so do the answers. Without the yield it takes one each.
func TestCrowdsShareWrites(t *testing.T) {
	for _, inline := range []bool{true, false} {
		t.Run(fmt.Sprintf("inline %v", inline), func(t *testing.T) {
			srv := &Server{Log: slog.New(slog.DiscardHandler)}
			handle := Unary[string, string]("echo").Handle
			if inline {
				handle = Unary[string, string]("echo").HandleInline
			}
			handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
			c := serveOn(t, "tcp", "127.0.0.1:0", srv)
			const callers, each = 64, 100
			var calls sync.WaitGroup
			for range callers {
				calls.Go(func() {
					for range each {
						_, err := Unary[string, string]("echo").Call(t.Context(), c, "x")
						assert.NoError(t, err)
					}
				})
			}
			calls.Wait()
			writes := float64(c.Stats().Writes+srv.Stats().Writes) / (callers * each)
			t.Logf("%.3f writes a call", writes)
			assert.Less(t, writes, 0.5)
		})
	}
}
