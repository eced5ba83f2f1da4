package codec_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

func TestNames(t *testing.T) {
	for want, c := range map[string]codec.Codec{
		"msgpack": codec.Msgpack{MaxDepth: 3}, "json": codec.JSON{MaxDepth: 3}, "raw": codec.Raw{}, "text": codec.Text{},
	} {
		assert.Equal(t, want, c.Name())
	}
}

func TestMsgpackAppendWritesTheShortForms(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, "c0"},
		{"nil pointer", (*plain)(nil), "c0"},
		{"small int64", int64(1), "01"},
		{"negative", int64(-33), "d0 df"},
		{"int64", int64(math.MinInt64), "d3 80 00 00 00 00 00 00 00"},
		{"uint64", uint64(math.MaxUint64), "cf ff ff ff ff ff ff ff ff"},
		{"uint16 in a slice", []uint16{1, 300}, "92 01 cd 01 2c"},
		{"float", 1.0, "cb 3f f0 00 00 00 00 00 00"},
		{"duration", time.Microsecond, "cd 03 e8"},
		{"struct", plain{A: 1, B: "é", C: true}, "83 a1 41 01 a1 42 a2 c3 a9 a1 43 c3"},
		{"bytes", []byte{1}, "c4 01 01"},
		{"raw message", msgpack.RawMessage{0x92, 1, 2}, "92 01 02"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := codec.Msgpack{}.Append([]byte{0xfe}, tt.value)
			require.NoError(t, err)
			assert.Equal(t, append([]byte{0xfe}, unhex(t, tt.want)...), got)
		})
	}
}

// refusesItself has methods that fail.
type refusesItself struct{}

var errRefused = errors.New("not today")

func (refusesItself) EncodeMsgpack(*msgpack.Encoder) error  { return errRefused }
func (*refusesItself) DecodeMsgpack(*msgpack.Decoder) error { return errRefused }
func (refusesItself) MarshalJSON() ([]byte, error)          { return nil, errRefused }
func (*refusesItself) UnmarshalJSON([]byte) error           { return errRefused }

// panics has methods that panic.
type panics struct{ with any }

func (p panics) EncodeMsgpack(*msgpack.Encoder) error  { panic(p.with) }
func (p *panics) DecodeMsgpack(*msgpack.Decoder) error { panic(errRefused) }
func (p panics) MarshalJSON() ([]byte, error)          { panic(p.with) }
func (p *panics) UnmarshalJSON([]byte) error           { panic(errRefused) }

func TestMsgpackAppendRefuses(t *testing.T) {
	deep := any(0)
	for range 33 {
		deep = []any{deep}
	}
	tests := []struct {
		name  string
		value any
		want  error
	}{
		{"channel", make(chan int), codec.ErrValue},
		{"function in a field", struct{ F func() }{func() {}}, codec.ErrValue},
		{"complex", 1i, codec.ErrValue},
		{"time", time.Unix(1, 0), codec.ErrExt},
		{"time in a field", struct{ T time.Time }{}, codec.ErrExt},
		{"too deep", deep, codec.ErrTooDeep},
		{"too many elements", make([]int, 65_536), codec.ErrTooManyElements},
		{"too many elements behind an interface", []any{make([]bool, 65_536)}, codec.ErrTooManyElements},
		{"not UTF-8", "a\xff", codec.ErrUTF8},
		{"not UTF-8 in a key", map[string]int{"\xff": 1}, codec.ErrUTF8},
		{"float as a key", map[float64]int{1: 1}, codec.ErrMapKey},
		{"struct as a key", map[[2]int]int{{}: 1}, codec.ErrMapKey},
		{"the same key as int8 and int16", map[any]int{int8(1): 1, int16(1): 2}, codec.ErrDuplicateKey},
		{"raw message of garbage", []msgpack.RawMessage{{0xc1}}, codec.ErrMalformed},
		{"raw message of two values", []msgpack.RawMessage{{1, 2}}, codec.ErrTrailing},
		{"raw message of nothing", []msgpack.RawMessage{{}}, codec.ErrTruncated},
		{"raw message with a bomb", []msgpack.RawMessage{{0xdd, 0xff, 0xff, 0xff, 0xff}}, codec.ErrTooManyElements},
		{"method that fails", refusesItself{}, codec.ErrValue},
		{"method that panics", &panics{"boom"}, codec.ErrPanic},
		{"method that panics deep inside", []any{map[string]any{"a": panics{errRefused}}}, codec.ErrPanic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dst := make([]byte, 3, 100)
			got, err := codec.Msgpack{}.Append(dst, tt.value)
			asError(t, tt.want, "msgpack", "append", err)
			assert.Len(t, got, 3)
			assert.Equal(t, 100, cap(got), "the caller's own slice")
		})
	}
}

func TestCausesCanBeFound(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		payload := map[string]string{"msgpack": "\x01", "json": "1"}[c.Name()]

		_, err := c.Append(nil, refusesItself{})
		assert.ErrorIs(t, err, errRefused)
		assert.ErrorContains(t, err, "not today")
		_, err = c.Append(nil, panics{errRefused})
		assert.ErrorIs(t, err, errRefused)
		_, err = c.Append(nil, panics{"boom"})
		assert.ErrorContains(t, err, "codec: panic: "+c.Name()+" append: boom")

		asError(t, codec.ErrValue, c.Name(), "decode", c.Decode([]byte(payload), new(refusesItself)))
		err = c.Decode([]byte(payload), new(panics))
		assert.ErrorIs(t, err, codec.ErrPanic)
		assert.ErrorIs(t, err, errRefused)
	}
}

func TestDecodeNeedsAPointer(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}, codec.Raw{}, codec.Text{}} {
		for _, target := range []any{nil, plain{}, 7, "s", (*plain)(nil), (*[]byte)(nil), (*string)(nil), (*any)(nil), map[string]int{}} {
			e := asError(t, codec.ErrValue, c.Name(), "decode", c.Decode([]byte{'1'}, target))
			assert.Equal(t, -1, e.Offset)
			assert.ErrorContains(t, e, "cannot decode into a")
		}
	}
}

func TestMsgpackDecodeSaysWhatDoesNotFit(t *testing.T) {
	e := asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, "82 a1 41 01 a1 42 07"), new(plain)))
	assert.Equal(t, 6, e.Offset)
	assert.ErrorContains(t, e, "integer cannot be read into string")

	asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, "81 01 02"), new(any)))
	asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, "92 01 02"), new([1]int)))
}

func TestUnknownFields(t *testing.T) {
	type old struct{ A int }
	type renewed struct {
		A int
		B []map[string]int
	}
	tests := []struct {
		lenient, strict codec.Codec
	}{
		{codec.Msgpack{}, codec.Msgpack{DisallowUnknownFields: true}},
		{codec.JSON{}, codec.JSON{DisallowUnknownFields: true}},
	}
	for _, tt := range tests {
		payload, err := tt.strict.Append(nil, renewed{A: 1, B: []map[string]int{{"x": 1}}})
		require.NoError(t, err)

		var o old
		require.NoError(t, tt.lenient.Decode(payload, &o))
		assert.Equal(t, old{A: 1}, o)
		for range 3 { // pooled decoders keep the option apart
			asError(t, codec.ErrValue, tt.strict.Name(), "decode", tt.strict.Decode(payload, &o))
			assert.Zero(t, o)
			require.NoError(t, tt.lenient.Decode(payload, &o))
			require.NoError(t, tt.strict.Decode(payload, new(renewed)))
		}
	}
}

func TestNothingOfAnEarlierMessageShinesThrough(t *testing.T) {
	type point struct{ X, Y int }
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name(), func(t *testing.T) {
			first, err := c.Append(nil, map[string]any{"P": []point{{1, 2}}, "B": []byte("abc"), "M": map[string]int{"a": 1}})
			require.NoError(t, err)
			second, err := c.Append(nil, map[string]any{"P": []map[string]int{{"X": 9}}, "B": []byte("z"), "M": map[string]int{"b": 2}})
			require.NoError(t, err)

			type message struct {
				P []point
				B []byte
				M map[string]int
			}
			var m message
			require.NoError(t, c.Decode(first, &m))
			kept := m
			require.NoError(t, c.Decode(second, &m))
			assert.Equal(t, message{P: []point{{9, 0}}, B: []byte("z"), M: map[string]int{"b": 2}}, m)
			assert.Equal(t, message{P: []point{{1, 2}}, B: []byte("abc"), M: map[string]int{"a": 1}}, kept)
		})
	}
}

func TestDecodeKeepsNothingOfThePayload(t *testing.T) {
	type message struct {
		S string
		B []byte
		A any
		L []string
		M map[string]string
	}
	want := message{S: "text", B: []byte("bytes"), A: "boxed", L: []string{"one"}, M: map[string]string{"key": "value"}}
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		payload, err := c.Append(nil, want)
		require.NoError(t, err)
		var got message
		require.NoError(t, c.Decode(payload, &got))
		clear(payload)
		assert.Equal(t, want, got, c.Name())
	}
}

// leavesUnread has a DecodeMsgpack that does not read its value.
type leavesUnread struct{}

func (*leavesUnread) DecodeMsgpack(*msgpack.Decoder) error { return nil }

func TestMsgpackFindsBytesThatAMethodLeftUnread(t *testing.T) {
	err := codec.Msgpack{}.Decode([]byte{0x91, 0x01}, new(leavesUnread))
	e := asError(t, codec.ErrValue, "msgpack", "decode", err)
	assert.ErrorContains(t, e, "unread")
	assert.Zero(t, e.Offset)
}
