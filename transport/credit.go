package transport

import "sync/atomic"

// window is what the peer may send on one stream ahead of whoever reads it, in weight. It begins with the credit of the hello
// and follows the rate of the reader: it doubles when the reader waits for a peer that has run dry, and halves when for several windows
// in a row the reader never had to wait.
//
// left, what is queued and what is owed are together size.
type window struct {
	size   int64
	left   int64 // what the peer may still send; not above zero after a message that overdrew it
	dry    bool  // with its last message the peer has used up what it had
	waited bool  // since the last grant, the reader has found nothing to read
	short  bool  // and that while the peer was dry
	behind int   // how many grants have come in a row while the reader did not wait
}

// lag is how many grants a reader may be behind, each of half a window or more, before its window is halved.
const lag = 16

// receive takes a message off the window. It reports whether the peer was allowed to send it.
func (w *window) receive(weight int64) bool {
	if w.left <= 0 {
		return false
	}
	w.left -= weight
	w.dry = w.left <= 0
	return true
}

// wait notes that the reader finds nothing to read.
func (w *window) wait() {
	w.waited = true
	w.short = w.short || w.dry
}

// due reports whether it is time to grant what is owed.
func (w *window) due(owed int64) bool { return 2*owed >= w.size }

// grant gives the peer what is owed to it, and more or less so that the window follows the reader. It returns how much, which may
// be nothing.
func (w *window) grant(owed int64, b *budget) int64 {
	w.behind++
	if w.waited {
		w.behind = 0
	}
	change := int64(0)
	switch {
	case w.short:
		change = b.lend(min(w.size, b.most-w.size))
	case w.behind >= lag:
		change = -min(w.size/2, w.size-b.first)
		b.spare.Add(-change)
		w.behind = 0
	}
	w.waited, w.short = false, false
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
