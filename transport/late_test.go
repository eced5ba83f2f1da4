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

// late is a connection on which the end of the peer is heard late.
type late struct {
	*fuzz.Conn
	by time.Duration
}

func (c late) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		time.Sleep(c.by)
	}
	return n, err
}

// A call that comes when the client is leaving an idle connection goes over another, at once.
func TestCallOnAConnectionThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // of the bubble
		srv := &transport.Server{Log: discard()}
		echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
		l := new(fuzz.Listener)
		go srv.Serve(l)
		defer srv.Close()
		dials := 0
		client := &transport.Client{Log: discard(), Limits: transport.Limits{IdleTimeout: time.Minute},
			Dial: func(ctx context.Context) (net.Conn, error) {
				dials++
				nc, err := l.Dial(ctx)
				if err != nil {
					return nil, err
				}
				return late{nc.(*fuzz.Conn), 5 * time.Second}, nil
			}}
		defer client.Close()
		_, err := echo.Call(t.Context(), client, "x")
		require.NoError(t, err)
		time.Sleep(time.Minute + 100*time.Millisecond) // the client has hung up, and not heard the same of the server
		began := time.Now()
		s, err := echo.Call(t.Context(), client, "y")
		require.NoError(t, err)
		assert.Equal(t, "y", s)
		assert.Equal(t, 2, dials)
		assert.LessOrEqual(t, time.Since(began), transport.DefaultBackoff)
	})
}

// Notifies keep a connection from being idle on the side that sends them, too.
func TestNotifiesAreNotIdle(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.Limits.IdleTimeout = 10 * time.Second
	}, func(t *testing.T, w *world) {
		news := transport.Notify[string]("news")
		came := 0
		news.Handle(w.client, func(context.Context, string) error { came++; return nil })
		feed := transport.Unary[string, string]("feed")
		feed.Handle(w.server, func(ctx context.Context, _ string) (string, error) {
			c := transport.CallFrom(ctx).Conn
			go func() {
				for range 30 {
					time.Sleep(time.Second)
					_ = news.Send(context.Background(), c, "x") // what does not arrive is not counted
				}
			}()
			return "", nil
		})
		_, err := feed.Call(t.Context(), w.client, "")
		require.NoError(t, err)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		assert.Equal(t, 30, came)
	})
}
