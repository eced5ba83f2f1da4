package codec_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

var errEnough = errors.New("enough")

// The end of a context interrupts Receive, and loses nothing: not even if the cause looks like a bad message.
func TestReceiveEndsWithItsContext(t *testing.T) {
	for _, cause := range []error{errEnough, &codec.Error{Err: codec.ErrTag}, &frame.Error{Err: errEnough, Skipped: true}} {
		synctest.Test(t, func(t *testing.T) {
			near, far := streams[note, note](t, nil)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(cause) })
			start, errs := time.Now(), 0
			for _, err := range near.All(ctx) {
				require.ErrorIs(t, err, cause)
				errs++
			}
			assert.Equal(t, 1, errs)
			assert.Equal(t, time.Hour, time.Since(start))
			require.NoError(t, far.Send(t.Context(), note{ID: 1}))
			got, err := near.Receive(t.Context())
			require.NoError(t, err)
			assert.Equal(t, note{ID: 1}, got)
		})
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := streams[note, note](t, nil)
		near.Conn().WriteTimeout = -1
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		err := near.Send(ctx, note{Text: strings.Repeat("x", 1<<20-100)}) // more than the pipe holds
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Error(t, near.Send(t.Context(), note{}), "half a frame was written")
	})
}

func TestCloseEndsAllCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := streams[note, note](t, nil)
		done := make(chan error)
		go func() {
			_, err := near.Receive(t.Context())
			done <- err
		}()
		synctest.Wait()
		require.NoError(t, near.Close())
		assert.ErrorIs(t, <-done, net.ErrClosed)
		assert.ErrorIs(t, near.Send(t.Context(), note{}), net.ErrClosed)
	})
}

// However the bytes are cut, and from however many goroutines they come, each goroutine's messages arrive whole and in order.
func TestManyGoroutinesSend(t *testing.T) {
	a, b := fuzz.Pipe()
	b.SetReadPlan(fuzz.Plan{1, 2, 3, 5, 7, fuzz.Repeat})
	near := codec.NewStream[Message, Message](frame.NewConn(a, frame.Varint{}), chat)
	far := codec.NewStream[Message, Message](frame.NewConn(b, frame.Varint{}), chat)
	const senders, messages = 4, 50
	var wg sync.WaitGroup
	for g := range senders {
		wg.Go(func() {
			for i := range messages {
				assert.NoError(t, near.Send(t.Context(), Say{fmt.Sprintf("%d %d", g, i)}))
			}
		})
	}
	go func() {
		wg.Wait()
		assert.NoError(t, near.CloseWrite())
	}()
	var next [senders]int
	for m, err := range far.All(t.Context()) {
		require.NoError(t, err)
		var g, i int
		_, err := fmt.Sscanf(m.(Say).Text, "%d %d", &g, &i)
		require.NoError(t, err)
		require.Equal(t, next[g], i)
		next[g]++
	}
	assert.Equal(t, [senders]int{messages, messages, messages, messages}, next)
}
