package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// ask is a method whose handler each test sets.
var ask = transport.Unary[string, string]("ask")

func TestMetadataGoBothWays(t *testing.T) {
	inWorld(t, func(w *world) {
		ask.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			call := transport.CallFrom(ctx)
			call.Reply = transport.Metadata{"seen": call.Metadata.String(), "binary": "\x00\xff"}
			if s == "fail" {
				return "", transport.Errorf(transport.NotFound, "no")
			}
			return s, nil
		})
	}, func(t *testing.T, w *world) {
		var reply transport.Metadata
		ctx := transport.WithReplyMetadata(t.Context(), &reply)
		ctx = transport.WithMetadata(ctx, transport.Metadata{"trace": "7", "a": ""})
		want := transport.Metadata{"seen": `a="" trace="7"`, "binary": "\x00\xff"}
		_, err := ask.Call(ctx, w.client, "")
		require.NoError(t, err)
		assert.Equal(t, want, reply)
		reply = nil
		_, err = ask.Call(ctx, w.client, "fail")
		requireError(t, err, transport.NotFound, transport.Answered)
		assert.Equal(t, want, reply, "errors carry them too")
		_, err = echo.Call(ctx, w.client, "")
		require.NoError(t, err)
		assert.Nil(t, reply, "no metadata of an earlier call are left")
	})
}

func TestMetadataWithinLimits(t *testing.T) {
	many := transport.Metadata{}
	for i := range 101 {
		many[strings.Repeat("k", i+1)] = ""
	}
	inWorld(t, func(w *world) {
		ask.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			transport.CallFrom(ctx).Reply = many
			return "", nil
		})
	}, func(t *testing.T, w *world) {
		tests := []struct {
			name string
			md   transport.Metadata
			code transport.Code
		}{
			{"too many", many, transport.ResourceExhausted},
			{"too large", transport.Metadata{"k": strings.Repeat("x", 16<<10)}, transport.ResourceExhausted},
			{"key without characters", transport.Metadata{"": "x"}, transport.InvalidArgument},
			{"key with a space", transport.Metadata{"a b": "x"}, transport.InvalidArgument},
			{"key that is too long", transport.Metadata{strings.Repeat("k", 256): "x"}, transport.InvalidArgument},
		}
		for _, tt := range tests {
			ctx := transport.WithMetadata(t.Context(), tt.md)
			_, err := echo.Call(ctx, w.client, "x")
			requireError(t, err, tt.code, transport.NotSent)
			requireError(t, say.Send(ctx, w.client, "x"), tt.code, transport.NotSent)
		}
		assert.EqualValues(t, 4, w.client.Stats().Over(transport.LimitMetadata))
		largest := transport.Metadata{"k": strings.Repeat("x", 16<<10-5)}
		_, err := bytes.Call(transport.WithMetadata(t.Context(), largest), w.client, make([]byte, 1<<20-5))
		require.NoError(t, err, "the largest of both fits into a frame")
		_, err = ask.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.Internal, transport.Answered)
		w.assertWorks(t)
	})
}

type stateKey struct{}

func TestWhatAHandlerKnowsAboutItsConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Credentials = func(context.Context) ([]byte, error) { return []byte("secret"), nil }
		w.client.Metadata = transport.Metadata{"name": "test"}
		w.server.Metadata = transport.Metadata{"name": "server"}
		w.server.Authenticate = func(_ context.Context, c *transport.Conn) (any, error) {
			assert.Nil(t, c.Identity())
			return "user of " + string(c.Credentials()), nil
		}
		w.server.BaseContext = func(l net.Listener) context.Context {
			assert.Equal(t, w.listener, l)
			return context.WithValue(context.Background(), stateKey{}, new(int))
		}
		w.server.ConnContext = func(ctx context.Context, c *transport.Conn) context.Context {
			assert.NotNil(t, c.Identity(), "it is called after Authenticate")
			assert.NotNil(t, ctx.Value(stateKey{}), "and gets the base context")
			return context.WithValue(ctx, stateKey{}, new(int))
		}
		ask.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			call := transport.CallFrom(ctx)
			assert.Equal(t, "ask", call.Method)
			assert.Equal(t, transport.CallUnary, call.Kind)
			assert.Equal(t, "user of secret", call.Conn.Identity())
			assert.Equal(t, transport.Metadata{"name": "test"}, call.Conn.PeerMetadata())
			assert.Equal(t, "pipe:0", call.Conn.LocalAddr().String())
			assert.Equal(t, "pipe:1", call.Conn.RemoteAddr().String())
			assert.Nil(t, call.Conn.TLS())
			*ctx.Value(stateKey{}).(*int)++ // state of the connection
			return string(rune('0' + *ctx.Value(stateKey{}).(*int))), nil
		})
	}, func(t *testing.T, w *world) {
		for _, want := range []string{"1", "2"} {
			got, err := ask.Call(t.Context(), w.client, "")
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		assert.Nil(t, transport.CallFrom(t.Context()))
	})
}

// tlsConn is a connection that says it is one of TLS.
type tlsConn struct{ net.Conn }

func (tlsConn) ConnectionState() tls.ConnectionState {
	return tls.ConnectionState{ServerName: "demarc"}
}

func TestTLSState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &transport.Server{Log: discard()}
		ask.Handle(srv, func(ctx context.Context, s string) (string, error) {
			return transport.CallFrom(ctx).Conn.TLS().ServerName, nil
		})
		a, b := fuzz.Pipe()
		go srv.ServeConn(tlsConn{b})
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return a, nil }}
		got, err := ask.Call(t.Context(), c, "")
		require.NoError(t, err)
		assert.Equal(t, "demarc", got)
		require.NoError(t, c.Close())
	})
}

func TestAuthenticateTurnsDown(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code transport.Code
		says string
	}{
		{"an error of one's own", errors.New("user 7 has no password"), transport.Unauthenticated, "who are you?"},
		{"a panic", nil, transport.Internal, "authentication failed"},
		{"an *Error", transport.Errorf(transport.PermissionDenied, "not on Sundays"), transport.PermissionDenied, "not on Sundays"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.server.Authenticate = func(context.Context, *transport.Conn) (any, error) {
					if tt.err == nil {
						panic("on purpose")
					}
					return nil, tt.err
				}
				ask.Handle(w.server, func(context.Context, string) (string, error) { panic("executed") })
			}, func(t *testing.T, w *world) {
				_, err := ask.Call(t.Context(), w.client, "x")
				require.ErrorIs(t, err, &transport.Error{Code: tt.code})
				var e *transport.Error
				require.ErrorAs(t, err, &e)
				assert.Contains(t, []transport.Outcome{transport.NotSent, transport.Refused}, e.Outcome, "certainly not executed")
				assert.ErrorContains(t, err, tt.says)
				assert.NotContains(t, err.Error(), "password")
				time.Sleep(10 * time.Second)
				if tt.err != nil {
					assert.Contains(t, w.logs.String(), tt.err.Error(), "the log knows why")
				} else {
					assert.Contains(t, w.logs.String(), "on purpose")
				}
				assert.NotContains(t, w.logs.String(), "executed")
			})
		})
	}
}

func TestAuthenticateHasItsTime(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.Authenticate = func(ctx context.Context, c *transport.Conn) (any, error) {
			<-ctx.Done()
			assert.ErrorIs(t, context.Cause(ctx), transport.LimitHello)
			return nil, ctx.Err()
		}
	}, func(t *testing.T, w *world) {
		start := time.Now()
		_, err := echo.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.Unauthenticated, transport.Refused)
		assert.Equal(t, transport.DefaultHelloTimeout, time.Since(start))
	})
}

// Whoever hangs up does not wait for Authenticate, nor does the server's Close.
func TestAuthenticateEndsWithTheConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.Limits.HelloTimeout = -1
		w.server.Authenticate = func(ctx context.Context, c *transport.Conn) (any, error) { <-ctx.Done(); return nil, ctx.Err() }
	}, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		synctest.Wait()
		require.NoError(t, w.server.Close())
		require.NoError(t, w.server.Shutdown(t.Context()), "all are gone")
	})
}

func TestCredentialsThatFail(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Credentials = func(context.Context) ([]byte, error) { return nil, assert.AnError }
	}, func(t *testing.T, w *world) {
		_, err := echo.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.Unauthenticated, transport.NotSent)
		require.ErrorIs(t, err, assert.AnError)
		w.client.Credentials = func(context.Context) ([]byte, error) { return make([]byte, 16<<10), nil }
		_, err = echo.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.ResourceExhausted, transport.NotSent)
		require.ErrorIs(t, err, transport.LimitMetadata)
	})
}

func TestConnStates(t *testing.T) {
	states := make(chan string, 10)
	inWorld(t, func(w *world) {
		w.server.ConnState = func(c *transport.Conn, s transport.ConnState) {
			states <- s.String()
			if s == transport.StateDraining {
				assert.NoError(t, c.Close(), "a hook may close the connection")
			}
		}
	}, func(t *testing.T, w *world) {
		w.assertWorks(t)
		require.NoError(t, w.server.Shutdown(t.Context()))
		synctest.Wait()
		close(states)
		var told []string
		for s := range states {
			told = append(told, s)
		}
		assert.Equal(t, []string{"new", "active", "draining", "closed"}, told)
	})
}

func TestConnectionEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &transport.Server{Log: discard()}
		causes := make(chan error, 1)
		block.Handle(srv, func(ctx context.Context, s string) (string, error) {
			assert.Equal(t, "mine", ctx.Value(stateKey{}))
			<-ctx.Done()
			causes <- context.Cause(ctx)
			time.Sleep(time.Second) // too late to answer
			return "", nil
		})
		a, b := fuzz.Pipe()
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), stateKey{}, "mine"))
		served := make(chan error, 1)
		go func() { served <- srv.ServeConnContext(ctx, b) }()
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return a, nil }, Log: discard()}
		time.AfterFunc(time.Minute, func() { cancel(enough) })
		_, err := block.Call(t.Context(), c, "x")
		requireError(t, err, transport.Unavailable, transport.MaybeExecuted)
		assert.ErrorIs(t, <-served, enough)
		assert.ErrorIs(t, <-causes, enough)
		require.NoError(t, c.Close())
		time.Sleep(time.Minute)
	})
}
