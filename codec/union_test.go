package codec_test

import (
	"encoding/hex"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// A shape is what the unions of these tests hold; circle has a pointer as its member, the others values.
type shape interface{ area() float64 }

type (
	square struct{ Side int64 }
	circle struct {
		Radius int64
		Label  string
	}
	dots  []int
	blank string
)

func (s square) area() float64 { return float64(s.Side * s.Side) }
func (c circle) area() float64 { return math.Pi * float64(c.Radius*c.Radius) }
func (dots) area() float64     { return 0 }
func (blank) area() float64    { return 0 }

type shapeTag uint8

const (
	tagSquare shapeTag = iota
	tagCircle
	tagDots  shapeTag = 200
	tagBlank shapeTag = 127
)

// String would be wrong in an error: the wire has the number.
func (shapeTag) String() string { return "a tag" }

var (
	byNumber = map[shapeTag]shape{tagSquare: square{}, tagCircle: &circle{}, tagDots: dots{}, tagBlank: blank("")}
	byName   = map[string]shape{"square": square{}, "cercle □": (*circle)(nil), "dots": dots(nil), `"`: blank("any")}
)

// outerText is a codec that the package does not know, around JSON.
type outerText struct{ codec.JSON }

func (outerText) Name() string { return "text/json" }

// shapeUnions are unions of the same types over each wire.
func shapeUnions() []*codec.Union[shape] {
	return []*codec.Union[shape]{
		codec.MustUnion(codec.Msgpack{}, byNumber), codec.MustUnion(codec.Msgpack{}, byName),
		codec.MustUnion(codec.JSON{}, byNumber), codec.MustUnion(codec.JSON{}, byName),
		codec.MustUnion(outerText{}, byNumber), codec.MustUnion(outerText{}, byName),
		codec.MustUnion(nil, byNumber), codec.MustUnion(&codec.JSON{}, byName), codec.MustUnion(&codec.Msgpack{}, byName),
	}
}

func TestUnionOnTheWire(t *testing.T) {
	tests := []struct {
		union codec.Codec
		name  string
		v     shape
		wire  string
	}{
		{codec.MustUnion(codec.Msgpack{}, byNumber), "union+msgpack", square{3}, "\x92\x00\x81\xa4Side\x03"},
		{codec.MustUnion(codec.Msgpack{}, byNumber), "union+msgpack", dots{1, 2}, "\x92\xcc\xc8\x92\x01\x02"},
		{codec.MustUnion(codec.Msgpack{}, byNumber), "union+msgpack", blank("x"), "\x92\x7f\xa1x"},
		{codec.MustUnion(codec.Msgpack{}, byName), "named-union+msgpack", dots{1}, "\x92\xa4dots\x91\x01"},
		{codec.MustUnion(codec.JSON{}, byNumber), "union+json", square{3}, `[0,{"Side":3}]`},
		{codec.MustUnion(codec.JSON{}, byName), "named-union+json", square{3}, `["square",{"Side":3}]`},
		{codec.MustUnion(codec.JSON{}, byName), "named-union+json", blank("x"), `["\"","x"]`},
		{codec.MustUnion(outerText{}, byNumber), "union+text/json", dots{1}, "\xc8\x01[1]"},
		{codec.MustUnion(outerText{}, byName), "named-union+text/json", dots{1}, "\x04dots[1]"},
	}
	for _, test := range tests {
		t.Run(test.name+" "+hex.EncodeToString([]byte(test.wire[:3])), func(t *testing.T) {
			assert.Equal(t, test.name, test.union.Name())
			payload, err := test.union.Append([]byte("before"), test.v)
			require.NoError(t, err)
			assert.Equal(t, "before"+test.wire, string(payload))
			got := shape(square{7})
			require.NoError(t, test.union.Decode([]byte(test.wire), &got))
			assert.Equal(t, test.v, got)
		})
	}
}

// Other languages' encoders take more bytes than needed, or put white space between.
func TestUnionReadsEveryFormOfTheTag(t *testing.T) {
	for _, test := range []struct {
		union *codec.Union[shape]
		wires []string
	}{
		{codec.MustUnion(codec.Msgpack{}, byNumber), []string{
			"92 cc 7f a1 78", "92 cd 00 7f a1 78", "92 ce 00 00 00 7f a1 78", "92 cf 00 00 00 00 00 00 00 7f a1 78", "92 d0 7f a1 78",
			"92 d1 00 7f a1 78", "92 d2 00 00 00 7f a1 78", "92 d3 00 00 00 00 00 00 00 7f a1 78", "dc 00 02 7f a1 78", "dd 00 00 00 02 7f a1 78",
		}},
		{codec.MustUnion(codec.Msgpack{}, byName), []string{
			"92 a1 22 a1 78", "92 d9 01 22 a1 78", "92 da 00 01 22 a1 78", "92 db 00 00 00 01 22 a1 78",
		}},
		{codec.MustUnion(codec.JSON{}, byNumber), []string{hex.EncodeToString([]byte("\r\n[ \t127 , \"x\" ] "))}},
		{codec.MustUnion(codec.JSON{}, byName), []string{
			hex.EncodeToString([]byte(" [ \"\\\"\" ,\"x\" ] ")), hex.EncodeToString([]byte(`["\u0022","x"]`)),
		}},
	} {
		for _, wire := range test.wires {
			var got shape
			require.NoError(t, test.union.Decode(unhex(t, wire), &got), wire)
			assert.Equal(t, blank("x"), got, wire)
		}
	}
}

func drawShape(t *rapid.T) shape {
	switch rapid.IntRange(0, 3).Draw(t, "member") {
	case 0:
		return square{rapid.Int64().Draw(t, "side")}
	case 1:
		return &circle{rapid.Int64().Draw(t, "radius"), text.Draw(t, "label")}
	case 2:
		return dots(rapid.SliceOf(rapid.Int()).Draw(t, "dots"))
	}
	return blank(text.Draw(t, "blank"))
}

func TestUnionRoundTrip(t *testing.T) {
	for _, u := range shapeUnions() {
		t.Run(u.Name(), rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, u, drawShape(t)) }))
	}
}

// What was registered comes out. Append takes the value and the pointer to it.
func TestUnionOfValuesAndPointers(t *testing.T) {
	u := codec.MustUnion(codec.Msgpack{}, byNumber)
	for _, test := range []struct{ sent, want shape }{
		{square{3}, square{3}},
		{&square{3}, square{3}},
		{circle{Radius: 3}, &circle{Radius: 3}},
		{&circle{Radius: 3}, &circle{Radius: 3}},
		{&dots{1}, dots{1}},
	} {
		payload, err := u.Append(nil, test.sent)
		require.NoError(t, err)
		var got shape
		require.NoError(t, u.Decode(payload, &got))
		assert.Equal(t, test.want, got)
	}
}

func TestUnionOfAnything(t *testing.T) {
	u := codec.MustUnion(codec.JSON{}, map[string]any{"word": "", "number": 0, "list": []string{}, "table": map[string]int{}})
	for _, v := range []any{"x", 7, []string{"a"}, map[string]int{"a": 1}} {
		payload, err := u.Append(nil, v)
		require.NoError(t, err)
		var got any
		require.NoError(t, u.Decode(payload, &got))
		assert.Equal(t, v, got)
	}
}

// tick has a field that most numbers do not fit, and hand has methods as tinylib/msgp generates them.
type (
	tick struct{ N int8 }
	hand struct{ Fingers []byte }
)

func (tick) area() float64 { return 0 }
func (hand) area() float64 { return 0 }

func (h hand) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xa1, 'h'), nil }

func (h *hand) UnmarshalMsg(p []byte) ([]byte, error) {
	h.Fingers = append([]byte("by hand: "), p[1:2]...)
	return p[2:], nil
}

// What the codec does for a type it does for a member: its own methods are used, and no number is changed.
func TestUnionMembersAreWhatTheCodecMakesOfThem(t *testing.T) {
	u := codec.MustUnion(codec.Msgpack{}, map[int]shape{1: tick{}, 2: hand{}})
	var got shape
	require.NoError(t, u.Decode(unhex(t, "92 01 81 a1 4e 7f"), &got))
	assert.Equal(t, tick{127}, got)
	err := u.Decode(unhex(t, "92 01 81 a1 4e cc 80"), &got)
	e := asError(t, codec.ErrRange, "union+msgpack", "decode", err)
	assert.Equal(t, 5, e.Offset, err)
	payload, err := u.Append(nil, hand{})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "92 02 a1 68"), payload)
	require.NoError(t, u.Decode(payload, &got))
	assert.Equal(t, hand{[]byte("by hand: h")}, got)
}

// Nothing of one message is in the next, nor in one that a receiver keeps.
func TestUnionMessagesShareNothing(t *testing.T) {
	u := codec.MustUnion(codec.Msgpack{}, map[int]shape{1: circle{}, 2: dots{}})
	var first, second, third, fourth shape
	require.NoError(t, u.Decode(unhex(t, "92 01 82 a6 52 61 64 69 75 73 07 a5 4c 61 62 65 6c a1 78"), &first))
	require.NoError(t, u.Decode(unhex(t, "92 01 81 a6 52 61 64 69 75 73 08"), &second))
	assert.Equal(t, circle{7, "x"}, first)
	assert.Equal(t, circle{8, ""}, second)
	require.NoError(t, u.Decode(unhex(t, "92 02 92 01 02"), &third))
	require.NoError(t, u.Decode(unhex(t, "92 02 92 03 04"), &fourth))
	assert.Equal(t, dots{1, 2}, third)
	assert.Equal(t, dots{3, 4}, fourth)
}

// An old program and a new one talk: it is one error for each message that only the new one knows.
func TestUnionEvolution(t *testing.T) {
	before := codec.MustUnion(codec.Msgpack{}, map[int]shape{1: square{}})
	after := codec.MustUnion(codec.Msgpack{}, map[int]shape{1: circle{}, 2: dots{}})
	assert.Equal(t, before.Name(), after.Name())

	var got shape
	payload, err := after.Append(nil, dots{1})
	require.NoError(t, err)
	asError(t, codec.ErrTag, "union+msgpack", "decode", before.Decode(payload, &got))
	payload, err = after.Append(nil, circle{Label: "fields that are unknown are ignored"})
	require.NoError(t, err)
	require.NoError(t, before.Decode(payload, &got))
	assert.Equal(t, square{}, got)
}

// An error names no more tags than a person reads.
func TestUnionOfManyMembers(t *testing.T) {
	members := map[int]any{}
	for i := range 20 {
		members[i] = reflect.Zero(reflect.ArrayOf(i, reflect.TypeFor[bool]())).Interface()
	}
	u := codec.MustUnion(codec.JSON{}, members)
	var got any
	require.NoError(t, u.Decode([]byte("[19,[]]"), &got))
	assert.Equal(t, [19]bool{}, got)
	assert.ErrorContains(t, u.Decode([]byte("[20,[]]"), &got), "20 is none of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 4 more")
}
