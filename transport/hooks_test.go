package transport_test

import (
	"runtime"
	"testing"
	"testing/synctest"

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
