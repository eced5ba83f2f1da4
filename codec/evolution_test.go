package codec_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// Two versions of a message. The new one has a field more, another less, a type that became wider, a name that changed, and a
// struct that became a pointer.
type (
	accountV1 struct {
		ID     int32
		Name   string `msgpack:"name" json:"name"`
		Gone   []string
		Home   addressV1
		Points uint8
	}
	addressV1 struct{ Street string }

	accountV2 struct {
		ID     int64
		Title  string `msgpack:"name" json:"name"`
		Home   *addressV2
		Points uint16
		Extra  map[string][]addressV2
		Note   any
	}
	addressV2 struct {
		Street string
		Zip    *string
	}
)

func TestVersionsTalkToEachOther(t *testing.T) {
	zip := "12345"
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name()+": new reads old", func(t *testing.T) {
			payload, err := c.Append(nil, accountV1{ID: 7, Name: "Ada", Gone: []string{"x", "y"}, Home: addressV1{"Main"}, Points: 200})
			require.NoError(t, err)
			var got accountV2
			require.NoError(t, c.Decode(payload, &got))
			assert.Equal(t, accountV2{ID: 7, Title: "Ada", Home: &addressV2{Street: "Main"}, Points: 200}, got)
		})
		t.Run(c.Name()+": old reads new", func(t *testing.T) {
			sent := accountV2{
				ID: 7, Title: "Ada", Home: &addressV2{"Main", &zip}, Points: 200,
				Extra: map[string][]addressV2{"a": {{"b", nil}}}, Note: []any{1, map[string]any{"deep": true}},
			}
			payload, err := c.Append(nil, sent)
			require.NoError(t, err)
			var got accountV1
			require.NoError(t, c.Decode(payload, &got))
			assert.Equal(t, accountV1{ID: 7, Name: "Ada", Home: addressV1{"Main"}, Points: 200}, got)
		})
		t.Run(c.Name()+": what the old cannot hold is an error", func(t *testing.T) {
			for _, sent := range []accountV2{{ID: 1 << 40}, {Points: 300}} {
				payload, err := c.Append(nil, sent)
				require.NoError(t, err)
				var got accountV1
				require.Error(t, c.Decode(payload, &got))
				assert.Zero(t, got)
			}
		})
	}
}

func TestAnOldProgramThatWantsToKnowSeesTheNewField(t *testing.T) {
	payload, err := codec.Msgpack{}.Append(nil, accountV2{})
	require.NoError(t, err)
	e := asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{DisallowUnknownFields: true}.Decode(payload, new(accountV1)))
	assert.ErrorContains(t, e, `accountV1 has no field for "Extra"`)
	assert.Equal(t, "Extra", string(payload[e.Offset+1:][:5]), "the offset of the name")

	nested, err := codec.Msgpack{}.Append(nil, accountV1{})
	require.NoError(t, err)
	require.ErrorContains(t, codec.Msgpack{DisallowUnknownFields: true}.Decode(nested, new(accountV2)), `"Gone"`)
}

// A field that has been renamed keeps its old name as an alias until no old peer is left.
func TestAliases(t *testing.T) {
	type before struct{ Colour string }
	type after struct {
		Color string `msgpack:"Color,alias:Colour"`
	}
	payload, err := codec.Msgpack{}.Append(nil, before{"red"})
	require.NoError(t, err)
	var got after
	require.NoError(t, codec.Msgpack{}.Decode(payload, &got))
	assert.Equal(t, after{"red"}, got)

	both, err := codec.Msgpack{}.Append(nil, map[string]string{"Color": "red", "Colour": "blue"})
	require.NoError(t, err)
	asError(t, codec.ErrDuplicateKey, "msgpack", "decode", codec.Msgpack{}.Decode(both, &got))
	require.NoError(t, codec.Msgpack{AllowDuplicateKeys: true}.Decode(both, &got))
}

// A tuple has no names, so both sides must have the same fields.
func TestTuplesDoNotEvolve(t *testing.T) {
	for _, p := range [][]byte{{0x91, 0xa0}, {0x93, 0xa0, 0x90, 0x01}} {
		e := asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode(p, new(tuple)))
		assert.ErrorContains(t, e, "which has 2 fields")
	}
	got := tuple{A: "x"}
	require.NoError(t, codec.Msgpack{}.Decode([]byte{0x90}, &got))
	assert.Zero(t, got, "what PHP sends for an empty map")

	var p plain
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "93 01 a1 78 c3"), &p), "any struct can be read from an array")
	assert.Equal(t, plain{1, "x", true}, p)
}
