package transport

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What is put into a queue comes out of it, in its order.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var want, got [][]byte
		for i := range rapid.IntRange(0, 100).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "do") > 0 {
				size := rapid.SampledFrom([]int{0, 1, 64, 127, 128, 1000, 1024, 4096, 5000, 64 << 10}).Draw(t, "size")
				want = append(want, bytes.Repeat([]byte{byte(i)}, size))
				q.put(want[len(want)-1])
			} else {
				got = append(got, drain(&q)...)
			}
		}
		got = append(got, drain(&q)...)
		require.Equal(t, want, got)
		require.Nil(t, q.take())
	})
}

// drain takes out what is in the queue.
func drain(q *queue) (all [][]byte) {
	for c := q.take(); c != nil; c = q.take() {
		for rest := c.bytes; len(rest) > 0; {
			var message []byte
			message, rest = cut(rest)
			all = append(all, append([]byte{}, message...))
		}
		c.free()
	}
	return all
}

// The memory of a queue follows what its messages weigh.
func TestMemoryOfAQueue(t *testing.T) {
	for _, size := range []int{0, 1, 64, 500, 1000, 1020, 1100, 2000, 4000, 5000, 9000, 64 << 10, 1 << 20} {
		var q queue
		weight, memory := 0, 0
		for weight < 4<<20 {
			q.put(make([]byte, size))
			weight += size + baseWeight
		}
		for c := q.take(); c != nil; c = q.take() {
			memory += cap(c.bytes)
		}
		assert.LessOrEqual(t, memory, weight*3/2, "messages of %d bytes", size)
	}
}

func TestSizesOfChunks(t *testing.T) {
	last := 0
	for size := 1; size < 8<<20; size += 1 + size/50 {
		class, rounded := classOf(size)
		require.GreaterOrEqual(t, rounded, size)
		require.GreaterOrEqual(t, class, last)
		if size > smallChunk {
			require.LessOrEqual(t, rounded, size+size/4)
		}
		again, same := classOf(rounded)
		require.Equal(t, []int{class, rounded}, []int{again, same})
		last = class
	}
	class, _ := classOf(4 << 20)
	assert.Equal(t, chunkClasses, class, "larger ones are not used again")
}
