package fuzz_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// dialled is what Dial or Accept returned, and when.
type dialled struct {
	conn  net.Conn
	err   error
	after time.Duration
}

// start calls Dial or Accept in a goroutine, as begin does.
func start(f func() (net.Conn, error)) <-chan dialled {
	results := make(chan dialled, 1)
	start := time.Now()
	go func() {
		conn, err := f()
		results <- dialled{conn, err, time.Since(start)}
	}()
	synctest.Wait()
	return results
}

// dial returns the client's end of a new connection.
func dial(t *testing.T, ln *fuzz.Listener) net.Conn {
	t.Helper()
	conn, err := ln.Dial(t.Context())
	require.NoError(t, err)
	return conn
}

func TestListenerConnectsInOrder(t *testing.T) {
	ln := new(fuzz.Listener)
	defer ln.Close()
	assert.Equal(t, "pipe:0", ln.Addr().String())
	for _, name := range []string{"pipe:1", "pipe:2", "pipe:3"} {
		client := dial(t, ln)
		assert.Equal(t, name, client.LocalAddr().String())
		assert.Equal(t, ln.Addr(), client.RemoteAddr())
		write(t, client, name)
		require.NoError(t, client.Close())
	}
	for _, name := range []string{"pipe:1", "pipe:2", "pipe:3"} {
		server, err := ln.Accept()
		require.NoError(t, err)
		assert.Equal(t, name, server.RemoteAddr().String())
		assert.Equal(t, ln.Addr(), server.LocalAddr())
		assert.Equal(t, name+" !eof", reads(server, 9))
	}
}

func TestAcceptWaitsForDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := new(fuzz.Listener)
		accept := start(ln.Accept)
		require.Empty(t, accept)
		client := dial(t, ln)
		server := <-accept
		require.NoError(t, server.err)
		write(t, server.conn, "hello")
		assert.Equal(t, "hello", (<-begin(client.Read, make([]byte, 9))).bytes)
	})
}

func TestDialWaitsWhileTheBacklogIsFull(t *testing.T) {
	for backlog, room := range map[int]int{0: 128, 1: 1, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			ln := &fuzz.Listener{Backlog: backlog}
			for range room {
				dial(t, ln)
			}
			last := start(func() (net.Conn, error) { return ln.Dial(t.Context()) })
			require.Empty(t, last, "with a backlog of %d", backlog)
			_, err := ln.Accept()
			require.NoError(t, err)
			assert.NoError(t, (<-last).err)
		})
	}
}

func TestDialNeverWaitsWithoutABacklog(t *testing.T) {
	ln := &fuzz.Listener{Backlog: -1}
	for range 1000 {
		dial(t, ln)
	}
}

func TestDialObeysItsContext(t *testing.T) {
	full := func(t *testing.T) *fuzz.Listener {
		ln := &fuzz.Listener{Backlog: 1}
		dial(t, ln)
		return ln
	}
	t.Run("deadline", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := full(t).Dial(ctx)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			var netErr net.Error
			require.ErrorAs(t, err, &netErr)
			assert.True(t, netErr.Timeout())
		})
	})
	t.Run("cancelled while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			ln := full(t)
			wait := start(func() (net.Conn, error) { return ln.Dial(ctx) })
			time.Sleep(time.Hour)
			cancel()
			got := <-wait
			assert.ErrorIs(t, got.err, context.Canceled)
			assert.Equal(t, time.Hour, got.after)
		})
	})
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ln := new(fuzz.Listener)
		_, err := ln.Dial(ctx)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, "pipe:1", dial(t, ln).LocalAddr().String())
	})
}

func TestListenerClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &fuzz.Listener{Backlog: 1}
		accepted := dial(t, ln)
		server, err := ln.Accept()
		require.NoError(t, err)
		pending := dial(t, ln)
		waiting := start(func() (net.Conn, error) { return ln.Dial(t.Context()) })

		require.NoError(t, ln.Close())
		assert.ErrorIs(t, (<-waiting).err, syscall.ECONNREFUSED)
		_, err = pending.Read(make([]byte, 1))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		write(t, accepted, "goes on")
		assert.Equal(t, "goes on", (<-begin(server.Read, make([]byte, 9))).bytes)

		_, err = ln.Accept()
		assert.ErrorIs(t, err, net.ErrClosed)
		assert.EqualError(t, err, "accept pipe pipe:0: use of closed network connection")
		_, err = ln.Dial(t.Context())
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.ErrorIs(t, ln.Close(), net.ErrClosed)
	})
}

func TestListenerCloseEndsAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := new(fuzz.Listener)
		first, second := start(ln.Accept), start(ln.Accept)
		require.NoError(t, ln.Close())
		assert.ErrorIs(t, (<-first).err, net.ErrClosed)
		assert.ErrorIs(t, (<-second).err, net.ErrClosed)
	})
}

func TestListenerPrepares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends []*fuzz.Conn
		ln := &fuzz.Listener{Prepare: func(client, server *fuzz.Conn) {
			ends = append(ends, client, server)
			server.SetReadPlan(fuzz.Plan{1, 2})
			client.SetReadPlan(fuzz.Plan{fuzz.Timeout})
		}}
		client := dial(t, ln)
		server, err := ln.Accept()
		require.NoError(t, err)
		assert.Same(t, ends[0], client)
		assert.Same(t, ends[1], server)

		write(t, client, "abcd")
		require.NoError(t, client.(*fuzz.Conn).CloseWrite())
		assert.Equal(t, "a bc d !eof", reads(server, 9))
		_, err = client.Read(make([]byte, 1))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestListenerUnderManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &fuzz.Listener{Backlog: 2}
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				for range 20 {
					conn, err := ln.Dial(t.Context())
					if !assert.NoError(t, err) {
						return
					}
					_, _ = io.WriteString(conn, conn.LocalAddr().String())
					_ = conn.Close()
				}
			})
		}
		seen := map[string]bool{}
		for range 400 {
			conn, err := ln.Accept()
			require.NoError(t, err)
			name, err := io.ReadAll(conn)
			require.NoError(t, err)
			assert.Equal(t, conn.RemoteAddr().String(), string(name))
			seen[string(name)] = true
		}
		group.Wait()
		assert.Len(t, seen, 400)
		require.NoError(t, ln.Close())
	})
}

// A server and a client that know nothing of this package, with every read of
// one byte, and a time-out of an hour that takes none.
func TestListenerServesHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &fuzz.Listener{Prepare: func(client, server *fuzz.Conn) {
			client.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
			server.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
		}}
		server := http.Server{
			Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }),
			IdleTimeout: time.Hour,
		}
		served := make(chan error)
		go func() { served <- server.Serve(ln) }()
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return ln.Dial(ctx) }}
		client := http.Client{Transport: transport}

		for _, body := range []string{"first", "second"} {
			resp, err := client.Post("http://pipe/", "text/plain", strings.NewReader(body))
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, body, string(got))
		}
		time.Sleep(time.Hour + 1)
		require.NoError(t, server.Shutdown(t.Context()))
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
		transport.CloseIdleConnections()
	})
}
