package transport_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// A dial that succeeds when nobody wants it any more leaves the client in order.
func TestDialThatComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // of the bubble
		srv := &transport.Server{Log: discard()}
		echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
		l := new(fuzz.Listener)
		go srv.Serve(l)
		defer srv.Close()
		client := &transport.Client{Log: discard(), Dial: func(context.Context) (net.Conn, error) {
			time.Sleep(time.Second) // and does not obey its context
			return l.Dial(context.Background())
		}}
		defer client.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := echo.Call(ctx, client, "x")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(2 * time.Second)
		s, err := echo.Call(t.Context(), client, "y")
		require.NoError(t, err)
		assert.Equal(t, "y", s)
	})
}
