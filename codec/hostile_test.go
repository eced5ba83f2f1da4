package codec_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

type (
	list  []list
	tree  map[string]tree
	node  struct{ N *node }
	boxed struct{ X any }
	fault struct{ X error }
	plain struct {
		A int64
		B string
		C bool
	}
)

// targets are pointers to values of many types, each of which has its own way through msgpack/v5.
func targets() []any {
	return []any{
		new(any), new([]any), new(map[string]any), new(map[any]any), new(map[any]int), new(map[string]string),
		new(map[string]int), new(map[string][]byte), new(map[int]string), new([]int), new([]string), new([][]byte),
		new([]plain), new([4]int), new([]byte), new(string), new(int8), new(uint64), new(float32), new(bool),
		new(plain), new(boxed), new(fault), new(node), new(list), new(tree), new(msgpack.RawMessage),
		new(struct{ X msgpack.RawMessage }), new(struct{ A []any }), new(*plain), new(**int),
	}
}

// hostile are payloads that kill a process, panic, allocate on the peer's word, or are read as something else by raw
// msgpack/v5.
func hostile(t testing.TB) []struct {
	name    string
	payload []byte
	want    error
} {
	h := func(digits string) []byte { return unhex(t, digits) }
	return []struct {
		name    string
		payload []byte
		want    error
	}{
		{"empty", nil, codec.ErrTruncated},
		{"array32 of 2^32-1", h("dd ff ff ff ff"), codec.ErrTooManyElements},
		{"array32 of 2^20", h("dd 00 10 00 00"), codec.ErrTooManyElements},
		{"array16 of 2^15", h("dc 80 00"), codec.ErrTruncated},
		{"array in a field", h("81 a1 41 dd ff ff ff ff"), codec.ErrTooManyElements},
		{"map32 of 2^32-1", h("df ff ff ff ff"), codec.ErrTooManyElements},
		{"map32 of 2^31", h("df 80 00 00 00"), codec.ErrTooManyElements},
		{"map16 of 2^14", h("de 40 00"), codec.ErrTruncated},
		{"bin32 of 2^32-1", h("c6 ff ff ff ff"), codec.ErrTruncated},
		{"bin32 in a field", h("81 a1 41 c6 ff ff ff ff"), codec.ErrTruncated},
		{"str32 of 2^32-1", h("db ff ff ff ff"), codec.ErrTruncated},
		{"str32 as a key", h("81 db ff ff ff ff"), codec.ErrTruncated},
		{"ext32 of 2^32-1", h("c9 ff ff ff ff 05"), codec.ErrExt},
		{"ext read as a map of 2^32 bytes", h("d7 05 81 a0 c6 ff ff ff ff 00"), codec.ErrExt},
		{"ext read as a map", h("d6 05 81 a1 61 07"), codec.ErrExt},
		{"ext as a key", h("81 d4 05 00 01"), codec.ErrExt},
		{"ext in an unknown field", h("81 a1 5a d7 05 81 a0 c6 ff ff ff ff 00"), codec.ErrExt},
		{"time", h("d6 ff 00 00 00 00"), codec.ErrExt},
		{"key twice", h("82 a1 58 01 a1 58 02"), codec.ErrDuplicateKey},
		{"key as str and as bin", h("82 a1 58 01 c4 01 58 02"), codec.ErrDuplicateKey},
		{"nil as a key", h("81 c0 01"), codec.ErrMapKey},
		{"key as fixint and as int64", h("82 01 01 d3 00 00 00 00 00 00 00 01 02"), codec.ErrDuplicateKey},
		{"key as negative fixint and as int16", h("82 ff 01 d1 ff ff 02"), codec.ErrDuplicateKey},
		{"array as a key", h("81 90 01"), codec.ErrMapKey},
		{"map as a key", h("81 80 01"), codec.ErrMapKey},
		{"float as a key", h("81 cb 7f f8 00 00 00 00 00 01 01"), codec.ErrMapKey},
		{"c1", h("c1"), codec.ErrMalformed},
		{"c1 as a key", h("81 c1 01"), codec.ErrMalformed},
		{"bytes behind the value", h("01 ff ff ff"), codec.ErrTrailing},
		{"a second value", h("80 80"), codec.ErrTrailing},
		{"str that is not UTF-8", h("a1 ff"), codec.ErrUTF8},
		{"str that ends inside a character", h("a1 c2 80"), codec.ErrUTF8},
		{"surrogate in a key", h("81 a3 ed a0 80 01"), codec.ErrUTF8},
		{"a million nested arrays", append(repeat(1_000_000, 0x91), 0xc0), codec.ErrTooDeep},
		{"a million nested maps", append(repeat(1_000_000, 0x81, 0xa0), 0xc0), codec.ErrTooDeep},
		{"five million levels in an unknown field", append(h("81 a1 5a"), repeat(5_000_000, 0x91)...), codec.ErrTooDeep},
		{"nested array16 of 65535", repeat(1000, 0xdc, 0xff, 0xff), codec.ErrTruncated},
		{"nested array16 of what is left", nestedBomb(16_383), codec.ErrTruncated},
	}
}

// nestedBomb returns n bytes of array16 heads, one inside the other, each of which announces exactly as many elements as there
// are bytes behind it.
func nestedBomb(n int) []byte {
	var p []byte
	for len(p)+3 <= n {
		left := n - len(p) - 3
		p = append(p, 0xdc, byte(left>>8), byte(left))
	}
	return append(p, repeat(n-len(p), 0xc0)...)
}

func TestHostilePayloadsAreRefused(t *testing.T) {
	for _, tt := range hostile(t) {
		t.Run(tt.name, func(t *testing.T) {
			for _, target := range targets() {
				err := codec.Msgpack{}.Decode(tt.payload, target)
				e := asError(t, tt.want, "msgpack", "decode", err)
				assert.GreaterOrEqual(t, e.Offset, 0)
				assert.LessOrEqual(t, e.Offset, len(tt.payload))
				assert.True(t, reflect.ValueOf(target).Elem().IsZero(), "%T is not zero", target)
			}
		})
	}
}

func TestRefusingAllocatesOnlyTheError(t *testing.T) {
	for _, tt := range hostile(t) {
		t.Run(tt.name, func(t *testing.T) {
			var target any
			got := leastBytes(func() { _ = codec.Msgpack{}.Decode(tt.payload, &target) })
			assert.LessOrEqual(t, got, uint64(errorBytes))
		})
	}
}

// The same payloads through the raw library, as far as they leave the process alive: the reason for the guard.
func TestRawLibraryNeedsTheGuard(t *testing.T) {
	assert.Panics(t, func() { _ = msgpack.Unmarshal(unhex(t, "82 a1 58 01 a1 58 02"), new(boxed)) })
	assert.Panics(t, func() { _ = msgpack.Unmarshal(unhex(t, "81 a1 58 01"), new(fault)) })
	assert.Panics(t, func() { _ = msgpack.Unmarshal(unhex(t, "81 c4 01 61 01"), new(map[any]int)) })

	var m map[string]any
	require.NoError(t, msgpack.Unmarshal(unhex(t, "d6 05 81 a1 61 07"), &m))
	assert.Equal(t, map[string]any{"a": int8(7)}, m, "an ext is read as a map")

	var n int
	require.NoError(t, msgpack.Unmarshal(unhex(t, "01 ff ff ff"), &n), "bytes behind the value pass")
}

// What makes the raw library panic, because the bytes do not fit the Go type, is an error.
func TestWhatPanicsInTheLibraryIsAnError(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		target  any
		want    error
	}{
		{"int into an error", "81 a1 58 01", &fault{}, codec.ErrValue},
		{"bin as a key of any", "81 c4 01 61 01", &map[any]int{}, codec.ErrMapKey},
		{"bin as a key of any in any", "81 c4 01 61 91 01", &map[any]any{}, codec.ErrMapKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asError(t, tt.want, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, tt.payload), tt.target))
			assert.True(t, reflect.ValueOf(tt.target).Elem().IsZero())
		})
	}
}

func TestDepthHasACeiling(t *testing.T) {
	for _, depth := range []int{-1, 1000, 1001, 1 << 30} {
		c := codec.Msgpack{MaxDepth: depth}
		var v any
		require.NoError(t, c.Decode(append(repeat(1000, 0x91), 0xc0), &v))
		e := asError(t, codec.ErrTooDeep, "msgpack", "decode", c.Decode(append(repeat(1001, 0x91), 0xc0), &v))
		assert.Equal(t, int64(1001), e.Found)
		assert.Equal(t, int64(1000), e.Allowed)
		assert.Equal(t, 1000, e.Offset)
	}
}

func TestLimitsHoldExactly(t *testing.T) {
	array := func(n int) []byte { return append([]byte{0xdc, byte(n >> 8), byte(n)}, repeat(n, 0x01)...) }
	tests := []struct {
		name    string
		codec   codec.Msgpack
		payload []byte
		want    error // nil: accepted
	}{
		{"32 levels", codec.Msgpack{}, append(repeat(32, 0x91), 0xc0), nil},
		{"33 levels", codec.Msgpack{}, append(repeat(33, 0x91), 0xc0), codec.ErrTooDeep},
		{"33 levels, the last empty", codec.Msgpack{}, append(repeat(32, 0x91), 0x90), codec.ErrTooDeep},
		{"two arrays of the last level", codec.Msgpack{MaxDepth: 2}, []byte{0x92, 0x91, 0x01, 0x91, 0x01}, nil},
		{"65,536 elements", codec.Msgpack{}, array(65_535), nil},
		{"65,537 elements", codec.Msgpack{}, append([]byte{0xdd, 0, 1, 0, 0}, repeat(65_536, 0x01)...), codec.ErrTooManyElements},
		{"no limit of elements", codec.Msgpack{MaxElements: -1}, append([]byte{0xdd, 0, 1, 0, 0}, repeat(65_536, 0x01)...), nil},
		{"one element", codec.Msgpack{MaxElements: 1}, []byte{0x90}, nil},
		{"two elements", codec.Msgpack{MaxElements: 1}, []byte{0x91, 0x01}, codec.ErrTooManyElements},
		{"a map of two counts five", codec.Msgpack{MaxElements: 5}, []byte{0x82, 1, 1, 2, 2}, nil},
		{"more than four", codec.Msgpack{MaxElements: 4}, []byte{0x82, 1, 1, 2, 2}, codec.ErrTooManyElements},
		{"no limit, but backed by bytes", codec.Msgpack{MaxElements: -1}, []byte{0xdd, 0x3f, 0, 0, 0}, codec.ErrTruncated},
		{"five bytes", codec.Msgpack{MaxBytes: 5}, []byte{0xa4, 'a', 'b', 'c', 'd'}, nil},
		{"six bytes", codec.Msgpack{MaxBytes: 5}, []byte{0xa5, 'a', 'b', 'c', 'd', 'e'}, codec.ErrTooLarge},
		{"key twice, allowed", codec.Msgpack{AllowDuplicateKeys: true}, []byte{0x82, 0xa1, 'a', 1, 0xa1, 'a', 2}, nil},
		{"float as a key", codec.Msgpack{AllowDuplicateKeys: true}, []byte{0x81, 0xca, 0, 0, 0, 0, 1}, codec.ErrMapKey},
		{"not UTF-8, allowed", codec.Msgpack{AllowInvalidUTF8: true}, []byte{0x81, 0xa1, 0xff, 0xd9, 1, 0xff}, nil},
		{"-1 and 2^64-1 are two keys", codec.Msgpack{}, []byte{0x82, 0xff, 1, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 2}, nil},
		{"bin is not text", codec.Msgpack{}, []byte{0x91, 0xc4, 1, 0xff}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.codec.Scan(tt.payload)
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			asError(t, tt.want, "msgpack", "scan", err)
		})
	}
}

func TestBytesHaveADefaultLimit(t *testing.T) {
	const most = 16 << 20
	p := append([]byte{0xc6, 0, 0, 0, 0}, make([]byte, most-4)...)
	p[1], p[2], p[3], p[4] = 0xff, 0xff, 0xff, 0xff
	e := asError(t, codec.ErrTooLarge, "msgpack", "decode", codec.Msgpack{}.Decode(p, new([]byte)))
	assert.Equal(t, int64(most+1), e.Found)
	assert.Equal(t, int64(most), e.Allowed)

	out, err := codec.Msgpack{}.Append([]byte("x"), make([]byte, most-5))
	require.NoError(t, err)
	assert.Len(t, out, most+1)
	out, err = codec.Msgpack{}.Append([]byte("x"), make([]byte, most-4))
	asError(t, codec.ErrTooLarge, "msgpack", "append", err)
	assert.Equal(t, "x", string(out))
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	tests := []struct{ payload, want string }{
		{"", "codec: payload ends too early: msgpack scan, byte 0: the next element needs 1 bytes or more, 0 left"},
		{"93 01 02", "codec: payload ends too early: msgpack scan, byte 0: array needs 4 bytes or more, 3 left"},
		{"92 01 d9", "codec: payload ends too early: msgpack scan, byte 2: str needs 2 bytes or more, 1 left"},
		{"92 92 01 01", "codec: payload ends too early: msgpack scan, byte 1: array needs 4 bytes or more, 3 left"},
		{"91 c6 00 00 00 09 00", "codec: payload ends too early: msgpack scan, byte 1: bin needs 14 bytes or more, 6 left"},
		{"90 c0 c0", "codec: bytes after the value: msgpack scan, byte 1: 2 too many"},
		{"91 c1", "codec: malformed payload: msgpack scan, byte 1: 0xc1 begins no element"},
		{"91 d4 2a 00", "codec: unexpected msgpack ext: msgpack scan, byte 1: type 42"},
		{"91 c7 0c ff 00", "codec: unexpected msgpack ext: msgpack scan, byte 1: type -1, a time: put Timestamp into Exts, or send int64 nanoseconds"},
		{"81 90 01", "codec: unsupported map key: msgpack scan, byte 1: array as a key"},
		{"82 a1 61 01 a1 61 02", "codec: duplicate key: msgpack scan, byte 4: str is also at byte 1"},
		{"91 a3 61 ff 62", "codec: invalid UTF-8: msgpack scan, byte 3: 0xff does not belong there"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%q", tt.payload), func(t *testing.T) {
			assert.EqualError(t, codec.Msgpack{}.Scan(unhex(t, tt.payload)), tt.want)
		})
	}
}

func TestAnErrorWithoutDetailsHasAMessage(t *testing.T) {
	err := &codec.Error{Codec: "own", Op: "decode", Err: codec.ErrValue, Offset: -1}
	assert.EqualError(t, err, "codec: payload and Go value do not fit: own decode")
	assert.ErrorIs(t, err, codec.ErrValue)
}

func TestInvalidUTF8IsFoundAnywhere(t *testing.T) {
	for n := 1; n < 40; n++ {
		for at := range n {
			p := append([]byte{0xd9, byte(n)}, repeat(n, 'a')...)
			require.NoError(t, codec.Msgpack{}.Scan(p))
			p[2+at] = 0x80
			e := asError(t, codec.ErrUTF8, "msgpack", "scan", codec.Msgpack{}.Scan(p))
			require.Equal(t, 2+at, e.Offset)
		}
	}
}
