package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

func TestCallsOverTLS(t *testing.T) {
	inSecureWorld(t, handleSlowSecurely, func(t *testing.T, w *world) {
		w.assertWorks(t)
		large := strings.Repeat("x", 900_000)
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				got, err := echo.Call(t.Context(), w.client, large)
				assert.NoError(t, err)
				assert.Equal(t, len(large), len(got))
			})
		}
		calls.Wait()
		for range 10 {
			calls.Go(func() {
				_, err := slow.Call(t.Context(), w.client, time.Minute)
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Equal(t, time.Minute, time.Since(start), "it waits for the calls and no longer")
		calls.Wait()
	})
}

func handleSlowSecurely(w *world, _ *authority) { handleSlow(w) }

// A client's certificate says who it is.
func TestMutualTLS(t *testing.T) {
	whoami := transport.Unary[struct{}, string]("whoami")
	inSecureWorld(t, func(w *world, a *authority) {
		w.secure.ClientAuth, w.secure.ClientCAs = tls.RequireAndVerifyClientCert, a.pool
		w.client.TLS.Certificates = []tls.Certificate{a.certificate("Ada")}
		w.server.Authenticate = func(_ context.Context, c *transport.Conn) (any, error) {
			return c.TLS().PeerCertificates[0].Subject.CommonName, nil
		}
		whoami.Handle(w.server, func(ctx context.Context, _ struct{}) (string, error) {
			return transport.CallFrom(ctx).Conn.Identity().(string), nil
		})
	}, func(t *testing.T, w *world) {
		name, err := whoami.Call(t.Context(), w.client, struct{}{})
		require.NoError(t, err)
		assert.Equal(t, "Ada", name)

		nobody := &transport.Client{Dial: w.listener.Dial, TLS: &tls.Config{RootCAs: w.client.TLS.RootCAs, ServerName: "server"}, Log: discard()}
		defer nobody.Close()
		err = nobody.Connect(t.Context())
		var e *transport.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, transport.Unavailable, e.Code)
		assert.ErrorContains(t, err, "certificate required")
		synctest.Wait()
		assert.Contains(t, w.logs.String(), "handshake failed")
	})
}

func TestServerThatIsNotTrusted(t *testing.T) {
	inSecureWorld(t, func(w *world, _ *authority) { w.client.TLS.ServerName = "another" }, func(t *testing.T, w *world) {
		err := w.client.Connect(t.Context())
		requireError(t, err, transport.Unavailable, transport.NotSent)
		assert.ErrorIs(t, err, transport.ErrHandshake)
		assert.ErrorAs(t, err, new(*tls.CertificateVerificationError))
	})
}

func TestPeersThatSpeakNoTLS(t *testing.T) {
	inSecureWorld(t, nil, func(t *testing.T, w *world) {
		plain := &transport.Client{Dial: w.listener.Dial, Log: discard()}
		defer plain.Close()
		requireError(t, plain.Connect(t.Context()), transport.Unavailable, transport.NotSent)
		synctest.Wait()
		assert.Contains(t, w.logs.String(), "does not look like a TLS handshake")

		before := w.logs.String()
		require.NoError(t, w.dialRaw(t).Close())
		synctest.Wait()
		assert.Equal(t, before, w.logs.String(), "a health check is no event")
		w.assertWorks(t)
	})
	inWorld(t, func(w *world) {
		w.client.TLS = newAuthority().clientTLS("server")
	}, func(t *testing.T, w *world) {
		assert.ErrorIs(t, w.client.Connect(t.Context()), transport.ErrHandshake)
		synctest.Wait()
		assert.Contains(t, w.logs.String(), "looks like TLS")
	})
}

// One that stalls in its handshake delays nobody, and is gone after five seconds.
func TestRow25StalledHandshake(t *testing.T) {
	const others = 999 / transport.Slower // the race detector itself breaks down at so many handshakes in one bubble
	inSecureWorld(t, nil, func(t *testing.T, w *world) {
		stalled := w.dialRaw(t)
		var ended time.Duration
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			_, err := stalled.Read(make([]byte, 1))
			assert.Equal(t, io.EOF, err)
			ended = time.Since(start)
		})
		for range others {
			c := &transport.Client{Dial: w.listener.Dial, TLS: w.client.TLS, Log: discard()}
			_, err := echo.Call(t.Context(), c, "x")
			assert.NoError(t, err)
			assert.NoError(t, c.Close())
		}
		assert.LessOrEqual(t, time.Since(start), time.Second)
		all.Wait()
		assert.Equal(t, 5*time.Second, ended)
		synctest.Wait()
		assert.EqualValues(t, 1, w.server.Stats().Over(transport.LimitHandshake))
		assert.EqualValues(t, others, w.server.Stats().CallsIn)
	})
}

func TestClientLeavesAStalledHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		defer b.Close()
		c := &transport.Client{Dial: func(context.Context) (net.Conn, error) { return a, nil }, TLS: newAuthority().clientTLS("x"), Log: discard()}
		start := time.Now()
		err := c.Connect(t.Context())
		requireError(t, err, transport.Unavailable, transport.NotSent)
		assert.ErrorIs(t, err, transport.LimitHandshake)
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.NoError(t, c.Close())
	})
}

// A drain does not wait for those who never finish their handshake, and loses no call of those who do.
func TestShutdownWithAStalledHandshake(t *testing.T) {
	inSecureWorld(t, handleSlowSecurely, func(t *testing.T, w *world) {
		stalled := w.dialRaw(t)
		result := make(chan error, 1)
		go func() {
			_, err := slow.Call(t.Context(), w.client, time.Minute)
			result <- err
		}()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Equal(t, time.Minute, time.Since(start))
		assert.NoError(t, <-result)
		_ = stalled.Close()
	})
	inSecureWorld(t, nil, func(t *testing.T, w *world) {
		_ = w.dialRaw(t)
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.server.Shutdown(t.Context()))
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestTooManySecureConnections(t *testing.T) {
	inSecureWorld(t, func(w *world, _ *authority) { w.server.MaxConns = 1 }, func(t *testing.T, w *world) {
		w.assertWorks(t)
		second := &transport.Client{Dial: w.listener.Dial, TLS: w.client.TLS, Log: discard()}
		defer second.Close()
		_, err := echo.Call(t.Context(), second, "x")
		assert.Equal(t, transport.ResourceExhausted, transport.CodeOf(err), "%v", err)
		stalled := w.dialRaw(t)
		start := time.Now()
		_, err = stalled.Read(make([]byte, 1))
		assert.Error(t, err)
		assert.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestServeTLSNeedsACertificate(t *testing.T) {
	srv := new(transport.Server)
	l := new(fuzz.Listener)
	assert.ErrorContains(t, srv.ServeTLS(l, nil), "tls.Config")
	assert.ErrorContains(t, srv.ServeTLS(l, new(tls.Config)), "tls.Config")
	assert.ErrorContains(t, srv.ListenAndServeTLS("tcp", "127.0.0.1:0", nil), "tls.Config")
	_, err := l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	for range 2 { // the second time with a file that is left behind
		dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
		require.NoError(t, err)
		dead.SetUnlinkOnClose(false)
		require.NoError(t, dead.Close())

		up := make(chan struct{})
		srv := &transport.Server{Log: discard(), BaseContext: func(net.Listener) context.Context { close(up); return context.Background() }}
		echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
		served := make(chan error, 1)
		go func() { served <- srv.ListenAndServe("unix", path) }()
		<-up
		assert.ErrorContains(t, new(transport.Server).ListenAndServe("unix", path), "in use", "it has a server")
		c := &transport.Client{Network: "unix", Addr: path, Log: discard()}
		got, err := echo.Call(t.Context(), c, "x")
		require.NoError(t, err)
		assert.Equal(t, "x", got)
		require.NoError(t, c.Close())
		require.NoError(t, srv.Shutdown(t.Context()))
		assert.Equal(t, transport.ErrServerClosed, <-served)
		_, err = os.Lstat(path)
		assert.ErrorIs(t, err, os.ErrNotExist)
	}
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	require.Error(t, new(transport.Server).ListenAndServe("unix", path))
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(kept), "a file that is no socket is not touched")
}

// The hook has the socket itself, below TLS, on both sides.
func TestTune(t *testing.T) {
	a := newAuthority()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tuned := make(chan error, 2)
	tune := func(nc net.Conn) error {
		tcp := nc.(*net.TCPConn)
		err := errors.Join(tcp.SetNoDelay(true), tcp.SetLinger(3), tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute}))
		tuned <- err
		return err
	}
	srv := &transport.Server{Tune: tune, Log: discard()}
	go srv.ServeTLS(l, a.serverTLS("127.0.0.1"))
	defer srv.Close()
	client := &transport.Client{Addr: l.Addr().String(), TLS: a.clientTLS("127.0.0.1"), Tune: tune, Log: discard()}
	defer client.Close()
	require.NoError(t, client.Connect(t.Context()))
	assert.NoError(t, <-tuned)
	assert.NoError(t, <-tuned)
}

func TestTuneThatFails(t *testing.T) {
	no := errors.New("no")
	a, b := fuzz.Pipe()
	srv := &transport.Server{Tune: func(net.Conn) error { return no }, Log: discard()}
	assert.Equal(t, no, srv.ServeConn(b))
	c := &transport.Client{Tune: func(net.Conn) error { return no }, Dial: func(context.Context) (net.Conn, error) { return a, nil }}
	err := c.Connect(t.Context())
	requireError(t, err, transport.Unavailable, transport.NotSent)
	assert.ErrorIs(t, err, no)
	for _, nc := range []net.Conn{a, b} {
		_, err := nc.Write([]byte{1})
		assert.ErrorIs(t, err, net.ErrClosed)
	}
}
