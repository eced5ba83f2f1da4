package transport_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// watcher is an Observer that notes what it is told.
type watcher struct {
	diary
	name string
}

type spanKey struct{}

func (w *watcher) Call(ctx context.Context, call *transport.Call) (context.Context, func(error)) {
	w.note("%s: %v %s begins", w.name, call.Side, call.Method)
	return context.WithValue(ctx, spanKey{}, "span of "+call.Method), func(err error) {
		w.note("%s: %v %s ends: %v", w.name, call.Side, call.Method, transport.CodeOf(err))
	}
}

func (w *watcher) Conn(_ *transport.Conn, s transport.ConnState) { w.note("%s: %v", w.name, s) }

func (w *watcher) Limit(c *transport.Conn, l transport.Limit) {
	w.note("%s: limit %s %v", w.name, l.String(), c != nil)
}

func TestObserver(t *testing.T) {
	spans := transport.Unary[string, string]("spans")
	server, client := &watcher{name: "s"}, &watcher{name: "c"}
	inWorld(t, func(w *world) {
		w.server.Observer, w.client.Observer = server, client
		w.server.Limits.MaxMessage, w.server.MaxConns = 100, 1
		w.server.Interceptors = []transport.Interceptor{server.interceptor("inner")}
		spans.Handle(w.server, func(ctx context.Context, _ string) (string, error) { return ctx.Value(spanKey{}).(string), nil })
	}, func(t *testing.T, w *world) {
		got, err := spans.Call(t.Context(), w.client, "x")
		require.NoError(t, err)
		assert.Equal(t, "span of spans", got)
		synctest.Wait()
		assert.Equal(t, []string{"s: new", "s: active", "s: incoming spans begins", `inner: incoming unary spans "x"`,
			`inner: "span of spans" ok`, "s: incoming spans ends: ok"}, server.take())
		assert.ElementsMatch(t, []string{"c: outgoing spans begins", "c: new", "c: active", "c: outgoing spans ends: ok"}, client.take())

		_, err = fail.Call(t.Context(), w.client, "panic")
		requireError(t, err, transport.Internal, transport.Answered)
		assert.Contains(t, server.take(), "s: incoming fail ends: internal")
		_, err = echo.Call(t.Context(), w.client, strings.Repeat("x", 101))
		requireError(t, err, transport.ResourceExhausted, transport.NotSent)
		assert.Contains(t, client.take(), "c: limit size of a message true")

		second := &transport.Client{Dial: w.listener.Dial, FailFast: true, Log: discard()}
		_, err = echo.Call(t.Context(), second, "x")
		require.Error(t, err)
		require.NoError(t, second.Close())
		assert.Contains(t, server.take(), "s: limit connections false")
		require.NoError(t, w.client.Close())
		synctest.Wait()
		assert.Contains(t, server.take(), "s: closed")
	})
}

func TestConns(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		assert.Empty(t, slices.Collect(w.server.Conns()))
		w.assertWorks(t)
		time.Sleep(time.Minute)
		for _, conns := range [][]*transport.Conn{slices.Collect(w.server.Conns()), slices.Collect(w.client.Conns())} {
			require.Len(t, conns, 1)
			assert.Equal(t, time.Minute, time.Since(conns[0].Since()))
			stats := conns[0].Stats()
			assert.NotZero(t, stats.BytesIn)
			assert.NotZero(t, stats.BytesOut)
			assert.EqualValues(t, 1, stats.CallsIn+stats.CallsOut)
		}
		for c := range w.server.Conns() {
			require.NoError(t, c.Close())
		}
		synctest.Wait()
		assert.Empty(t, slices.Collect(w.server.Conns()))
		assert.Empty(t, slices.Collect(w.client.Conns()))
	})
}

func TestTap(t *testing.T) {
	var server, client diary
	inWorld(t, func(w *world) {
		w.server.Tap = func(e transport.Envelope) { server.note("%v", e) }
		w.client.Tap = func(e transport.Envelope) {
			assert.NotNil(t, e.Conn)
			client.note("%v", e)
		}
	}, func(t *testing.T, w *world) {
		ctx, cancel := context.WithTimeout(transport.WithMetadata(t.Context(), transport.Metadata{"k": "v"}), time.Second)
		defer cancel()
		_, err := echo.Call(ctx, w.client, "x")
		require.NoError(t, err)
		_, err = fail.Call(t.Context(), w.client, "cheese")
		require.Error(t, err)
		require.NoError(t, say.Send(t.Context(), w.client, "hint"))
		require.NoError(t, w.client.Shutdown(t.Context()))
		synctest.Wait()
		lines := client.take()
		for _, line := range []string{`-> request 1 echo within 1s [k="v"], 2 bytes`, "<- response 1, 2 bytes", "-> request 3 fail, 7 bytes",
			"<- error 3 not_found: no cheese here", "-> notify say, 5 bytes", "-> goaway 0 ok: "} {
			assert.Contains(t, lines, line)
		}
		assert.Regexp(t, `^-> hello, \d+ bytes$`, lines[0])
		there := server.take()
		for _, line := range lines {
			if line != "<- goaway 0 ok: " { // the last words may not be heard
				turned := strings.NewReplacer("-> ", "<- ", "<- ", "-> ").Replace(line)
				assert.Contains(t, there, turned)
			}
		}
	})
}
