package frame_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A write that waits for another obeys its context, and time passes meanwhile, in a bubble too.
func TestWaitingWriterObeysItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		require.NoError(t, peer.SetReadBuffer(10))
		first := make(chan error, 1)
		go func() { first <- c.WriteFrame(make([]byte, 100)) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		assert.ErrorIs(t, c.WriteFrameContext(ctx, []byte("hi")), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		assert.ErrorIs(t, <-first, frame.ErrWriteTimeout, "the first write is not harmed by the other's context")
		assert.Equal(t, frame.DefaultWriteTimeout, time.Since(start))
	})
}
