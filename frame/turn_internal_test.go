package frame

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// However many come and give up, one at a time has the turn, those who wait get it in order, and in the end it is free.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turn turn
		var has int
		var order []int
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				patience := time.Duration(i%7+1) * 10 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := turn.lockContext(ctx); err != nil {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
					return
				}
				has++
				assert.Equal(t, 1, has)
				order = append(order, i)
				time.Sleep(15 * time.Millisecond)
				has--
				turn.unlock()
			})
			synctest.Wait() // so that they come in order
		}
		all.Wait()
		assert.Less(t, len(order), 50, "some gave up")
		assert.IsIncreasing(t, order)
		assert.EqualValues(t, free, turn.state.Load())
		turn.lock()
		turn.unlock()
	})
}
