package frame

import (
	"errors"
	"io"
	"math/bits"
	"sync"
)

const (
	startBuffer = 4 << 10  // bytes that a Reader takes when the first ones arrive
	keepBuffer  = 64 << 10 // bytes that it may hold on to for longer than one frame

	// maxEmptyReads is how often in a row a source may return (0, nil); bufio allows as many.
	maxEmptyReads = 100
)

var errBadCount = errors.New("frame: the source's Read returned an impossible count")

// buffer holds the bytes that came from a source and are not used yet. Its memory follows what has arrived: it grows only
// when it is full, and a large one is given back as soon as little is in it.
type buffer struct {
	src   io.Reader
	buf   []byte  // all the room there is
	start int     // buf[start:end] is unused
	end   int     //
	err   error   // came together with the last bytes, to be returned once they are used
	full  bool    // the last Read filled all the room it was given, so there may be more
	big   *[]byte // where buf came from, if from a pool
}

func (b *buffer) bytes() []byte { return b.buf[b.start:b.end] }

func (b *buffer) discard(n int) { b.start += n }

// fill reads once from the source and appends what came to the buffer. A reader of frames knows that need bytes are
// missing at least; if exact, no more than those are read.
func (b *buffer) fill(need int, exact bool) error {
	if err := b.err; err != nil {
		b.err = nil
		return err
	}
	b.makeRoom(need)
	room := b.buf[b.end:]
	if exact {
		room = room[:min(need, len(room))]
	}
	for range maxEmptyReads {
		n, err := b.src.Read(room)
		if n < 0 || n > len(room) {
			return errBadCount
		}
		b.end += n
		b.full = n == len(room) && !exact
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

// makeRoom makes room for at least one byte; for need bytes, if that takes no memory.
func (b *buffer) makeRoom(need int) {
	have, size := b.end-b.start, len(b.buf)
	switch {
	case size > keepBuffer && have <= size/8:
		b.resize(max(keepBuffer, roundUp(4*have)))
	case have == size:
		b.resize(max(startBuffer, grown(size, need)))
	case b.full && size < keepBuffer:
		b.resize(2 * size)
	case have == 0 || size-b.end < need || b.end == size:
		b.end = copy(b.buf, b.bytes())
		b.start = 0
	}
}

// grown returns the next size of a full buffer of size bytes, in which need more are to find room: between twice and four
// times as much, so that a frame of a known size is copied seldom, and yet memory follows what has arrived.
func grown(size, need int) int {
	if need >= 3*size {
		return 4 * size
	}
	return max(2*size, roundUp(size+need))
}

// resize moves what the buffer holds into one of size bytes.
func (b *buffer) resize(size int) {
	old, oldBig := b.bytes(), b.big
	b.buf, b.big = take(size)
	b.end = copy(b.buf, old)
	b.start = 0
	give(oldBig)
}

// bigBuffers are the buffers above keepBuffer that no Reader uses at the moment, by the number of bits of their size, which is
// a power of two. Frames that need one each, one after another, so share one.
var bigBuffers [bits.UintSize + 1]sync.Pool

// take returns a buffer of size bytes and, for a big one, the handle with which it goes back to its pool.
func take(size int) ([]byte, *[]byte) {
	if size <= keepBuffer {
		return make([]byte, size), nil
	}
	if handle, ok := bigBuffers[bits.Len(uint(size))].Get().(*[]byte); ok {
		return *handle, handle
	}
	buf := make([]byte, size)
	return buf, &buf
}

// give returns a big buffer to its pool.
func give(handle *[]byte) {
	if handle != nil {
		bigBuffers[bits.Len(uint(len(*handle)))].Put(handle)
	}
}

// roundUp returns the smallest power of two that is at least n.
func roundUp(n int) int { return 1 << bits.Len(uint(n-1)) }
