package transport_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// volley is a method of both sides, whose handler calls the other side as often as is left.
var volley = transport.Unary[int, []string]("volley")

// volleyStream is the same with streams.
var volleyStream = transport.Bidi[int, string]("volleyStream")

func handleVolley(r transport.Registrar, name string) {
	volley.Handle(r, func(ctx context.Context, left int) (names []string, err error) {
		if left > 1 {
			names, err = volley.Call(ctx, transport.CallFrom(ctx).Conn, left-1)
		}
		return append(names, name), err
	})
	volleyStream.Handle(r, func(ctx context.Context, in iter.Seq2[int, error], send func(string) error) error {
		for left, err := range in {
			if err != nil {
				return err
			}
			if left > 1 {
				call, err := volleyStream.Call(ctx, transport.CallFrom(ctx).Conn)
				if err != nil {
					return err
				}
				if err := call.Send(left - 1); err != nil {
					return err
				}
				for name, err := range call.All() {
					if err != nil {
						return err
					}
					if err := send(name); err != nil {
						return err
					}
				}
			}
			return send(name)
		}
		return nil
	})
}

// Two sides call each other from inside handlers, a hundred deep, several at once.
func TestCallsInsideCalls(t *testing.T) {
	const depth = 100
	inWorld(t, func(w *world) {
		handleVolley(w.server, "server")
		handleVolley(w.client, "client")
	}, func(t *testing.T, w *world) {
		want := make([]string, depth)
		for i := range want {
			want[i] = []string{"client", "server"}[i%2]
		}
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				got, err := volley.Call(t.Context(), w.client, depth)
				assert.NoError(t, err)
				assert.Equal(t, want, got)
			})
			calls.Go(func() {
				call, err := volleyStream.Call(t.Context(), w.client)
				if !assert.NoError(t, err) {
					return
				}
				assert.NoError(t, call.Send(depth))
				got, err := collect(call.All())
				assert.NoError(t, err)
				assert.Equal(t, want, got)
			})
		}
		calls.Wait()
		require.Zero(t, w.client.Stats().InFlight)
	})
}

// The server calls a client through the connection that it has kept, for as long as that is there.
func TestCallsThroughAKeptConnection(t *testing.T) {
	arrive := transport.Unary[string, struct{}]("arrive")
	inWorld(t, func(w *world) {
		handleVolley(w.client, "client")
	}, func(t *testing.T, w *world) {
		kept := make(chan *transport.Conn, 1)
		arrive.Handle(w.server, func(ctx context.Context, _ string) (none struct{}, _ error) {
			kept <- transport.CallFrom(ctx).Conn
			return none, nil
		})
		_, err := arrive.Call(t.Context(), w.client, "")
		require.NoError(t, err)
		conn := <-kept
		for range 10 {
			got, err := volley.Call(t.Context(), conn, 1)
			require.NoError(t, err)
			assert.Equal(t, []string{"client"}, got)
		}
		require.NoError(t, w.client.Close())
		synctest.Wait()
		_, err = volley.Call(t.Context(), conn, 1)
		requireError(t, err, transport.Unavailable, transport.NotSent)
	})
}
