package transport_test

import (
	"context"
	"io"
	"iter"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// inProxiedWorld runs test with a client of a proxy in front of the server of w, which serves streams.
func inProxiedWorld(t *testing.T, test func(t *testing.T, w *world, proxied *transport.Client)) {
	t.Helper()
	inWorld(t, streams, func(t *testing.T, w *world) {
		proxy := &transport.Server{Log: discard()}
		transport.HandleUnknownStream(proxy, func(ctx context.Context, in iter.Seq2[transport.Payload, error], send func(transport.Payload) error) error {
			return transport.Forward(ctx, w.client, in, send)
		})
		l := new(fuzz.Listener)
		go proxy.Serve(l)
		proxied := &transport.Client{Dial: l.Dial, Log: discard()}
		test(t, w, proxied)
		require.NoError(t, proxied.Close())
		require.NoError(t, proxy.Close())
	})
}

func TestStreamsThroughAProxy(t *testing.T) {
	inProxiedWorld(t, func(t *testing.T, w *world, proxied *transport.Client) {
		var reply transport.Metadata
		ctx := transport.WithReplyMetadata(t.Context(), &reply)
		got, err := collect(count.Call(ctx, proxied, 1000))
		require.NoError(t, err)
		assert.Len(t, got, 1000)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)
		got, err = collect(count.Call(ctx, proxied, -2))
		requireError(t, err, transport.OutOfRange, transport.Answered)
		assert.Len(t, got, 2)

		up, err := addAll.Call(ctx, proxied)
		require.NoError(t, err)
		for n := range 1000 {
			require.NoError(t, up.Send(n))
		}
		sum, err := up.Finish()
		require.NoError(t, err)
		assert.Equal(t, 499_500, sum)

		up, err = addAll.Call(ctx, proxied)
		require.NoError(t, err)
		require.NoError(t, up.Send(-1))
		_, err = up.Finish()
		requireError(t, err, transport.OutOfRange, transport.Answered)

		both, err := double.Call(ctx, proxied)
		require.NoError(t, err)
		var n int
		for i := 1; i < 10; i++ {
			require.NoError(t, both.Send(i))
			require.NoError(t, both.Receive(&n))
			require.Equal(t, 2*i, n)
		}
		require.NoError(t, both.CloseSend())
		require.NoError(t, both.Receive(&n))
		require.Equal(t, io.EOF, both.Receive(&n))

		_, err = collect(transport.ServerStream[int, int]("nowhere").Call(ctx, proxied, 1))
		requireError(t, err, transport.Unimplemented, transport.Answered)
		_, err = echo.Call(ctx, proxied, "x")
		requireError(t, err, transport.Unimplemented, transport.Refused)
	})
}

// What the caller cancels ends behind the proxy, too.
func TestProxiedStreamsAreCanceled(t *testing.T) {
	inProxiedWorld(t, func(t *testing.T, w *world, proxied *transport.Client) {
		for _, err := range flood.Call(t.Context(), proxied, 1000) {
			require.NoError(t, err)
			break
		}
		assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
		up, err := unread.Call(t.Context(), proxied)
		require.NoError(t, err)
		require.NoError(t, up.Send(make([]byte, 1000)))
		synctest.Wait()
		up.Cancel()
		assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
		both, err := double.Call(t.Context(), proxied)
		require.NoError(t, err)
		require.NoError(t, both.Send(1))
		require.NoError(t, both.Receive(new(int)))
		both.Cancel()
		assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
		synctest.Wait()
		assert.Zero(t, w.server.Stats().InFlight)
		assert.Zero(t, w.client.Stats().InFlight)
	})
}

// A handler of unknown methods is no handler of streams.
func TestUnknownMethodsWithStreamsAreRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		transport.HandleUnknown(w.server, func(_ context.Context, p transport.Payload) (transport.Payload, error) { return p, nil })
	}, func(t *testing.T, w *world) {
		_, err := collect(count.Call(t.Context(), w.client, 1))
		requireError(t, err, transport.Unimplemented, transport.Refused)
		handler := func(context.Context, iter.Seq2[transport.Payload, error], func(transport.Payload) error) error {
			return nil
		}
		transport.HandleUnknownStream(w.server, handler)
		assert.Panics(t, func() { transport.HandleUnknownStream(w.server, handler) })
		got, err := collect(count.Call(t.Context(), w.client, 1))
		require.NoError(t, err)
		assert.Empty(t, got)
		up, err := addAll.Call(t.Context(), w.client)
		require.NoError(t, err)
		_, err = up.Finish()
		requireError(t, err, transport.Internal, transport.Answered)
	})
}
