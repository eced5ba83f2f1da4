package frame

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// turn is a lock whose waiters obey a context, and wait as testing/synctest understands it, which for a sync.Mutex they do not.
// Whoever waits longest has it next. Without a second goroutine it costs what a mutex costs.
type turn struct {
	state   atomic.Int32
	mu      sync.Mutex      // held for moments only, for what follows and for changes of state from or to contended
	waiting []chan struct{} // closed when the turn has come
}

// The states of a turn.
const (
	free      = 0
	taken     = 1
	contended = 2 // taken, and somebody may be waiting
)

// lock takes the turn.
func (t *turn) lock() {
	if !t.state.CompareAndSwap(free, taken) {
		t.wait()
	}
}

//go:noinline
func (t *turn) wait() {
	if come := t.queue(); come != nil {
		<-come
	}
}

// lockContext takes the turn. The error is ctx's cause, if ctx ends first.
func (t *turn) lockContext(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if t.state.CompareAndSwap(free, taken) {
		return nil
	}
	come := t.queue()
	if come == nil {
		return nil
	}
	select {
	case <-come:
		return nil
	case <-ctx.Done():
	}
	if t.leave(come) {
		return context.Cause(ctx)
	}
	return nil
}

// queue returns a channel that is closed when the turn has come, or nil if it has come already.
func (t *turn) queue() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.Swap(contended) == free {
		return nil
	}
	come := make(chan struct{})
	t.waiting = append(t.waiting, come)
	return come
}

// leave gives up waiting. It reports false if the turn has come in the meantime.
func (t *turn) leave(come chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting, come)
	if i < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return true
}

// unlock gives the turn to the next.
func (t *turn) unlock() {
	if !t.state.CompareAndSwap(taken, free) {
		t.handOver()
	}
}

func (t *turn) handOver() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.state.Store(free)
		return
	}
	close(t.waiting[0])
	t.waiting = t.waiting[1:]
}
