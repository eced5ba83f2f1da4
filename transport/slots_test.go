package transport

import (
	"context"
	"math"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newSlots returns slots that bound the number only.
func newSlots(limit uint64) *slots { return &slots{limit: limit, budget: math.MaxUint64} }

func TestSlotsServeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1)
		require.True(t, s.acquire(t.Context(), 1, nil))
		var order []int
		for i := range 3 {
			go func() {
				if s.acquire(t.Context(), 1, nil) {
					order = append(order, i) // one after another, as there is one slot
					s.release(1)
				}
			}()
			synctest.Wait()
		}
		s.release(1)
		synctest.Wait()
		assert.Equal(t, []int{0, 1, 2}, order)
		assert.Zero(t, s.taken)
		assert.Zero(t, s.weight)
	})
}

func TestSlotsForgetWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1)
		require.True(t, s.acquire(t.Context(), 1, nil))
		ctx, cancel := context.WithCancel(t.Context())
		left, got := make(chan bool, 1), make(chan bool, 1)
		go func() { left <- s.acquire(ctx, 1, nil) }()
		synctest.Wait()
		go func() { got <- s.acquire(t.Context(), 1, nil) }()
		synctest.Wait()
		cancel()
		assert.False(t, <-left)
		s.release(1)
		assert.True(t, <-got)
		s.release(1)
		assert.Zero(t, s.taken)
	})
}

func TestSlotsFollowTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(0)
		got := make(chan bool, 4)
		for range 4 {
			go func() { got <- s.acquire(t.Context(), 10, nil) }()
		}
		synctest.Wait()
		require.Empty(t, got)
		s.setLimits(2, math.MaxUint64)
		synctest.Wait()
		assert.Len(t, got, 2)
		s.setLimits(4, 21)
		synctest.Wait()
		assert.Len(t, got, 3, "one more, as 20 are less than 21")
		require.True(t, s.grant(10))
		synctest.Wait()
		assert.Len(t, got, 4)
	})
}

// The budget may be overdrawn by one: so a heavy one always comes through, alone.
func TestSlotsLetAHeavyOneThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slots{limit: 10, budget: 100}
		require.True(t, s.acquire(t.Context(), 1000, nil))
		got := make(chan bool, 1)
		go func() { got <- s.acquire(t.Context(), 1, nil) }()
		synctest.Wait()
		require.Empty(t, got)
		s.release(1000)
		assert.True(t, <-got)
	})
}

func TestSlotsGrantNoMoreThanCredit(t *testing.T) {
	s := &slots{limit: math.MaxUint64, budget: 1}
	assert.True(t, s.grant(maxCredit-1))
	assert.False(t, s.grant(1))
	require.True(t, s.acquire(t.Context(), 5, nil))
	assert.True(t, s.grant(5))
	assert.False(t, s.grant(math.MaxUint64))
}

func TestSlotsEndWithTheConnection(t *testing.T) {
	done := make(chan struct{})
	close(done)
	s := newSlots(0)
	assert.False(t, s.acquire(t.Context(), 1, done))
	assert.Zero(t, s.waiting.Len())
}
