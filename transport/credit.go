package transport

import (
	"sync/atomic"
	"time"
)

// window is what the peer may send on one stream ahead of whoever reads it, in weight. It begins with the credit of the hello
// and follows the rate of the reader, of whom it is to hold a quarter of a second: that is enough to keep the reader busy however far
// away the peer is.
//
// left, what is queued and what is owed are together size.
type window struct {
	size int64
	left int64         // what the peer may still send; not above zero after a message that overdrew it
	at   time.Duration // when the last grant was made, by the clock of the connection
}

// readAhead is how long a reader shall be able to go on with what a window holds.
const readAhead = 250 * time.Millisecond

// receive takes a message off the window. It reports whether the peer was allowed to send it.
func (w *window) receive(weight int64) bool {
	if w.left <= 0 {
		return false
	}
	w.left -= weight
	return true
}

// due reports whether it is time to grant what is owed.
func (w *window) due(owed int64) bool { return 2*owed >= w.size }

// grant gives the peer what is owed to it, and more or less so that the window follows the reader. It returns how much, which may
// be nothing.
func (w *window) grant(owed int64, now time.Duration, b *budget) int64 {
	lasts := float64(now-w.at) * float64(w.size) / float64(owed) // how long the window lasts at the rate since the last grant
	change := int64(0)
	switch {
	case lasts <= float64(readAhead):
		change = b.lend(min(w.size, b.most-w.size))
	case lasts > 4*float64(readAhead):
		change = -min(w.size/2, w.size-b.first)
		b.spare.Add(-change)
	}
	w.at = now
	w.size += change
	w.left += owed + change
	return owed + change
}

// budget is what a side may have granted on all streams of a connection together, in weight. Half of it is kept for the first
// credit of streams, and so bounds how many there may be; from the rest the windows of those grow that are read fast.
type budget struct {
	first   int64        // the credit with which each stream begins
	most    int64        // the largest window
	streams slots        // those that have their first credit
	spare   atomic.Int64 // what is left of the rest
}

func (b *budget) init(l *Limits) {
	b.first = int64(l.MaxNotifyBytes)
	b.most = max(b.first, int64(l.MaxStreamBytes))
	total := int64(l.MaxStreamsBytes)
	count := max(1, total/2/b.first)
	b.streams.limit, b.streams.budget = uint64(count), maxSize
	b.spare.Store(max(0, total-count*b.first))
}

// lend takes as much of want as there is.
func (b *budget) lend(want int64) int64 {
	for {
		have := b.spare.Load()
		got := min(want, have)
		if got <= 0 {
			return 0
		}
		if b.spare.CompareAndSwap(have, have-got) {
			return got
		}
	}
}

// giveBack returns the window of a stream that nobody reads any more.
func (b *budget) giveBack(w *window) {
	b.spare.Add(w.size - b.first)
	b.streams.release(0)
}
