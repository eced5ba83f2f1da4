package transport_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// A hook that panics does not take the program with it.
func TestConnContextThatPanics(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.ConnContext = func(context.Context, *transport.Conn) context.Context { panic("on purpose") }
		ask.Handle(w.server, func(context.Context, string) (string, error) { panic("executed") })
	}, func(t *testing.T, w *world) {
		_, err := ask.Call(t.Context(), w.client, "x")
		require.ErrorIs(t, err, &transport.Error{Code: transport.Internal})
		assert.NotContains(t, err.Error(), "on purpose")
		time.Sleep(10 * time.Second)
		assert.Contains(t, w.logs.String(), "ConnContext panicked")
		assert.NotContains(t, w.logs.String(), "executed")
		assert.Zero(t, w.server.Stats().Conns)
	})
}

func TestConnStateThatPanics(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.ConnState = func(_ *transport.Conn, s transport.ConnState) { panic(s.String()) }
	}, func(t *testing.T, w *world) {
		w.assertWorks(t)
		require.NoError(t, w.client.Close())
		time.Sleep(10 * time.Second)
		for _, state := range []string{"panic=new", "panic=active", "panic=closed"} {
			assert.Contains(t, w.logs.String(), state)
		}
	})
}
