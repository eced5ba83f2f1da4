package transport

import "sync"

// ConnState is how far a connection has come. It only rises.
type ConnState int

// The states of a connection.
const (
	StateNew      ConnState = iota + 1 // it has been accepted, or dialed
	StateActive                        // the peer has introduced itself and was let in; calls are made
	StateDraining                      // one side takes no more calls
	StateClosed                        // it is over
)

// String names the state, such as "active".
func (s ConnState) String() string {
	switch s {
	case StateNew:
		return "new"
	case StateActive:
		return "active"
	case StateDraining:
		return "draining"
	case StateClosed:
		return "closed"
	}
	return "unknown state"
}

// stateTeller tells a hook how far a connection has come: each state at most once, in their order, one after the other.
type stateTeller struct {
	tell func(ConnState) // nil: nobody wants to know

	mu      sync.Mutex
	highest ConnState
	queue   []ConnState // to be told
	telling bool
}

func (t *stateTeller) rise(to ConnState) {
	if t.tell == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if to <= t.highest {
		return
	}
	t.highest = to
	t.queue = append(t.queue, to)
	if t.telling {
		return
	}
	t.telling = true
	for len(t.queue) > 0 {
		next := t.queue[0]
		t.queue = t.queue[1:]
		t.tellUnlocked(next)
	}
	t.telling = false
}

// tellUnlocked tells the hook, without the lock, as it may close the connection, and takes the lock again however the hook ends.
func (t *stateTeller) tellUnlocked(s ConnState) {
	t.mu.Unlock()
	defer t.mu.Lock()
	t.tell(s)
}
