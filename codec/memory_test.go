package codec_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// array32 returns an array of n times the element.
func array32(n int, element []byte) []byte {
	return append([]byte{0xdd, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, repeat(n, element...)...)
}

// chain returns a map of one key in a map of one key, and so on for depth levels.
func chain(depth int, key ...byte) []byte {
	return append(repeat(depth, append([]byte{0x81}, key...)...), 0xc0)
}

// elements is how many elements the arrays below have in all: close to what the codec allows.
const elements = 65_000

// live returns how many bytes stay alive of what f returns.
func live(f func() any) int64 {
	least := int64(1 << 62)
	for range 3 {
		before := liveBytes()
		kept := f()
		least = min(least, liveBytes()-before)
		runtime.KeepAlive(kept)
	}
	return least
}

func TestAnyHoldsAtMost128TimesThePayload(t *testing.T) {
	maps := unhex(t, "89 a0 01 a1 61 01 a1 62 01 a1 63 01 a1 64 01 a1 65 01 a1 66 01 a1 67 01 a1 68 01")
	tests := []struct {
		name    string
		payload []byte
		refused bool
	}{
		{"nils", array32(elements, []byte{0xc0}), false},
		{"empty arrays", array32(elements, []byte{0x90}), false},
		{"arrays of one", array32(elements/2, []byte{0x91, 0xc0}), false},
		{"nested arrays", array32(elements/31, append(repeat(30, 0x91), 0x90)), false},
		{"empty maps", array32(elements, []byte{0x80}), false},
		{"maps of one", array32(elements/3, chain(1, 0xa0)), false},
		{"maps of two", array32(elements/5, unhex(t, "82 a0 c0 a1 61 c0")), false},
		{"maps of nine", array32(elements/19, maps), false},
		{"a map in a map", array32(elements/5, chain(2, 0xa0)), true},
		{"30 maps in one another", array32(elements/61, chain(30, 0xa0)), true},
		{"30 maps with keys of one letter", array32(elements/61, chain(30, 0xa1, 'k')), false},
		{"a short one of these", chain(32, 0xa0), false},
		{"strings of two", array32(elements, []byte{0xa2, 'a', 'b'}), false},
		{"bins of one", array32(elements, []byte{0xc4, 0x01, 0x00}), false},
		{"numbers of two bytes", array32(elements, []byte{0xcd, 0x01, 0x00}), false},
		{"one long string", append([]byte{0xdb, 0, 16, 0, 0}, repeat(1<<20, 'x')...), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := live(func() any {
				var v any
				err := codec.Msgpack{}.Decode(tt.payload, &v)
				if tt.refused {
					e := asError(t, codec.ErrMemory, "msgpack", "decode", err)
					assert.Greater(t, e.Found, e.Allowed)
					assert.ErrorContains(t, e, "are allowed")
				} else {
					require.NoError(t, err)
				}
				return v
			})
			assert.LessOrEqual(t, got, int64(128*len(tt.payload)+64<<10))
		})
	}
}

// The type that is read into says how much an element can take; see docs/codec.md. The sizes here have no more of what the allocator
// rounds up than they need.
func TestTypedTargetsHoldElementsTimesTheirSize(t *testing.T) {
	type wide [256]byte
	tests := []struct {
		name    string
		payload []byte
		size    int64
		target  func() any
	}{
		{"nils into wide elements", array32(elements, []byte{0xc0}), 256, func() any { return new([]wide) }},
		{"pointers to wide elements", array32(elements, []byte{0x80}), 8 + 256, func() any { return new([]*struct{ W wide }) }},
		{"slices of one", array32(elements/2, []byte{0x91, 0x01}), 24 + 8, func() any { return new([][]int) }},
		{"maps of one", array32(elements/3, []byte{0x81, 0x01, 0x01}), 48 + 8*(16+1) + 8, func() any { return new([]map[int]int) }},
		{"strings", array32(elements, []byte{0xa3, 'a', 'b', 'c'}), 16 + 16, func() any { return new([]string) }},
		{"one large map", slices.Concat([]byte{0xde, 0x75, 0x30}, largeMap(30_000)), 48 + 8*(8+8) + 8, func() any { return new(map[int]int) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := live(func() any {
				target := tt.target()
				require.NoError(t, codec.Msgpack{}.Decode(tt.payload, target))
				return target
			})
			assert.LessOrEqual(t, got, elements*tt.size+2*int64(len(tt.payload)))
		})
	}
}

// largeMap returns n entries of a map.
func largeMap(n int) (p []byte) {
	for i := range n {
		p = append(p, 0xcd, byte(i>>8), byte(i), 0x01)
	}
	return p
}
