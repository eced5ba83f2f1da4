package codec_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/codec"
)

// Goroutines share the pools: good and bad payloads, small and large ones and panics must not leak from one to the other.
func TestManyGoroutinesShareACodec(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name(), func(t *testing.T) {
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					var buf []byte
					for i := range 100 {
						buf = exchange(t, c, buf[:0], fmt.Sprintf("%d of %d", i, g), i)
					}
				})
			}
			wg.Wait()
		})
	}
}

// exchange sends one message through c and, in between, what fails.
func exchange(t *testing.T, c codec.Codec, buf []byte, name string, i int) []byte {
	sent := nested{Name: name, List: []plain{{A: int64(i), B: strings.Repeat(name, i%7*200)}}, Words: map[string]string{name: "x"}}
	buf, err := c.Append(buf, &sent)
	assert.NoError(t, err)
	var got nested
	assert.NoError(t, c.Decode(buf, &got))
	assert.Equal(t, sent, got)

	assert.Error(t, c.Decode(buf[:len(buf)/2], &got))
	assert.Error(t, c.Decode(buf, new([]int)))
	switch i % 3 {
	case 0:
		_, err = c.Append(nil, panics{"boom"})
		assert.ErrorIs(t, err, codec.ErrPanic)
	case 1:
		assert.ErrorIs(t, c.Decode([]byte("1"), new(panics)), codec.ErrPanic)
	case 2:
		_, err = c.Append(nil, map[string]any{"x": make(chan int)})
		assert.ErrorIs(t, err, codec.ErrValue)
	}
	return buf
}

func TestAppendIntoAReusedBufferDoesNotAllocate(t *testing.T) {
	v, buf := &plain{A: 1 << 40, B: "hello world", C: true}, make([]byte, 0, 100)
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}, codec.Raw{}, codec.Text{}} {
		var value any = v
		switch c.(type) {
		case codec.Raw:
			value = []byte("bytes")
		case codec.Text:
			value = "text"
		}
		assert.Zero(t, leastBytes(func() { buf, _ = c.Append(buf[:0], value) }), c.Name())
	}
}
