package codec_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// msgpack/v5 starts a goroutine for each type that a struct embeds a pointer to, and never ends it. The codec starts none.
func TestEmbeddedPointersStartNoGoroutine(t *testing.T) {
	type message struct {
		*Pointed
		*Shadow
	}
	payload, err := codec.Msgpack{}.Append(nil, message{&Pointed{"p", "q"}, &Shadow{"x"}})
	require.NoError(t, err)
	before := runtime.NumGoroutine()
	var got message
	require.NoError(t, codec.Msgpack{}.Decode(payload, &got))
	assert.Equal(t, message{&Pointed{"p", "q"}, &Shadow{"x"}}, got)
	assert.Equal(t, before, runtime.NumGoroutine())

	payload, err = codec.Msgpack{}.Append(nil, message{Shadow: &Shadow{}})
	require.NoError(t, err)
	require.NoError(t, codec.Msgpack{}.Decode(payload, &got))
	assert.Equal(t, message{Shadow: &Shadow{}}, got, "what was nil stays nil")
}

func TestTypesThatCannotBeCoded(t *testing.T) {
	type number int
	type inner struct{ A int }
	type message struct{ *inner }
	for says, v := range map[string]any{
		"two fields have the name": new(struct {
			A int `msgpack:"x"`
			B int `msgpack:"x"`
		}),
		"has quotes or brackets": new(struct {
			A int `msgpack:"'a'"`
		}),
		"is not UTF-8": new(struct {
			A int `msgpack:"\xff"`
		}),
		"embeds codec_test.number": new(struct{ number }),
		"type chan int":            new(struct{ C chan int }),
		"type uintptr":             new(uintptr),
		"type complex128":          new([1]complex128),
	} {
		_, err := codec.Msgpack{}.Append(nil, v)
		require.ErrorContains(t, err, says)
		asError(t, codec.ErrValue, "msgpack", "append", err)
		asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode([]byte{0x81, 0xa1, 'C', 0x01}, v))
	}
	_, err := codec.Msgpack{}.Append(nil, message{&inner{}})
	require.NoError(t, err)
	err = codec.Msgpack{}.Decode([]byte{0x81, 0xa1, 'A', 0x01}, new(message))
	asError(t, codec.ErrValue, "msgpack", "decode", err)
	assert.ErrorContains(t, err, "cannot make the embedded *codec_test.inner")
}

func TestStructsThatEmbed(t *testing.T) {
	_, err := codec.Msgpack{}.Append(nil, InlinesItself{})
	asError(t, codec.ErrValue, "msgpack", "append", err)
	assert.ErrorContains(t, err, "embeds itself")
	_, err = codec.Msgpack{}.Append(nil, twoBases{})
	asError(t, codec.ErrValue, "msgpack", "append", err)
	assert.ErrorContains(t, err, `two fields have the name "X"`)
}

func TestWhatOmitemptyLeavesOut(t *testing.T) {
	for want, v := range map[string]empties{
		"81 a1 45 81 a1 41 00":                   {},
		"82 a1 45 81 a1 41 00 a1 57 91 03":       {W: asWhole{3}},
		"82 a1 45 81 a1 41 00 a1 46 81 a1 41 01": {F: omitted{1}},
	} {
		got, err := codec.Msgpack{}.Append(nil, v)
		require.NoError(t, err)
		assert.Equal(t, unhex(t, want), got)
	}
}
