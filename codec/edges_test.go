package codec_test

import (
	"math"
	"sort"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// Edges that a small change in the code would move without any other test noticing.

// Depth is that of one branch: what stands side by side does not add up.
func TestDepthOfSiblings(t *testing.T) {
	c := codec.Msgpack{MaxDepth: 3}
	var maps, lists []any
	for range 100 {
		maps = append(maps, map[string]any{"a": map[string]any{}})
		lists = append(lists, []any{[]any{}})
	}
	for _, v := range []any{maps, lists, make([]map[string]int, 100), []map[int][]int{{1: {}, 2: {}, 3: {}}, {1: {}}, {1: {}}}} {
		_, err := c.Append(nil, v)
		assert.NoError(t, err)
	}
}

// The keys of an inner map are not those of the outer one, in whatever order they come.
func TestKeysOfInnerMapsWhenEncoding(t *testing.T) {
	v := map[any]any{int8(1): map[any]any{int8(2): true}, int8(2): map[any]any{int8(1): true}, int8(3): map[any]any{int8(3): true}}
	for range 50 {
		_, err := codec.Msgpack{}.Append(nil, v)
		require.NoError(t, err)
	}
}

// Text in values of unknown type counts with its bytes: among maps that take nearly all there is, it is what is too much.
func TestMemoryOfText(t *testing.T) {
	text := append([]byte{0xda, 0x27, 0x10}, repeat(10_000, 'x')...)
	maps := append(repeat(30, 0x81, 0xa0), 0xc0) // 30 within one another
	decode := func(n int) (payload []byte, err error) {
		n++
		payload = append([]byte{0xdc, byte(n >> 8), byte(n)}, repeat(n-1, maps...)...)
		payload = append(payload, text...)
		return payload, codec.Msgpack{}.Decode(payload, new(any))
	}
	first := sort.Search(1000, func(n int) bool { _, err := decode(n); return err != nil })
	payload, err := decode(first)
	var e *codec.Error
	require.ErrorAs(t, err, &e)
	assert.ErrorIs(t, err, codec.ErrMemory)
	assert.Equal(t, len(payload), e.Offset, "behind the text")
}

func TestLargestTag(t *testing.T) {
	u := codec.MustUnion(codec.Msgpack{}, map[uint32]any{math.MaxUint32: "", 0: 0})
	p, err := u.Append(nil, "largest")
	require.NoError(t, err)
	var got any
	require.NoError(t, u.Decode(p, &got))
	assert.Equal(t, "largest", got)
}

// There is room for exactly one byte, which is all that the method writes.
func TestMethodThatFillsTheBuffer(t *testing.T) {
	p, err := codec.Msgpack{}.Append(make([]byte, 0, 1), new(spy))
	require.NoError(t, err)
	assert.Equal(t, []byte{0xc0}, p)
}

// gathers appends to what is there.
type gathers []byte

func (g gathers) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xc0), nil }
func (g *gathers) UnmarshalMsg(p []byte) ([]byte, error) {
	*g = append(*g, p...)
	return nil, nil
}

// The last of two values for a field is the only one, also for a type with methods of its own.
func TestFieldTwiceWithMethods(t *testing.T) {
	var got struct{ X gathers }
	require.NoError(t, codec.Msgpack{AllowDuplicateKeys: true}.Decode(unhex(t, "82 a1 58 01 a1 58 02"), &got))
	assert.Equal(t, gathers{2}, got.X)
}
