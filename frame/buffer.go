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
// when it is full. A large one is given back when it is empty, and when little is in it, unless the frame before was large as
// well: of several large frames in a row each finds the buffer of the one before.
type buffer struct {
	src   io.Reader
	buf   []byte  // all the room there is
	start int     // buf[start:end] is unused
	end   int     //
	base  int64   // where buf[0] stands in the stream
	err   error   // came together with the last bytes, to be returned once they are used
	full  bool    // the last Read filled all the room it was given, so there may be more
	big   *[]byte // where buf came from, if from a pool
	last  int     // size of a frame that was in the buffer not long ago

	idleSrc  idleSource // the source, if it can be waited for without a buffer; see idle.go
	idleSize int        // of the buffer that is likely to be right for what comes next
}

func (b *buffer) bytes() []byte { return b.buf[b.start:b.end] }

func (b *buffer) discard(n int) { b.start += n }

// offset returns where the first unused byte stands in the stream.
func (b *buffer) offset() int64 { return b.base + int64(b.start) }

// fill reads once from the source and appends what came to the buffer. A reader of frames knows that need bytes are
// missing at least; if exact, no more than those are read.
func (b *buffer) fill(need int, exact bool) error {
	if err := b.err; err != nil {
		b.err = nil
		return err
	}
	if b.idleSrc != nil && b.start == b.end && !exact {
		return b.fillIdle()
	}
	if b.start > 0 || b.end == len(b.buf) {
		b.makeRoom(need)
	}
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

// fillAll reads until need more bytes are there. It returns how many are still missing if an error ended that, and otherwise
// no more than 0.
func (b *buffer) fillAll(need int, exact bool) (missing int, err error) {
	for need > 0 && err == nil {
		before := b.end - b.start
		err = b.fill(need, exact)
		need -= b.end - b.start - before
	}
	return need, err
}

// makeRoom makes room for at least one byte; for need bytes, if that takes no memory.
func (b *buffer) makeRoom(need int) {
	have, size := b.end-b.start, len(b.buf)
	switch {
	case size > keepBuffer && have <= size/16 && (have == 0 || b.last < size/4):
		b.resize(max(keepBuffer, 4*have))
	case have == size: // a frame is likely to be as large as the one before
		b.resize(max(startBuffer, grown(size, max(need, b.last-have))))
	case b.full && size < keepBuffer:
		b.resize(2 * size)
	case b.start > 0 && (have == 0 || size-b.end < need || b.end == size):
		b.move(b.buf)
	}
}

// grown returns how large a full buffer of size bytes is to become, if it is to have room for need more: between twice and
// eight times as large, so that a frame of a known size is copied seldom, and yet memory follows what has arrived.
func grown(size, need int) int {
	if size > keepBuffer {
		size -= slack
	}
	if need > 7*size {
		return 8 * size
	}
	return max(2*size, size+need)
}

// resize moves what the buffer holds into one of at least size bytes.
func (b *buffer) resize(size int) {
	old := b.big
	buf, big := b.take(size)
	b.move(buf)
	b.big = big
	give(old)
}

// move moves what the buffer holds to the start of buf, which it uses from now on.
func (b *buffer) move(buf []byte) {
	b.base = b.offset()
	b.end = copy(buf, b.bytes())
	b.buf, b.start = buf, 0
}

// pools are the buffers from startBuffer on that nobody uses at the moment, by the number of bits of their size. Large frames
// that come one after another so share one buffer.
var pools [bits.UintSize + 1]sync.Pool

// take returns a buffer of at least size bytes and, for a large one, the handle with which it goes back to its pool.
func take(size int) ([]byte, *[]byte) {
	if size < keepBuffer {
		return make([]byte, size), nil
	}
	return takePooled(sizeFor(size))
}

// give returns a large buffer to its pool.
func give(handle *[]byte) {
	if handle != nil {
		pools[bits.Len(uint(len(*handle)))].Put(handle)
	}
}

// takePooled is take for a size that a pool has.
func takePooled(size int) ([]byte, *[]byte) {
	if handle, ok := pools[bits.Len(uint(size))].Get().(*[]byte); ok {
		return *handle, handle
	}
	buf := make([]byte, size)
	return buf, &buf
}

// slack is by how much a pooled buffer above keepBuffer is larger than a power of two, so that a payload of such a size, which
// many are, finds room together with its prefix.
const slack = 1 << 10

// sizeFor returns the size of the smallest pooled buffer from keepBuffer on that has size bytes.
func sizeFor(size int) int {
	if size <= keepBuffer {
		return keepBuffer
	}
	return max(2*keepBuffer, 1<<bits.Len(uint(size-slack-1))) + slack
}
