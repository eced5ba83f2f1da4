package transport

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allSettled reports whether all connections of srv have found their place to wait.
func allSettled(srv *Server) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.conns {
		if !c.pulse.settled.Load() {
			return false
		}
	}
	return true
}

// serveAndSettle returns a client of srv over a socket, when both ends have moved.
func serveAndSettle(t *testing.T, srv *Server) *Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go srv.Serve(l)
	c := &Client{Addr: l.Addr().String(), Log: slog.New(slog.DiscardHandler)}
	t.Cleanup(func() {
		_ = c.Close()
		_ = srv.Close()
	})
	require.NoError(t, c.Connect(t.Context()))
	settle(t, srv, c)
	return c
}

// settle waits until both ends have moved.
func settle(t *testing.T, srv *Server, c *Client) {
	conn, err := c.connect(t.Context())
	require.NoError(t, err)
	both := func() bool { return srv.Stats().Conns == 1 && allSettled(srv) && conn.pulse.settled.Load() }
	require.Eventually(t, both, 30*time.Second, 10*time.Millisecond)
}

// Connections that have moved work, and end, as others.
func TestQuietConnectionsMove(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a frame cannot be waited for without a buffer there")
	}
	echo := Unary[string, string]("echo")
	newServer := func() *Server {
		srv := &Server{Log: slog.New(slog.DiscardHandler)}
		echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
		Unary[string, string]("exit").HandleInline(srv, func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil })
		return srv
	}
	gone := func(srv *Server, c *Client) func() bool {
		return func() bool { return srv.Stats().Conns+c.Stats().Conns == 0 }
	}
	ends := map[string]func(t *testing.T, srv *Server, c *Client){
		"the client closes": func(t *testing.T, srv *Server, c *Client) { assert.NoError(t, c.Close()) },
		"the server closes": func(t *testing.T, srv *Server, c *Client) { assert.NoError(t, srv.Close()) },
		"the client drains": func(t *testing.T, srv *Server, c *Client) { assert.NoError(t, c.Shutdown(t.Context())) },
		"the server drains": func(t *testing.T, srv *Server, c *Client) { assert.NoError(t, srv.Shutdown(t.Context())) },
		"the socket is reset": func(t *testing.T, srv *Server, c *Client) {
			conn, err := c.connect(t.Context())
			require.NoError(t, err)
			assert.NoError(t, conn.nc.(*net.TCPConn).SetLinger(0))
			assert.NoError(t, conn.nc.Close())
		},
		"a handler ends the goroutine": func(t *testing.T, srv *Server, c *Client) {
			_, err := Unary[string, string]("exit").Call(t.Context(), c, "")
			assert.Error(t, err)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer()
			c := serveAndSettle(t, srv)
			for range 2 {
				got, err := echo.Call(t.Context(), c, "x")
				require.NoError(t, err)
				assert.Equal(t, "x", got)
			}
			settle(t, srv, c)
			end(t, srv, c)
			assert.Eventually(t, gone(srv, c), 10*time.Second, time.Millisecond)
		})
	}
}
