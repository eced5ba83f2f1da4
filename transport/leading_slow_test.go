package transport

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/fuzz"
)

// While a caller who leads waits for long, the goroutine of run sleeps, and gets the role from the caller.
func TestLeaderWhoWaitsForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, _ := fuzz.Pipe()
		c := newConn(context.Background(), nc, &config{codec: codec.Msgpack{}, limits: Limits{}.effective()}, true)
		defer c.end(errFinished)
		c.role.wake, c.role.lone = make(chan struct{}, 1), true
		over := make(chan error, 1)
		go func() { over <- c.park() }()
		synctest.Wait()
		c.mu.Lock()
		require.True(t, c.takeRole(true))
		c.mu.Unlock()
		time.Sleep(time.Minute)
		c.mu.Lock()
		assert.True(t, c.role.slow)
		c.mu.Unlock()
		c.handBack()
		synctest.Wait()
		select {
		case err := <-over:
			assert.NoError(t, err)
		default:
			t.Error("nobody reads")
		}
	})
}
