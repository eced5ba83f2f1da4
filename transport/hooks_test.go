package transport_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// A hook that ends its goroutine, as a test that fails in one does, ends no more than that.
func TestHookThatEndsItsGoroutine(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.ConnState = func(_ *transport.Conn, s transport.ConnState) {
			if s == transport.StateClosed {
				runtime.Goexit()
			}
		}
	}, func(t *testing.T, w *world) {
		_, err := echo.Call(t.Context(), w.client, "x")
		require.NoError(t, err)
		require.NoError(t, w.server.Close())
		synctest.Wait()
	})
}

// An interceptor that panics around a message of a group, where nobody could recover, is logged.
func TestGroupOutlivesAnInterceptor(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.Interceptors = []transport.Interceptor{func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			if call.Side == transport.Outgoing {
				panic("on purpose")
			}
			return next(ctx)
		}}
	}, func(t *testing.T, w *world) {
		g := &transport.Group[string]{Method: transport.Notify[string]("news")}
		join := transport.Unary[string, bool]("join")
		join.Handle(w.server, func(ctx context.Context, _ string) (bool, error) { return g.Add(transport.CallFrom(ctx).Conn), nil })
		_, err := join.Call(t.Context(), w.client, "")
		require.NoError(t, err)
		g.Send("x")
		synctest.Wait()
		assert.Contains(t, w.logs.String(), "on purpose")
	})
}

// wild is an Observer that panics.
type wild struct{}

func (wild) Call(ctx context.Context, _ *transport.Call) (context.Context, func(error)) {
	return ctx, func(error) {}
}
func (wild) Conn(*transport.Conn, transport.ConnState) { panic("on purpose") }
func (wild) Limit(*transport.Conn, transport.Limit)    { panic("on purpose") }

// An observer or a tap that panics is logged, and the call goes on.
func TestObserverAndTapThatPanic(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.Observer = wild{}
		w.server.Limits.IdleTimeout = 10 * time.Second // which ends in a goroutine of the server
		w.server.Tap = func(transport.Envelope) { panic("by the tap") }
	}, func(t *testing.T, w *world) {
		_, err := echo.Call(t.Context(), w.client, "x")
		require.NoError(t, err)
		time.Sleep(time.Minute)
		assert.Contains(t, w.logs.String(), "on purpose")
		assert.Contains(t, w.logs.String(), "by the tap")
	})
}
