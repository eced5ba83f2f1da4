package transport

import "sync/atomic"

// capacity bounds the calls in flight on all connections of a server together. nil bounds nothing.
type capacity struct {
	limit int64
	taken atomic.Int64
}

// take takes one place. It reports whether there was one.
func (p *capacity) take() bool {
	if p == nil {
		return true
	}
	if p.taken.Add(1) > p.limit {
		p.taken.Add(-1)
		return false
	}
	return true
}

// give gives a place back.
func (p *capacity) give() {
	if p != nil {
		p.taken.Add(-1)
	}
}
