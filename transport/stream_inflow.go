package transport

import (
	"context"
	"io"
	"sync"
)

// inflow is the receiving half of a stream: a queue between the goroutine that reads the connection, which never waits, and the one
// that takes the messages, which lets the peer send more.
type inflow struct {
	stream *stream

	mu      sync.Mutex
	window  window
	queue   queue
	ended   bool          // the peer sends no more
	closed  bool          // nobody takes messages any more
	cut     bool          // and so some were thrown away
	waiting bool          // somebody waits for ready
	ready   chan struct{} // has room for one signal

	// Of the one who takes the messages:
	chunk *chunk // from which the last message was taken
	rest  []byte // of it
	owed  int64  // taken and not granted

	granted uint64 // what is to be said with the next write; the outbox's lock guards it
}

func newInflow(s *stream) *inflow {
	first := s.conn.budget.first
	return &inflow{stream: s, window: window{size: first, left: first, at: s.conn.pulse.now()}, ready: make(chan struct{}, 1)}
}

// put takes a message of the peer.
func (f *inflow) put(message []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ended:
		return protocolError("data of call %d behind their end", f.stream.id)
	case !f.window.receive(int64(len(message)) + baseWeight):
		return protocolError("%w: data of call %d without it", LimitCredit, f.stream.id)
	case f.closed:
		return nil
	}
	f.queue.put(message)
	f.wake()
	return nil
}

// end notes that the peer sends no more. It reports whether that is new.
func (f *inflow) end() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.ended
	f.ended = true
	f.wake()
	return first
}

// wake lets whoever waits look again. f.mu is locked.
func (f *inflow) wake() {
	if f.waiting {
		f.waiting = false
		select {
		case f.ready <- struct{}{}:
		default:
		}
	}
}

// next returns the next message, a view that is valid until the next call. It waits for one until ctx ends. It is io.EOF when there
// is none any more. One goroutine at a time may call it.
func (f *inflow) next(ctx context.Context) ([]byte, error) {
	if ctx.Err() != nil && !f.complete() {
		return nil, ctx.Err()
	}
	if len(f.rest) == 0 {
		if err := f.nextChunk(ctx); err != nil {
			return nil, err
		}
	}
	var message []byte
	message, f.rest = cut(f.rest)
	f.owed += int64(len(message)) + baseWeight
	if f.window.due(f.owed) {
		f.grant()
	}
	return message, nil
}

// complete reports whether the stream has ended, and all of it was taken.
func (f *inflow) complete() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.rest) == 0 && f.ended && !f.cut && f.queue.head == nil
}

// nextChunk gets the next messages.
func (f *inflow) nextChunk(ctx context.Context) error {
	if f.chunk != nil {
		f.chunk.free()
		f.chunk = nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.queue.head == nil {
		if f.ended || f.closed {
			f.close()
			if f.cut {
				return errNoUse
			}
			return io.EOF
		}
		f.waiting = true
		f.mu.Unlock()
		select {
		case <-f.ready:
		case <-ctx.Done():
		}
		f.mu.Lock()
		if ctx.Err() != nil {
			f.stopWaiting()
			return ctx.Err()
		}
	}
	f.chunk = f.queue.take()
	f.rest = f.chunk.bytes
	return nil
}

// stopWaiting leaves no signal behind. f.mu is locked.
func (f *inflow) stopWaiting() {
	f.waiting = false
	select {
	case <-f.ready:
	default:
	}
}

// grant lets the peer send as much again as was taken, unless it has nothing more to send.
func (f *inflow) grant() {
	f.mu.Lock()
	amount := int64(0)
	if !f.ended && !f.closed {
		amount = f.window.grant(f.owed, f.stream.conn.pulse.now(), &f.stream.conn.budget)
	}
	f.owed = 0
	f.mu.Unlock()
	if amount > 0 {
		f.stream.conn.grantOn(f, uint64(amount))
	}
}

// stop says that nobody takes messages any more. Those that are there, and those that still come, are dropped.
func (f *inflow) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = f.cut || f.queue.head != nil
	f.queue.drop()
	f.close()
	f.wake()
}

// close gives the window back, once. f.mu is locked.
func (f *inflow) close() {
	if !f.closed {
		f.closed = true
		f.stream.conn.budget.giveBack(&f.window)
	}
}
