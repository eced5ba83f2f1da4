package transport

import (
	"container/list"
	"context"
	"sync"
)

// slots bounds how many calls are in flight. The bound can change; a caller that finds no slot waits its turn.
type slots struct {
	mu      sync.Mutex
	limit   uint64
	taken   uint64
	waiting list.List // of chan struct{}: the callers that wait, in the order in which they came
}

// acquire takes a slot, waiting for one until ctx ends or done is closed. It reports whether it got one.
func (s *slots) acquire(ctx context.Context, done <-chan struct{}) bool {
	s.mu.Lock()
	if s.taken < s.limit && s.waiting.Len() == 0 {
		s.taken++
		s.mu.Unlock()
		return true
	}
	turn := make(chan struct{})
	place := s.waiting.PushBack(turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-ctx.Done():
	case <-done:
	}
	return s.leave(turn, place)
}

// leave takes a caller out of the queue. If its turn has come in the meantime, it keeps the slot, and leave reports true.
func (s *slots) leave(turn chan struct{}, place *list.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-turn:
		return true
	default:
		s.waiting.Remove(place)
		return false
	}
}

// release gives a slot back.
func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.next()
}

// setLimit changes the bound. Calls beyond a lower one go on.
func (s *slots) setLimit(limit uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	s.next()
}

// next gives free slots to those who wait. s.mu is locked.
func (s *slots) next() {
	for s.taken < s.limit && s.waiting.Len() > 0 {
		s.taken++
		close(s.waiting.Remove(s.waiting.Front()).(chan struct{}))
	}
}
