package codec_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

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

// failsInside has a DecodeMsgpack that fails after it has made the decoder record, which would poison a pool of decoders.
type failsInside struct{}

func (*failsInside) DecodeMsgpack(d *msgpack.Decoder) error {
	if _, err := d.DecodeRaw(); err != nil {
		return err
	}
	_, err := d.DecodeRaw() // beyond the end
	return err
}

func TestADecoderThatFailedIsNotUsedAgain(t *testing.T) {
	good, err := codec.Msgpack{}.Append(nil, plain{B: string(repeat(1000, 'x'))})
	require.NoError(t, err)
	var p plain
	decode := func() { _ = codec.Msgpack{}.Decode(good, &p) }
	before := meanBytes(decode)
	for range 100 {
		require.Error(t, codec.Msgpack{}.Decode([]byte{0x01}, new(failsInside)))
	}
	assert.Less(t, meanBytes(decode), 3*before)
	assert.Len(t, p.B, 1000)
}

func TestALargePayloadLeavesNoLargeBufferBehind(t *testing.T) {
	const large = 8 << 20
	before := liveBytes()
	func() {
		payload, err := codec.Msgpack{}.Append(nil, [large]byte{})
		require.NoError(t, err)
		assert.Less(t, liveBytes()-before, int64(large+large/2), "the payload and no more")

		var s string
		require.NoError(t, codec.Msgpack{}.Decode(payload, &s))
		require.Len(t, s, large)
	}()
	assert.Less(t, liveBytes()-before, int64(large/2))
}

// liveBytes returns how many bytes of the heap are in use.
func liveBytes() int64 {
	var m runtime.MemStats
	runtime.GC() // only once: a second one would empty the pools
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
