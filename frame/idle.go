package frame

import (
	"io"
	"math/bits"
)

// A connection that waits for its next frame needs no buffer, and most connections do nothing else. So a [Conn] over a plain
// TCP or unix socket waits until something has come, and only then takes a buffer, from a pool that all share. It costs no system
// call more: net reads first too, and waits when nothing is there. For an idle connection it saves the 4 KiB
// that are most of what it costs; TestIdleConnHoldsNoBuffer sees to it.

// idleSource is a source that can wait for bytes without memory for them.
type idleSource interface {
	// readIdle reads once into what takeIdle returns. When nothing is there it calls giveIdle, and waits before it takes again.
	readIdle() (n int, err error)
}

// beginIdle makes b one that holds nothing while src has nothing.
func (b *buffer) beginIdle(src idleSource) { b.idleSrc, b.idleSize = src, startBuffer }

// fillIdle is fill for an empty buffer.
func (b *buffer) fillIdle() error {
	b.base, b.start, b.end = b.offset(), 0, 0
	b.resizeIdle()
	for range maxEmptyReads {
		n, err := b.idleSrc.readIdle()
		b.end, b.full = n, n > 0 && n == len(b.buf)
		if n > 0 {
			b.err = err
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// resizeIdle sees that the buffer, if there is one, is twice as large as one that was full, within what may be kept.
func (b *buffer) resizeIdle() {
	have := len(b.buf)
	if b.full && have < keepBuffer || have > keepBuffer {
		b.idleSize = min(2*have, keepBuffer)
		b.giveBack()
	}
}

// takeIdle returns what room there is, if need be that of a new buffer.
func (b *buffer) takeIdle() []byte {
	if b.buf == nil {
		b.buf, b.big = takePooled(b.idleSize)
	}
	return b.buf
}

// giveIdle gives the buffer back when nothing is there for it. After a busy time the next is half as large, and so on.
func (b *buffer) giveIdle() {
	if b.buf != nil {
		b.idleSize = max(len(b.buf)/2, startBuffer)
		b.giveBack()
	}
}

func (b *buffer) giveBack() {
	give(b.big)
	b.buf, b.big = nil, nil
}

// take is the function take, for buffers that giveIdle gives back sooner than others: they are from pools of smaller ones, too.
func (b *buffer) take(size int) ([]byte, *[]byte) {
	if b.idleSrc != nil && size < keepBuffer {
		return takePooled(1 << bits.Len(uint(size-1)))
	}
	return take(size)
}
