package transport_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/transport"
)

var fast = transport.Unary[string, string]("fast")

func TestInlineMethods(t *testing.T) {
	inWorld(t, func(w *world) {
		fast.HandleInline(w.server, func(ctx context.Context, s string) (string, error) {
			switch s {
			case "panic":
				panic("on purpose")
			case "error":
				return "", transport.Errorf(transport.NotFound, "no")
			case "deadline":
				_, has := ctx.Deadline()
				assert.True(t, has)
			}
			return s, nil
		})
	}, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				got, err := fast.Call(t.Context(), w.client, "x")
				assert.NoError(t, err)
				assert.Equal(t, "x", got)
			})
		}
		calls.Wait()
		_, err := fast.Call(t.Context(), w.client, "panic")
		requireError(t, err, transport.Internal, transport.Answered)
		_, err = fast.Call(t.Context(), w.client, "error")
		requireError(t, err, transport.NotFound, transport.Answered)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = fast.Call(ctx, w.client, "deadline")
		require.NoError(t, err)
	})
}

// The goroutine that reads never waits for the peer: it reads on although the answers find no room.
func TestInlineMethodsDoNotHoldUpTheReader(t *testing.T) {
	grow := transport.Unary[int, []byte]("grow")
	inWorld(t, func(w *world) {
		w.server.Limits.WriteTimeout = time.Hour
		grow.HandleInline(w.server, func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil })
		dialSlowly(w, time.Second)
	}, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() {
				_, err := grow.Call(t.Context(), w.client, 500<<10)
				assert.NoError(t, err)
			})
		}
		time.Sleep(10 * time.Second)
		require.NoError(t, say.Send(t.Context(), w.client, "unread answers or not"))
		synctest.Wait()
		assert.EqualValues(t, 1, w.server.Stats().NotifiesIn, "it was read")
		assert.EqualValues(t, 10, w.server.Stats().CallsIn)
		calls.Wait()
	})
}

// A handler that ends the goroutine that reads gets its call answered, and takes the connection with it.
func TestInlineMethodThatEndsTheReader(t *testing.T) {
	inWorld(t, func(w *world) {
		fast.HandleInline(w.server, func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil })
	}, func(t *testing.T, w *world) {
		_, err := fast.Call(t.Context(), w.client, "x")
		require.Error(t, err)
		time.Sleep(time.Minute)
		w.assertWorks(t)
		assert.Equal(t, 1, w.server.Stats().Conns)
	})
}

// A proxy serves methods that it does not know, and passes on what it does not understand.
func TestProxy(t *testing.T) {
	inWorld(t, func(w *world) {
		ask.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			transport.CallFrom(ctx).Reply = transport.Metadata{"from": "behind"}
			return s + "!", nil
		})
	}, func(t *testing.T, w *world) {
		proxy := &world{listener: w.listener, server: w.server, client: w.client}
		front := newProxy(proxy)
		c, done := join(front)
		defer done()
		var reply transport.Metadata
		got, err := ask.Call(transport.WithReplyMetadata(t.Context(), &reply), c, "through")
		require.NoError(t, err)
		assert.Equal(t, "through!", got)
		assert.Equal(t, transport.Metadata{"from": "behind"}, reply)
		_, err = fail.Call(t.Context(), c, "cheese")
		requireError(t, err, transport.NotFound, transport.Answered)
		_, err = transport.Unary[string, string]("nowhere").Call(t.Context(), c, "")
		requireError(t, err, transport.Unimplemented, transport.Answered)
		require.NoError(t, transport.Notify[string]("tell").Send(t.Context(), c, "x"))
		synctest.Wait()
		assert.Contains(t, w.logs.String(), "tell", "a notify came through, to a server that does not know it")
		_, err = transport.Unary[transport.Payload, transport.Payload]("echo").Call(t.Context(), c, nil)
		requireError(t, err, transport.InvalidArgument, transport.Answered) // no bytes are no msgpack
	})
}

// newProxy returns a server that passes everything on to the server of w.
func newProxy(w *world) *transport.Server {
	front := &transport.Server{Log: discard()}
	transport.HandleUnknown(front, func(ctx context.Context, request transport.Payload) (transport.Payload, error) {
		call := transport.CallFrom(ctx)
		if call.Kind == transport.CallNotify {
			return nil, transport.Notify[transport.Payload](call.Method).Send(ctx, w.client, request)
		}
		ctx = transport.WithReplyMetadata(transport.WithMetadata(ctx, call.Metadata), &call.Reply)
		return transport.Unary[transport.Payload, transport.Payload](call.Method).Call(ctx, w.client, request)
	})
	return front
}

func TestPayloadIsTheCallersOwn(t *testing.T) {
	inWorld(t, func(w *world) { w.server.Codec, w.client.Codec = codec.JSON{}, codec.JSON{} }, func(t *testing.T, w *world) {
		got, err := transport.Unary[transport.Payload, transport.Payload]("echo").Call(t.Context(), w.client, transport.Payload(`"x"`))
		require.NoError(t, err)
		_, err = echo.Call(t.Context(), w.client, "another")
		require.NoError(t, err)
		assert.Equal(t, `"x"`, string(got))
	})
}

func TestUnknownMethodsHaveOneHandler(t *testing.T) {
	srv := new(transport.Server)
	h := func(context.Context, transport.Payload) (transport.Payload, error) { return nil, nil }
	transport.HandleUnknown(srv, h)
	assert.Panics(t, func() { transport.HandleUnknown(srv, h) })
}

// The server calls the client, from inside a handler of a call of that client.
func TestCallsBothWays(t *testing.T) {
	inWorld(t, func(w *world) {
		down := transport.Unary[int, int]("down")
		up := transport.Unary[int, int]("up")
		down.Handle(w.server, func(ctx context.Context, n int) (int, error) {
			return up.Call(ctx, transport.CallFrom(ctx).Conn, n)
		})
		up.Handle(w.client, func(ctx context.Context, n int) (int, error) {
			if n == 0 {
				return 0, nil
			}
			got, err := down.Call(ctx, transport.CallFrom(ctx).Conn, n-1)
			return got + 1, err
		})
	}, func(t *testing.T, w *world) {
		got, err := transport.Unary[int, int]("down").Call(t.Context(), w.client, 100)
		require.NoError(t, err)
		assert.Equal(t, 100, got)
	})
}
