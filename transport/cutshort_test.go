package transport_test

import (
	"context"
	"io"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// A stream of which the caller has not read all when its context ends does not end like one that is complete.
func TestStreamThatIsCutShortSaysSo(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		count := transport.ServerStream[int, int]("count")
		count.Handle(w.server, func(_ context.Context, n int, send func(int) error) error {
			for i := range n {
				if err := send(i); err != nil {
					return err
				}
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		got, last := 0, error(nil)
		for _, err := range count.Call(ctx, w.client, 10) {
			if last = err; err == nil {
				got++
			}
			time.Sleep(time.Second)
		}
		assert.Equal(t, 4, got)
		assert.ErrorIs(t, last, context.DeadlineExceeded)
	})
}

// What is canceled behind its answer, and not read to the end, does not end like one that is complete either.
func TestStreamThatIsCanceledBehindItsAnswer(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		say := transport.Bidi[int, int]("say")
		say.Handle(w.server, func(_ context.Context, _ iter.Seq2[int, error], send func(int) error) error { return send(1) })
		call, err := say.Call(t.Context(), w.client)
		require.NoError(t, err)
		synctest.Wait()
		call.Cancel()
		var n int
		assert.ErrorIs(t, call.Receive(&n), context.Canceled)

		call, err = say.Call(t.Context(), w.client)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, call.Receive(&n))
		require.Equal(t, io.EOF, call.Receive(&n))
		call.Cancel()
		assert.Equal(t, io.EOF, call.Receive(&n))
	})
}

// A call that was answered stays so, whoever cancels it later, inside interceptors too.
func TestCancelBehindTheAnswer(t *testing.T) {
	for _, around := range []bool{false, true} {
		inWorld(t, func(w *world) {
			if around {
				w.client.Interceptors = []transport.Interceptor{func(ctx context.Context, _ *transport.Call, next func(context.Context) error) error {
					return next(ctx)
				}}
			}
		}, func(t *testing.T, w *world) {
			up := transport.ClientStream[string, string]("up")
			up.Handle(w.server, func(_ context.Context, in iter.Seq2[string, error]) (string, error) { return "done", nil })
			call, err := up.Call(t.Context(), w.client)
			require.NoError(t, err)
			synctest.Wait() // it is answered
			call.Cancel()
			s, err := call.Finish()
			assert.NoError(t, err, around)
			assert.Equal(t, "done", s, around)
		})
	}
}
