package transport

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSlotsServeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots{limit: 1}
		require.True(t, s.acquire(t.Context(), nil))
		var order []int
		for i := range 3 {
			go func() {
				if s.acquire(t.Context(), nil) {
					order = append(order, i) // one after another, as there is one slot
					s.release()
				}
			}()
			synctest.Wait()
		}
		s.release()
		synctest.Wait()
		assert.Equal(t, []int{0, 1, 2}, order)
		assert.Zero(t, s.taken)
	})
}

func TestSlotsForgetWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots{limit: 1}
		require.True(t, s.acquire(t.Context(), nil))
		ctx, cancel := context.WithCancel(t.Context())
		left, got := make(chan bool, 1), make(chan bool, 1)
		go func() { left <- s.acquire(ctx, nil) }()
		synctest.Wait()
		go func() { got <- s.acquire(t.Context(), nil) }()
		synctest.Wait()
		cancel()
		assert.False(t, <-left)
		s.release()
		assert.True(t, <-got)
		s.release()
		assert.Zero(t, s.taken)
	})
}

func TestSlotsFollowTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots{}
		got := make(chan bool, 3)
		for range 3 {
			go func() { got <- s.acquire(t.Context(), nil) }()
		}
		synctest.Wait()
		require.Empty(t, got)
		s.setLimit(2)
		synctest.Wait()
		assert.Len(t, got, 2)
		s.setLimit(3)
		synctest.Wait()
		assert.Len(t, got, 3)
	})
}

func TestSlotsEndWithTheConnection(t *testing.T) {
	done := make(chan struct{})
	close(done)
	s := slots{}
	assert.False(t, s.acquire(t.Context(), done))
	assert.Zero(t, s.waiting.Len())
}
