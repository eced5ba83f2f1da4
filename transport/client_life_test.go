package transport_test

import (
	"context"
	"net"
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

func TestClientShutdownLosesNoCall(t *testing.T) {
	inWorld(t, handleSlow, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for i := range 20 {
			calls.Go(func() {
				got, err := slow.Call(t.Context(), w.client, time.Duration(i)*time.Second)
				assert.NoError(t, err)
				assert.Equal(t, "done", got)
			})
		}
		synctest.Wait()
		start := time.Now()
		require.NoError(t, w.client.Shutdown(t.Context()))
		assert.Equal(t, 19*time.Second, time.Since(start), "it waits for the last call and no longer")
		calls.Wait()
		_, err := echo.Call(t.Context(), w.client, "late")
		requireError(t, err, transport.Unavailable, transport.NotSent)
		require.NoError(t, w.client.Shutdown(t.Context()), "twice does no harm")
		synctest.Wait()
		assert.Zero(t, w.server.Stats().Conns)
	})
}

func TestClientShutdownEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		block.Handle(w.client, func(ctx context.Context, s string) (string, error) {
			<-ctx.Done()
			w.causes <- context.Cause(ctx)
			return s, ctx.Err()
		})
		ask.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			return block.Call(ctx, transport.CallFrom(ctx).Conn, s)
		})
	}, func(t *testing.T, w *world) {
		result := make(chan error, 1)
		go func() {
			_, err := ask.Call(t.Context(), w.client, "x")
			result <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, w.client.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))
		assert.ErrorIs(t, <-w.causes, transport.ErrDraining, "the handlers of the client have been told")
		requireError(t, <-result, transport.Unavailable, transport.MaybeExecuted)
	})
}

func TestConnectThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return a, nil }, Log: discard()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		requireError(t, c.Connect(ctx), transport.DeadlineExceeded, transport.NotSent)
		time.AfterFunc(time.Second, b.Reset)
		requireError(t, c.Connect(t.Context()), transport.Unavailable, transport.NotSent)
		require.NoError(t, c.Close())
	})
}

// What a server's hello allows is what holds: calls that were made before it are not refused for good, however few it allows.
func TestCallsBeforeTheHelloAreNotRefused(t *testing.T) {
	inWorld(t, func(w *world) { w.server.Limits.MaxInFlight = 2; handleSlow(w) }, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for range 200 {
			calls.Go(func() {
				_, err := slow.Call(t.Context(), w.client, time.Second)
				assert.NoError(t, err)
			})
		}
		calls.Wait()
		assert.EqualValues(t, 200, w.server.Stats().CallsIn)
	})
}

func TestServerThatCannotIntroduceItself(t *testing.T) {
	_, b := fuzz.Pipe()
	srv := &transport.Server{Metadata: transport.Metadata{"k": strings.Repeat("x", 17<<10)}, Log: discard()}
	assert.ErrorIs(t, srv.ServeConn(b), transport.LimitMetadata)
	_, err := b.Write([]byte{1})
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestNamesOfStatesAndKinds(t *testing.T) {
	assert.Equal(t, "closed", transport.StateClosed.String())
	assert.Equal(t, "unknown state", transport.ConnState(0).String())
	assert.Equal(t, "unary", transport.CallUnary.String())
	assert.Equal(t, "notify", transport.CallNotify.String())
	assert.Equal(t, "unknown kind", transport.CallKind(99).String())
	assert.Equal(t, "outcome 9", transport.Outcome(9).String())
}
