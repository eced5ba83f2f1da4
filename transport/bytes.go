package transport

import (
	"math/bits"
	"sync"
)

const (
	minBytes = 1 << 9  // smallest buffer that is used again
	maxBytes = 1 << 21 // largest; larger ones are rare, and each is made when it is needed
)

// buffers are those that nobody uses at the moment, by the number of bits of their size. All connections share them, so an idle one
// holds none, and one that is busy finds one that has the size it needs.
var buffers [22]sync.Pool

// handle carries a slice through a pool without an allocation.
type handle struct{ bytes []byte }

var handles = sync.Pool{New: func() any { return new(handle) }}

// takeBytes returns an empty slice with room for size bytes.
func takeBytes(size int) []byte {
	if size > maxBytes {
		return make([]byte, 0, size)
	}
	class := bits.Len(uint(max(size, minBytes) - 1))
	h, ok := buffers[class].Get().(*handle)
	if !ok {
		return make([]byte, 0, 1<<class)
	}
	p := h.bytes[:0]
	h.bytes = nil
	handles.Put(h)
	return p
}

// giveBytes gives a slice back, which nobody may use any more. It need not come from takeBytes.
func giveBytes(p []byte) {
	if cap(p) < minBytes || cap(p) > maxBytes {
		return
	}
	h := handles.Get().(*handle)
	h.bytes = p
	buffers[bits.Len(uint(cap(p)))-1].Put(h)
}
