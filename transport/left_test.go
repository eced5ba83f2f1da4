package transport_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// A call that is left early gives its metadata to nobody who does not wait for them. The race detector looks on.
func TestForwardThatIsLeft(t *testing.T) {
	inWorld(t, func(w *world) {
		transport.HandleUnknownStream(w.server, func(ctx context.Context, in iter.Seq2[transport.Payload, error], send func(transport.Payload) error) error {
			return transport.Forward(ctx, transport.CallFrom(ctx).Conn, in, send)
		})
		w.server.Interceptors = []transport.Interceptor{func(ctx context.Context, _ *transport.Call, next func(context.Context) error) error {
			return next(ctx)
		}}
	}, func(t *testing.T, w *world) {
		chat := transport.Bidi[string, string]("chat")
		chat.Handle(w.client, func(ctx context.Context, in iter.Seq2[string, error], send func(string) error) error {
			for send(strings.Repeat("x", 1000)) == nil { // until the caller, who does not read, has gone
			}
			return nil
		})
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			call, err := chat.Call(ctx, w.client)
			require.NoError(t, err)
			_ = call
			synctest.Wait()
			cancel()
			time.Sleep(time.Second)
		}
	})
}
