package transport

import (
	"container/list"
	"context"
	"math"
	"sync"
)

// slots lets through what is bounded in number and in weight: calls in flight, and notifies that the peer has not handled. There
// is room while less is taken than the bounds say, so a single heavy one always comes through. Whoever finds no room waits, and
// goes on in the order in which all came.
type slots struct {
	mu      sync.Mutex
	limit   uint64 // in number
	taken   uint64
	budget  uint64 // in weight
	weight  uint64
	waiting *list.List // of *turn; nil: nobody has waited yet
}

// turn is the place of one who waits.
type turn struct {
	weight uint64
	come   chan struct{} // closed when it is one's turn
}

// acquire takes a slot of some weight, waiting for it until ctx ends or done is closed. It reports whether it got one.
func (s *slots) acquire(ctx context.Context, weight uint64, done <-chan struct{}) bool {
	s.mu.Lock()
	if s.room() && s.waits() == 0 {
		s.take(weight)
		s.mu.Unlock()
		return true
	}
	t := &turn{weight, make(chan struct{})}
	if s.waiting == nil {
		s.waiting = list.New()
	}
	place := s.waiting.PushBack(t)
	s.mu.Unlock()
	select {
	case <-t.come:
		return true
	case <-ctx.Done():
	case <-done:
	}
	return s.leave(t, place)
}

// try takes a slot if there is one at once. It reports whether there was.
func (s *slots) try(weight uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.room() || s.waits() > 0 {
		return false
	}
	s.take(weight)
	return true
}

// leave takes someone out of the queue. If their turn has come in the meantime, they keep the slot, and leave reports true.
func (s *slots) leave(t *turn, place *list.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-t.come:
		return true
	default:
		s.waiting.Remove(place)
		return false
	}
}

// release gives a slot back.
func (s *slots) release(weight uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.weight -= weight
	s.next()
}

// setLimits changes the bounds. What is beyond a lower one goes on.
func (s *slots) setLimits(limit, budget uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.budget = limit, budget
	s.next()
}

// grant adds to the budget. It reports false, and does nothing, if more than maxCredit would be left of it.
func (s *slots) grant(amount uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.budget > math.MaxUint64-amount || s.budget+amount > s.weight+maxCredit {
		return false
	}
	s.budget += amount
	s.next()
	return true
}

// waits returns how many wait.
func (s *slots) waits() int {
	if s.waiting == nil {
		return 0
	}
	return s.waiting.Len()
}

func (s *slots) room() bool { return s.taken < s.limit && s.weight < s.budget }

func (s *slots) take(weight uint64) {
	s.taken++
	s.weight += weight
}

// next gives free slots to those who wait. s.mu is locked.
func (s *slots) next() {
	for s.room() && s.waits() > 0 {
		t := s.waiting.Remove(s.waiting.Front()).(*turn)
		s.take(t.weight)
		close(t.come)
	}
}
