package codec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

func TestJSONRefuses(t *testing.T) {
	tests := []struct {
		name, payload string
		want          error
		offset        int
	}{
		{"nothing", ``, codec.ErrTruncated, 0},
		{"white space", ` `, codec.ErrTruncated, 1},
		{"open array", `[1`, codec.ErrTruncated, 2},
		{"open string", `["abc`, codec.ErrTruncated, 1},
		{"open escape", `"\`, codec.ErrTruncated, 0},
		{"open hex", `"\u00`, codec.ErrTruncated, 0},
		{"open pair", `"\ud83d\ude`, codec.ErrTruncated, 0},
		{"open literal", `tru`, codec.ErrTruncated, 0},
		{"open number", `[-`, codec.ErrTruncated, 1},
		{"open exponent", `1e`, codec.ErrTruncated, 0},
		{"open object", `{"a"`, codec.ErrTruncated, 4},
		{"second value", `{} {}`, codec.ErrTrailing, 3},
		{"comma behind", `[1],`, codec.ErrTrailing, 3},
		{"leading zero", `01`, codec.ErrTrailing, 1},
		{"comma at the end", `[1,]`, codec.ErrMalformed, 3},
		{"comma at the end of an object", `{"a":1,}`, codec.ErrMalformed, 7},
		{"no comma", `[1 2]`, codec.ErrMalformed, 3},
		{"no colon", `{"a" 1}`, codec.ErrMalformed, 5},
		{"no name", `{1:1}`, codec.ErrMalformed, 1},
		{"wrong end", `[1}`, codec.ErrMalformed, 2},
		{"wrong literal", `nulL`, codec.ErrMalformed, 3},
		{"wrong escape", `"\x"`, codec.ErrMalformed, 2},
		{"wrong hex", `"\u00g0"`, codec.ErrMalformed, 5},
		{"control character", "\"\n\"", codec.ErrMalformed, 1},
		{"no digit", `1.x`, codec.ErrMalformed, 2},
		{"plus", `+1`, codec.ErrMalformed, 0},
		{"comment", `1 //`, codec.ErrTrailing, 2},
		{"byte order mark", "\ufeff1", codec.ErrMalformed, 0},
		{"not UTF-8", "[\"a\xff\"]", codec.ErrUTF8, 3},
		{"half a surrogate pair", `["\ud800"]`, codec.ErrUTF8, 2},
		{"the wrong half", `["\udc00\ud800"]`, codec.ErrUTF8, 2},
		{"half and a letter", `["\ud800\u0041"]`, codec.ErrUTF8, 2},
		{"name twice", `{"a":1,"b":{"a":2},"a":3}`, codec.ErrDuplicateKey, 19},
		{"name twice by escape", `{"a\u0062\n":1,"ab\u000a":3}`, codec.ErrDuplicateKey, 15},
		{"name twice by a pair", `{"\ud83d\ude00":1,"😀":3}`, codec.ErrDuplicateKey, 18},
		{"empty name twice", `{"":1,"":3}`, codec.ErrDuplicateKey, 6},
		{"33 levels", strings.Repeat("[", 33), codec.ErrTooDeep, 32},
		{"a million levels", strings.Repeat(`[{"":`, 1_000_000), codec.ErrTooDeep, 16 * 5},
		{"65,537 elements", "[" + strings.Repeat("1,", 65_535) + "1]", codec.ErrTooManyElements, 1 + 2*65_535},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payload := []byte(tt.payload)
			var v any = "before"
			e := asError(t, tt.want, "json", "decode", codec.JSON{}.Decode(payload, &v))
			assert.Equal(t, tt.offset, e.Offset, e)
			assert.Nil(t, v)
			got := leastBytes(func() { _ = codec.JSON{}.Decode(payload, &v) })
			assert.LessOrEqual(t, got, uint64(errorBytes))
		})
	}
}

func TestJSONErrorsSayWhereAndWhat(t *testing.T) {
	tests := []struct{ payload, want string }{
		{`[1,`, "codec: payload ends too early: json scan, byte 3: a value needs 1 bytes or more, 0 left"},
		{`[1}`, "codec: malformed payload: json scan, byte 2: 0x7d stands where a comma or the end of the array belongs"},
		{`{"a":1,"a":2}`, "codec: duplicate key: json scan, byte 7: name is also at byte 1"},
		{`[[[1]]]`, "codec: nested too deep: json scan, byte 2: array opens level 3, MaxDepth allows 2"},
		{`{"a":[2,3,4]}`, "codec: too many elements: json scan, byte 8: value makes it 5, MaxElements allows 4"},
		{`[{},{},{"a":1}]`, "codec: too many elements: json scan, byte 8: name makes it 5, MaxElements allows 4"},
		{`"` + strings.Repeat("x", 30) + `"`, "codec: payload is too large: json scan: 32 bytes, MaxBytes allows 30"},
	}
	for _, tt := range tests {
		err := codec.JSON{MaxDepth: 2, MaxElements: 4, MaxBytes: 30}.Scan([]byte(tt.payload))
		assert.EqualError(t, err, tt.want)
	}
}

func TestJSONAccepts(t *testing.T) {
	tests := []struct {
		name    string
		codec   codec.JSON
		payload string
		want    any
	}{
		{"white space", codec.JSON{}, "\r\n [ 1 , -0.5e+1 ] \t", []any{1.0, -5.0}},
		{"empty", codec.JSON{}, `[[ ],{ },""]`, []any{[]any{}, map[string]any{}, ""}},
		{"literals", codec.JSON{}, `[true,false,null]`, []any{true, false, nil}},
		{"escapes", codec.JSON{}, `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, "\"\\/\b\f\n\r\té😀"},
		{"nearly the same names", codec.JSON{}, `{"a":1,"A":2,"a\u0000":3}`, map[string]any{"a": 1.0, "A": 2.0, "a\x00": 3.0}},
		{"32 levels", codec.JSON{}, strings.Repeat("[", 32) + strings.Repeat("]", 32), nil},
		{"name twice, allowed", codec.JSON{AllowDuplicateKeys: true}, `{"a":1,"a":2}`, map[string]any{"a": 2.0}},
		{"not UTF-8, allowed", codec.JSON{AllowInvalidUTF8: true}, "\"\xff\\ud800x\"", "\ufffd\ufffdx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v any
			require.NoError(t, tt.codec.Decode([]byte(tt.payload), &v))
			if tt.want != nil {
				assert.Equal(t, tt.want, v)
			}
		})
	}
}

func TestJSONComparesNamesAsTheyAreRead(t *testing.T) {
	for _, payload := range []string{
		`{"\ud800\u0041":1,"\ufffdA":2}`, `{"\ud800":1,"\ud801":2}`, `{"\ud800\ud83d\ude00":1,"\ufffd😀":2}`,
	} {
		err := codec.JSON{AllowInvalidUTF8: true}.Scan([]byte(payload))
		assert.ErrorIs(t, err, codec.ErrDuplicateKey, payload)
	}
	require.NoError(t, codec.JSON{}.Scan([]byte(`{"a":1,"\\u0061":2,"\u00612":3,"\u0061\u0000":4}`)))
}

func TestJSONHasManyNames(t *testing.T) {
	var b bytes.Buffer
	for i := range 3 * codec.Pairs {
		fmt.Fprintf(&b, `,"long name \u0041 %d":{"inner":%d}`, i, i)
	}
	names := b.String()[1:]
	require.NoError(t, codec.JSON{}.Scan([]byte("{"+names+"}")))
	for i := range 3 * codec.Pairs {
		again := fmt.Sprintf(`{%s,"long name A %d":1}`, names, i)
		require.ErrorIs(t, codec.JSON{}.Scan([]byte(again)), codec.ErrDuplicateKey)
	}
}

// names is a map whose keys can clash only in JSON.
type names map[clash]int

type clash int

func (clash) MarshalText() ([]byte, error) { return []byte("same"), nil }

func TestJSONAppendRefuses(t *testing.T) {
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
		{"infinite", []float64{1 / zero}, codec.ErrValue},
		{"too deep", deep, codec.ErrTooDeep},
		{"too many elements", make([]int, 65_536), codec.ErrTooManyElements},
		{"too large", strings.Repeat("x", 16<<20), codec.ErrTooLarge},
		{"name twice", names{1: 1, 2: 2}, codec.ErrDuplicateKey},
		{"raw message of garbage", json.RawMessage("{"), codec.ErrValue},
		{"raw message that is too deep", json.RawMessage(strings.Repeat("[", 33) + strings.Repeat("]", 33)), codec.ErrTooDeep},
		{"half a surrogate pair", json.RawMessage(`"\ud800"`), codec.ErrUTF8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dst := make([]byte, 3, 100)
			got, err := codec.JSON{}.Append(dst, tt.value)
			asError(t, tt.want, "json", "append", err)
			assert.Len(t, got, 3)
			assert.Equal(t, 100, cap(got))
		})
	}
}

var zero float64

func TestJSONLeavesTextAsItIs(t *testing.T) {
	got, err := codec.JSON{}.Append(nil, map[string]string{"<a href=\"&\">": "é\u2028"})
	require.NoError(t, err)
	assert.Equal(t, `{"<a href=\"&\">":"é\u2028"}`, string(got))

	got, err = codec.JSON{}.Append(nil, "a\xffb")
	require.NoError(t, err, "as documented, encoding/json replaces it")
	assert.Equal(t, `"a\ufffdb"`, string(got))
}

func TestJSONLimitsBytesExactly(t *testing.T) {
	c := codec.JSON{MaxBytes: 5}
	got, err := c.Append(nil, "abc")
	require.NoError(t, err)
	require.NoError(t, c.Decode(got, new(string)))
	_, err = c.Append(nil, "abcd")
	e := asError(t, codec.ErrTooLarge, "json", "append", err)
	assert.Equal(t, int64(5), e.Allowed)
	assert.Equal(t, int64(6), e.Found)
}

func TestJSONDecodeSaysWhatDoesNotFit(t *testing.T) {
	var p plain
	e := asError(t, codec.ErrValue, "json", "decode", codec.JSON{}.Decode([]byte(`{"A":1,"B":[]}`), &p))
	assert.Positive(t, e.Offset)
	assert.ErrorContains(t, e, "plain.B")
	assert.Zero(t, p)
}

func TestJSONScanAgreesWithTheLibrary(t *testing.T) {
	open := codec.JSON{MaxDepth: -1, MaxElements: -1, AllowDuplicateKeys: true, AllowInvalidUTF8: true}
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `,`, `:`, `"`, `"a"`, `"a":`, `1`, `-`, `0`, `.5`, `e+1`, `true`, `null`, `tru`, ` `, "\n",
			`"\u00e9"`, `"\ud83d\ude00"`, `"\ud800"`, `"\`, "\"\x01\"", "\xff", `{"b":[1,{}]}`, `[[],{}]`}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		p := bytes.Join(toBytes(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces")), nil)
		require.Equal(t, json.Valid(p), open.Scan(p) == nil, "%q: %v", p, open.Scan(p))
	})
}

func toBytes(pieces []string) (all [][]byte) {
	for _, p := range pieces {
		all = append(all, []byte(p))
	}
	return all
}

func TestJSONNumbersInAnAny(t *testing.T) {
	payload := []byte(`[9007199254740993,{"a":1.50}]`)
	var v any
	require.NoError(t, codec.JSON{}.Decode(payload, &v))
	assert.Equal(t, []any{float64(1 << 53), map[string]any{"a": 1.5}}, v, "the integer is rounded")

	require.NoError(t, codec.JSON{UseNumber: true}.Decode(payload, &v))
	assert.Equal(t, []any{json.Number("9007199254740993"), map[string]any{"a": json.Number("1.50")}}, v)
	again, err := codec.JSON{}.Append(nil, v)
	require.NoError(t, err)
	assert.Equal(t, string(payload), string(again))

	var p plain
	require.NoError(t, codec.JSON{UseNumber: true}.Decode([]byte(`{"A":1,"Z":0}`), &p))
	asError(t, codec.ErrValue, "json", "decode", codec.JSON{UseNumber: true, DisallowUnknownFields: true}.Decode([]byte(`{"Z":0}`), &p))
}
