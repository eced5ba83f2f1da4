package codec_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// A refusal is a payload that a union refuses, with what its error says.
type refusal struct {
	name    string
	payload string
	class   error
	offset  int
	message string // the end of it
}

func refuses(t *testing.T, u *codec.Union[shape], refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			got, payload := shape(square{7}), []byte(r.payload)
			err := u.Decode(payload, &got)
			e := asError(t, r.class, u.Name(), "decode", err)
			assert.Equal(t, r.offset, e.Offset, err)
			assert.True(t, strings.HasSuffix(err.Error(), r.message), err)
			assert.Nil(t, got)
			assert.Less(t, leastBytes(func() { _ = u.Decode(payload, &got) }), uint64(2*errorBytes), "bytes for the error")
		})
	}
}

func TestMsgpackUnionRefuses(t *testing.T) {
	refuses(t, codec.MustUnion(codec.Msgpack{MaxBytes: 2000}, byNumber), []refusal{
		{"nothing", "", codec.ErrTruncated, 0, "array needs 1 bytes or more, 0 left"},
		{"no array", "\x81\x00\x80", codec.ErrShape, 0, "no array of two elements, a tag and a value, begins here"},
		{"an ext", "\xd4\x01\x00", codec.ErrShape, 0, "begins here"},
		{"an empty array", "\x90", codec.ErrShape, 0, "begins here"},
		{"no value", "\x91\x00", codec.ErrShape, 0, "begins here"},
		{"three elements", "\x93\x00\x80\x80", codec.ErrShape, 0, "begins here"},
		{"three elements, 16 bits", "\xdc\x00\x03\x00\x80\x80", codec.ErrShape, 0, "begins here"},
		{"very many elements", "\xdd\xff\xff\xff\xff\x00", codec.ErrShape, 0, "begins here"},
		{"an array cut off", "\xdd\x00\x00\x00", codec.ErrTruncated, 0, "array needs 5 bytes or more, 4 left"},
		{"no tag", "\x92", codec.ErrTruncated, 1, "tag needs 1 bytes or more, 0 left"},
		{"a tag cut off", "\x92\xcd\x01", codec.ErrTruncated, 1, "tag needs 3 bytes or more, 2 left"},
		{"a negative tag", "\x92\xff\x80", codec.ErrShape, 1, "a tag is an integer, 0 or more, or a string"},
		{"a negative tag, 8 bits", "\x92\xd0\xff\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"a negative tag, 64 bits", "\x92\xd3\xff\xff\xff\xff\xff\xff\xff\xff\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"nil for a tag", "\x92\xc0\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"a float for a tag", "\x92\xca\x00\x00\x00\x00\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"a bin for a tag", "\x92\xc4\x01\x22\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"an array for a tag", "\x92\x92\x00\x80\x80", codec.ErrShape, 1, "0 or more, or a string"},
		{"a string for a tag", "\x92\xd9\x04dots\x90", codec.ErrTag, 1, `"dots" is none of 0, 1, 127, 200`},
		{"a long string for a tag", "\x92\xda\x03\xe8" + strings.Repeat("x", 1000) + "\x90", codec.ErrTag, 1, `xxx"... is none of 0, 1, 127, 200`},
		{"a longer string than there is", "\x92\xdb\xff\xff\xff\xffx", codec.ErrTruncated, 1, "tag needs 4294967300 bytes or more, 6 left"},
		{"the length of a string cut off", "\x92\xd9", codec.ErrTruncated, 1, "tag needs 2 bytes or more, 1 left"},
		{"a shorter string than there is", "\x92\xa3xy", codec.ErrTruncated, 1, "tag needs 4 bytes or more, 3 left"},
		{"an unknown tag", "\x92\x02\x80", codec.ErrTag, 1, "2 is none of 0, 1, 127, 200"},
		{"a tag that wraps around", "\x92\xcf\x00\x00\x00\x01\x00\x00\x00\x00\x80", codec.ErrTag, 1, "4294967296 is none of 0, 1, 127, 200"},
		{"the largest tag", "\x92\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x80", codec.ErrTag, 1, "18446744073709551615 is none of 0, 1, 127, 200"},
		{"an unknown tag and a bomb", "\x92\x02\xdd\xff\xff\xff\xff", codec.ErrTag, 1, "is none of 0, 1, 127, 200"},
		{"a tag and no value", "\x92\x00", codec.ErrTruncated, 2, "0 left"},
		{"a bomb", "\x92\xcc\xc8\xdd\xff\xff\xff\xff", codec.ErrTooManyElements, 3, "array makes it 4294967298, MaxElements allows 65536"},
		{"a deep bomb", "\x92\xcc\xc8" + strings.Repeat("\x91", 1000), codec.ErrTooDeep, 34, "array opens level 33, MaxDepth allows 32"},
		{"a value cut off", "\x92\xcc\xc8\x93\x01\x02", codec.ErrTruncated, 3, "array needs 4 bytes or more, 3 left"},
		{"bytes behind", "\x92\xcc\xc8\x91\x01\x02\x03", codec.ErrTrailing, 5, "2 too many"},
		{"a key twice", "\x92\x00\x82\xa4Side\x01\xa4Side\x02", codec.ErrDuplicateKey, 9, "str is also at byte 3"},
		{"no UTF-8", "\x92\x7f\xa2x\xff", codec.ErrUTF8, 4, "0xff does not belong there"},
		{"an ext inside", "\x92\x00\xd4\x07\x00", codec.ErrExt, 2, "type 7"},
		{"too large", "\x92\x7f\xda\x07\xcc" + strings.Repeat("x", 1996), codec.ErrTooLarge, -1, "2001 bytes, MaxBytes allows 2000"},
	})
	refuses(t, codec.MustUnion(codec.Msgpack{}, byName), []refusal{
		{"a number for a name", "\x92\x00\x80", codec.ErrTag, 1, `0 is none of "\"", "cercle □", "dots", "square"`},
		{"the empty name", "\x92\xa0\x80", codec.ErrTag, 1, `"" is none of "\"", "cercle □", "dots", "square"`},
	})
}

func TestJSONUnionRefuses(t *testing.T) {
	refuses(t, codec.MustUnion(codec.JSON{MaxBytes: 20_000}, byNumber), []refusal{
		{"nothing", " ", codec.ErrTruncated, 1, "array needs 1 bytes or more, 0 left"},
		{"no array", ` {"0":{}}`, codec.ErrShape, 1, "no array of two elements, a tag and a value, begins here"},
		{"an array cut off", "[ ", codec.ErrTruncated, 2, "tag needs 1 bytes or more, 0 left"},
		{"an empty array", "[]", codec.ErrShape, 1, "a tag is an integer, 0 or more, or a string"},
		{"a negative tag", "[-1,{}]", codec.ErrShape, 1, "0 or more, or a string"},
		{"null for a tag", "[null,{}]", codec.ErrShape, 1, "0 or more, or a string"},
		{"a leading zero", "[00,{}]", codec.ErrShape, 1, "0 or more, or a string"},
		{"a fraction for a tag", "[0.0,{}]", codec.ErrShape, 2, "no comma and value follow the tag"},
		{"no value", "[0]", codec.ErrShape, 2, "no comma and value follow the tag"},
		{"no value behind the comma", "[0, ]", codec.ErrShape, 4, "no value follows the tag"},
		{"cut off behind the tag", "[0", codec.ErrTruncated, 2, "array needs 1 bytes or more, 0 left"},
		{"cut off behind the comma", "[0,", codec.ErrTruncated, 3, "a value needs 1 bytes or more, 0 left"},
		{"cut off in the value", `[0,{"Side":[]`, codec.ErrTruncated, 12, "array needs 1 bytes or more, 0 left"},
		{"cut off behind the value", `[0,{"Side":1}`, codec.ErrTruncated, 13, "array needs 1 bytes or more, 0 left"},
		{"three elements", `[0,{},{}]`, codec.ErrShape, 5, "a third element follows the value"},
		{"bytes behind", `[0,{}]]`, codec.ErrTrailing, 6, "1 too many"},
		{"text behind", `[0,{} ] x`, codec.ErrTrailing, 8, "1 too many"},
		{"no comma", `[0,{}{}]`, codec.ErrMalformed, 5, "0x7b stands where the end of the array belongs"},
		{"an unknown tag", "[2,{}]", codec.ErrTag, 1, "2 is none of 0, 1, 127, 200"},
		{"a tag that wraps around", "[18446744073709551616,{}]", codec.ErrTag, 1, "18446744073709551615 is none of 0, 1, 127, 200"},
		{"a tag that wraps around later", "[4294967296,{}]", codec.ErrTag, 1, "4294967296 is none of 0, 1, 127, 200"},
		{"an endless tag", "[" + strings.Repeat("9", 10_000), codec.ErrTruncated, 10_001, "array needs 1 bytes or more, 0 left"},
		{"an unknown tag and a bomb", "[2," + strings.Repeat("[", 1000), codec.ErrTag, 1, "2 is none of 0, 1, 127, 200"},
		{"a deep bomb", "[200," + strings.Repeat("[", 1000), codec.ErrTooDeep, 36, "array opens level 33, MaxDepth allows 32"},
		{"a key twice", `[0,{"Side":1,"Side":2}]`, codec.ErrDuplicateKey, 13, "name is also at byte 4"},
		{"too large", "[0,{}" + strings.Repeat(" ", 20_000) + "]", codec.ErrTooLarge, -1, "20006 bytes, MaxBytes allows 20000"},
	})
	refuses(t, codec.MustUnion(codec.JSON{}, byName), []refusal{
		{"a number for a name", "[0,{}]", codec.ErrTag, 1, `0 is none of "\"", "cercle □", "dots", "square"`},
		{"a name cut off", `["dots`, codec.ErrTruncated, 1, "tag needs 6 bytes or more, 5 left"},
		{"an escape cut off", `["dots\`, codec.ErrTruncated, 1, "tag needs 7 bytes or more, 6 left"},
		{"a bad escape", `["\x",{}]`, codec.ErrMalformed, 3, "0x78 is no escape"},
		{"an unknown name", `["\u0064ot",[]]`, codec.ErrTag, 1, `"dot" is none of "\"", "cercle □", "dots", "square"`},
		{"an endless name", `["` + strings.Repeat(`\u0064`, 2000) + `",[]]`, codec.ErrTag, 1, `"... is none of "\"", "cercle □", "dots", "square"`},
	})
}

func TestUnionOfAnotherCodecRefuses(t *testing.T) {
	refuses(t, codec.MustUnion(outerText{}, byNumber), []refusal{
		{"nothing", "", codec.ErrTruncated, 0, "tag needs 1 bytes or more, 0 left"},
		{"a tag cut off", "\xc8", codec.ErrTruncated, 0, "tag needs 2 bytes or more, 1 left"},
		{"a tag that is padded", "\x80\x00{}", codec.ErrShape, 0, "begins no varint in its minimal form"},
		{"a tag of too many bits", strings.Repeat("\xff", 11), codec.ErrShape, 0, "begins no varint in its minimal form"},
		{"an unknown tag", "\x02{}", codec.ErrTag, 0, "2 is none of 0, 1, 127, 200"},
		{"no value", "\x00", codec.ErrTruncated, 1, "0 left"},
		{"a bad value", "\x00}", codec.ErrMalformed, 1, "0x7d begins no value"},
		{"a deep bomb", "\x00" + strings.Repeat("[", 1000), codec.ErrTooDeep, 33, "array opens level 33, MaxDepth allows 32"},
	})
	refuses(t, codec.MustUnion(outerText{}, byName), []refusal{
		{"an unknown name", "\x03dot[]", codec.ErrTag, 0, `"dot" is none of "\"", "cercle □", "dots", "square"`},
		{"a name cut off", "\x05dots", codec.ErrTruncated, 0, "tag needs 6 bytes or more, 5 left"},
		{"a name of many bytes", "\xff\xff\xff\xff\xff\xff\xff\xff\x7fx", codec.ErrTruncated, 0, "10 left"},
	})
}

// eofText is a codec whose errors are its own.
type eofText struct{ codec.Text }

func (eofText) Name() string { return "eof" }

func (eofText) Append(dst []byte, _ any) ([]byte, error) { return dst, io.ErrShortBuffer }

func (eofText) Decode([]byte, any) error { return io.EOF }

func TestUnionWrapsTheErrorsOfAnotherCodec(t *testing.T) {
	u := codec.MustUnion(eofText{}, byNumber)
	var got shape
	err := u.Decode([]byte{0}, &got)
	asError(t, codec.ErrValue, "union+eof", "decode", err)
	assert.ErrorIs(t, err, io.EOF)
	_, err = u.Append(nil, square{})
	asError(t, codec.ErrValue, "union+eof", "append", err)
	assert.ErrorIs(t, err, io.ErrShortBuffer)
}

type (
	pile []any
	bag  map[string]any
)

func (pile) area() float64 { return 1 }
func (bag) area() float64  { return 1 }

// holders have members that hold anything, so that only the guard refuses a payload.
var holders = map[int]shape{0x10: pile{}, 0x11: bag{}, 0x12: blank("")}

// The limits of the codec inside are those of the whole payload: the union says to the letter what the codec says of the array
// around the value.
func TestUnionLimitsAreThoseOfTheWholePayload(t *testing.T) {
	tight := codec.Msgpack{MaxDepth: 3, MaxElements: 12, MaxBytes: 40}
	u := codec.MustUnion(tight, holders)
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.SampledFrom([]byte{0x10, 0x11, 0x12}).Draw(t, "tag")
		sameGuard(t, u, tight, append([]byte{0x92, tag}, drawMsgpack(t)...))
	})
	sameBothWays(t, u, tight, 36)
}

func TestJSONUnionLimitsAreThoseOfTheWholePayload(t *testing.T) {
	tight := codec.JSON{MaxDepth: 3, MaxElements: 12, MaxBytes: 60}
	u := codec.MustUnion(tight, holders)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"[", "]", "{", "}", ",", `"a":`, `"b":`, "1", `"x"`, " ", "[]", `\`, "\xff"})
		parts := rapid.SliceOfN(part, 0, 20)
		sameGuard(t, u, tight, []byte("[16,"+strings.Join(parts.Draw(t, "parts"), "")+"]"))
	})
	sameBothWays(t, u, tight, 53)
}

// deepPile returns a pile of so many levels.
func deepPile(levels int) pile {
	if levels == 1 {
		return pile{}
	}
	return pile{deepPile(levels - 1)}
}

// limits are the classes of errors by which a codec refuses what is well formed.
var limits = []error{
	codec.ErrTooLarge, codec.ErrTooDeep, codec.ErrTooManyElements, codec.ErrDuplicateKey, codec.ErrUTF8, codec.ErrExt, codec.ErrMapKey,
}

// sameGuard requires that u refuses payload where c does, and as c does, unless it is only the type or the shape that does not
// fit.
func sameGuard(t require.TestingT, u *codec.Union[shape], c codec.Codec, payload []byte) {
	var got shape
	var anything any
	mine, plain := u.Decode(payload, &got), c.Decode(payload, &anything)
	switch e := facts(mine); {
	case mine == nil:
		require.True(t, plain == nil || errors.Is(plain, codec.ErrValue), "%q: %v", payload, plain)
	case slices.Contains(limits, e.Err):
		require.Equal(t, facts(plain), e, "%q", payload)
	case e.Err != codec.ErrShape && e.Err != codec.ErrValue:
		require.Error(t, plain, "%q: %v", payload, mine)
	}
}

// facts are what an error says, but for who says it.
func facts(err error) codec.Error {
	e, ok := errors.AsType[*codec.Error](err)
	if !ok {
		return codec.Error{}
	}
	return codec.Error{Err: e.Err, Offset: e.Offset, What: e.What, Found: e.Found, Allowed: e.Allowed}
}

// sameBothWays requires that u appends and decodes a value if and only if c does with the array that it stands in, at the limits
// and one beyond: most is how long a text may be.
func sameBothWays(t *testing.T, u *codec.Union[shape], c codec.Codec, most int) {
	tests := []struct {
		fits  bool
		tag   int
		value shape
	}{
		{true, 0x10, deepPile(2)}, {false, 0x10, deepPile(3)}, {true, 0x10, make(pile, 9)}, {false, 0x10, make(pile, 10)},
		{true, 0x12, blank(strings.Repeat("x", most))}, {false, 0x12, blank(strings.Repeat("x", most+1))},
	}
	for _, test := range tests {
		_, mine := u.Append(nil, test.value)
		payload, plain := c.Append(nil, []any{test.tag, test.value})
		assert.Equal(t, test.fits, plain == nil, "%v: %v", test.value, plain)
		assert.Equal(t, facts(plain), facts(mine), "append %v", test.value)
		if test.fits {
			var got shape
			assert.NoError(t, u.Decode(payload, &got), "decode %v", test.value)
		}
	}
}

func TestWhatAUnionHoldsIsNotDecodedTwice(t *testing.T) {
	u := codec.MustUnion(codec.Msgpack{}, byNumber)
	payload, err := u.Append(nil, blank(strings.Repeat("x", 10_000)))
	require.NoError(t, err)
	var got shape
	assert.Less(t, leastBytes(func() { _ = u.Decode(payload, &got) }), uint64(12_000), "one copy of the text")
	assert.Less(t, leastBytes(func() { _, _ = u.Append(payload[:0], got) }), uint64(1), "none")
}
