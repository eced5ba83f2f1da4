package transport

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// queue holds messages of a stream, each behind its length. Small ones share a chunk. Its memory is at most twice
// what they weigh, and one small chunk.
type queue struct{ head, tail *chunk }

// chunk is a piece of a queue. Chunks are used again by other streams.
type chunk struct {
	bytes []byte
	next  *chunk
}

const (
	smallChunk   = 4 << 10 // bytes in a chunk that several messages share
	smallMessage = 1 << 10 // the largest message that shares one, with its length
	chunkClasses = 40      // sizes of chunks that are used again: those below 4 MiB
)

// put appends a copy of message.
func (q *queue) put(message []byte) {
	need := len(message) + binary.MaxVarintLen32
	if q.tail == nil || need > cap(q.tail.bytes)-len(q.tail.bytes) {
		size := need
		if need <= smallMessage {
			size = smallChunk
		}
		q.add(newChunk(size))
	}
	t := q.tail
	t.bytes = binary.AppendUvarint(t.bytes, uint64(len(message)))
	t.bytes = append(t.bytes, message...)
}

func (q *queue) add(c *chunk) {
	if q.tail == nil {
		q.head = c
	} else {
		q.tail.next = c
	}
	q.tail = c
}

// take takes the first chunk, or nil.
func (q *queue) take() *chunk {
	c := q.head
	if c == nil {
		return nil
	}
	if q.head = c.next; q.head == nil {
		q.tail = nil
	}
	c.next = nil
	return c
}

// drop empties the queue.
func (q *queue) drop() {
	for c := q.take(); c != nil; c = q.take() {
		c.free()
	}
}

// cut returns the first message of rest, what a chunk has left, and what follows it.
func cut(rest []byte) (message, after []byte) {
	size, n := binary.Uvarint(rest)
	end := n + int(size)
	return rest[n:end:end], rest[end:]
}

var chunkPools [chunkClasses]sync.Pool

// newChunk returns an empty chunk with room for size bytes, and no more than a quarter more, if it is not a small one.
func newChunk(size int) *chunk {
	class, size := classOf(size)
	if class < chunkClasses {
		if c, _ := chunkPools[class].Get().(*chunk); c != nil {
			return c
		}
	}
	return &chunk{bytes: make([]byte, 0, size)}
}

// free gives the chunk to whoever needs one.
func (c *chunk) free() {
	if class, size := classOf(cap(c.bytes)); class < chunkClasses && size == cap(c.bytes) {
		c.bytes, c.next = c.bytes[:0], nil
		chunkPools[class].Put(c)
	}
}

// classOf rounds size up to 5, 6, 7 or 8 times a power of two, and numbers these sizes.
func classOf(size int) (class, rounded int) {
	if size <= smallChunk {
		return 0, smallChunk
	}
	shift := bits.Len(uint(size-1)) - 3
	eighths := (size-1)>>shift + 1
	return (shift-10)*4 + eighths - 4, eighths << shift
}
