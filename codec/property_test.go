package codec_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// numbers has one field for each kind of number.
type numbers struct {
	I   int     `msgpack:"i" json:"i"`
	I8  int8    `msgpack:"i8" json:"i8"`
	I16 int16   `msgpack:"i16" json:"i16"`
	I32 int32   `msgpack:"i32" json:"i32"`
	I64 int64   `msgpack:"i64" json:"i64"`
	U8  uint8   `msgpack:"u8" json:"u8"`
	U16 uint16  `msgpack:"u16" json:"u16"`
	U32 uint32  `msgpack:"u32" json:"u32"`
	U64 uint64  `msgpack:"u64" json:"u64"`
	F64 float64 `msgpack:"f64" json:"f64"`
	B   bool    `msgpack:"b" json:"b"`
}

// nested has containers in containers.
type nested struct {
	Name  string
	Blob  []byte
	List  []plain
	Words map[string]string
	Inner *nested
	Pairs map[string][2]int
}

// tuple is written as an array.
type tuple struct {
	_msgpack struct{} `msgpack:",as_array"` //lint:ignore U1000 the library reads its tag
	A        string
	B        []uint32
}

var (
	text     = rapid.String()
	genPlain = rapid.Custom(func(t *rapid.T) plain {
		return plain{rapid.Int64().Draw(t, "a"), text.Draw(t, "b"), rapid.Bool().Draw(t, "c")}
	})
	genNumbers = rapid.Custom(func(t *rapid.T) numbers {
		return numbers{
			rapid.Int().Draw(t, "i"), rapid.Int8().Draw(t, "i8"), rapid.Int16().Draw(t, "i16"), rapid.Int32().Draw(t, "i32"),
			rapid.Int64().Draw(t, "i64"), rapid.Uint8().Draw(t, "u8"), rapid.Uint16().Draw(t, "u16"), rapid.Uint32().Draw(t, "u32"),
			rapid.Uint64().Draw(t, "u64"), rapid.Float64().Draw(t, "f64"), rapid.Bool().Draw(t, "b"),
		}
	})
	genTuple = rapid.Custom(func(t *rapid.T) tuple {
		return tuple{A: text.Draw(t, "a"), B: rapid.SliceOf(rapid.Uint32()).Draw(t, "b")}
	})
)

func drawNested(t *rapid.T, depth int) nested {
	n := nested{
		Name:  text.Draw(t, "name"),
		Blob:  rapid.SliceOf(rapid.Byte()).Draw(t, "blob"),
		List:  rapid.SliceOfN(genPlain, 0, 4).Draw(t, "list"),
		Words: rapid.MapOfN(text, text, 0, 50).Draw(t, "words"),
		Pairs: rapid.MapOfN(text, rapid.Just([2]int{1, -1}), 0, 3).Draw(t, "pairs"),
	}
	if depth > 0 && rapid.Bool().Draw(t, "inner") {
		inner := drawNested(t, depth-1)
		n.Inner = &inner
	}
	return n
}

// roundTrip is the property that what has been appended decodes to the same value.
func roundTrip[T any](t *rapid.T, c codec.Codec, v T) {
	before := []byte("before")
	payload, err := c.Append(before, v)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(payload, before))
	var got T
	require.NoError(t, c.Decode(payload[len(before):], &got))
	require.Equal(t, v, got)

	fromPointer, err := c.Append(nil, &v)
	require.NoError(t, err)
	require.Len(t, fromPointer, len(payload)-len(before))
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name(), func(t *testing.T) {
			t.Run("plain", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, c, genPlain.Draw(t, "v")) }))
			t.Run("numbers", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, c, genNumbers.Draw(t, "v")) }))
			t.Run("nested", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, c, drawNested(t, 3)) }))
			t.Run("strings", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, c, rapid.SliceOf(text).Draw(t, "v")) }))
			t.Run("by number", rapid.MakeCheck(func(t *rapid.T) {
				roundTrip(t, c, rapid.MapOf(rapid.Int16(), rapid.Bool()).Draw(t, "v"))
			}))
		})
	}
	t.Run("as array", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, codec.Msgpack{}, genTuple.Draw(t, "v")) }))
	t.Run("raw", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, codec.Raw{}, rapid.SliceOf(rapid.Byte()).Draw(t, "v")) }))
	t.Run("text", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, codec.Text{}, text.Draw(t, "v")) }))
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name(), rapid.MakeCheck(func(t *rapid.T) {
			payload, err := c.Append(nil, drawNested(t, 0))
			require.NoError(t, err)
			var got nested
			for cut := range payload {
				err := c.Decode(payload[:cut], &got)
				if utf8.Valid(payload[:cut]) || c.Name() == "msgpack" {
					require.ErrorIs(t, err, codec.ErrTruncated)
				} else {
					require.ErrorIs(t, err, codec.ErrUTF8, "cut inside a character")
				}
				require.Zero(t, got)
			}
		}))
	}
}

// drawMsgpack draws bytes that are often msgpack, and often almost.
func drawMsgpack(t *rapid.T) []byte {
	head := rapid.OneOf(
		rapid.Byte(),
		rapid.SampledFrom([]byte{0x80, 0x81, 0x82, 0x83, 0x90, 0x91, 0x92, 0x93, 0xa0, 0xa1, 0xa2, 0xc0, 0xc2, 0xc4, 0xd9, 0xdc, 0xde, 0}),
	)
	return rapid.SliceOfN(head, 0, 40).Draw(t, "payload")
}

// everything allows all that the scan can allow, so that what is left is the question whether these bytes are one value.
var everything = codec.Msgpack{MaxDepth: -1, MaxElements: -1, AllowDuplicateKeys: true, AllowInvalidUTF8: true}

// skip passes over one value with the raw library and returns how many bytes are behind it.
func skip(p []byte) (left int, err error) {
	r := bytes.NewReader(p)
	err = msgpack.NewDecoder(r).Skip()
	return r.Len(), err
}

func TestScanAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawMsgpack(t)
		err := everything.Scan(p)
		left, skipped := skip(p)
		switch e := (*codec.Error)(nil); {
		case err == nil:
			require.NoError(t, skipped)
			require.Zero(t, left)
		case !assert.ErrorAs(t, err, &e):
		case e.Err == codec.ErrTrailing:
			require.NoError(t, skipped)
			require.Equal(t, int(e.Found), left)
		case e.Err == codec.ErrTruncated, e.Err == codec.ErrMalformed, e.Err == codec.ErrTooManyElements:
			require.Error(t, skipped)
		default:
			require.Contains(t, []error{codec.ErrExt, codec.ErrMapKey}, e.Err)
		}
	})
}

func TestWhatTheScanAcceptsDoesNotPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawMsgpack(t)
		if (codec.Msgpack{}).Scan(p) != nil {
			return
		}
		for _, target := range targets() {
			if err := (codec.Msgpack{}).Decode(p, target); err != nil {
				require.NotErrorIs(t, err, codec.ErrPanic, "%x into %T", p, target)
			}
		}
	})
}

// The scan of a payload that arrives in parts ends as the scan of the whole, but that it cannot see early that the bytes
// will not suffice.
func TestScanInPartsAgreesWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawMsgpack(t)
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(p)), 0, 5).Draw(t, "cuts")
		for i := range cuts {
			cuts[i] = max(cuts[i], cuts[max(i-1, 0)])
		}
		whole, parts := codec.Msgpack{}.Scan(p), codec.Msgpack{}.ScanInParts(p, cuts...)
		if whole == nil {
			require.NoError(t, parts)
			return
		}
		var e *codec.Error
		require.ErrorAs(t, whole, &e)
		if e.Err == codec.ErrTruncated {
			require.Error(t, parts)
			return
		}
		require.Equal(t, whole, parts)
	})
}

// drawScalar draws a Go value of the kinds that an any may hold, good and bad, but no container.
func drawScalar(t *rapid.T) any {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Int64().Draw(t, "int")
	case 2:
		return text.Draw(t, "string")
	case 3:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes in a string"))
	}
	return rapid.Float64().Draw(t, "float")
}

// drawAny draws a scalar or a container of up to depth levels.
func drawAny(t *rapid.T, depth int) any {
	if depth == 0 {
		return drawScalar(t)
	}
	switch rapid.IntRange(0, 5).Draw(t, "container") {
	case 0:
		return msgpack.RawMessage(rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "raw"))
	case 1:
		return genPlain.Draw(t, "plain")
	case 2:
		return map[any]any{drawScalar(t): drawAny(t, depth-1)}
	case 3:
		return map[string]any{text.Draw(t, "key"): drawAny(t, depth-1)} // of one key, as the order of more is random
	case 4:
		return []any{drawAny(t, depth-1), drawAny(t, depth-1)}
	}
	return drawScalar(t)
}

// Append lets out what Decode lets in, and nothing else.
func TestTheSameLimitsHoldInBothDirections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawAny(t, 4)
		c := codec.Msgpack{MaxDepth: 3, MaxElements: 15, MaxBytes: 60}
		payload, err := c.Append(nil, v)
		if err == nil {
			require.NoError(t, c.Scan(payload))
			return
		}
		unchecked, refused := everything.Append(nil, v)
		if refused == nil {
			require.Error(t, c.Scan(unchecked), "refused by Append alone: %v", err)
		}
	})
}
