package codec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

func TestUnionsThatCannotBe(t *testing.T) {
	type name string
	pointer := &square{}
	unions := map[string]func() (*codec.Union[shape], error){
		"has two tags, 1 and 2":         func() (*codec.Union[shape], error) { return newShapes(map[int]shape{1: square{}, 2: square{}}) },
		"square has two tags, 1 and 2":  func() (*codec.Union[shape], error) { return newShapes(map[int]shape{1: &square{}, 2: square{}}) },
		`has two tags, "a" and "b"`:     func() (*codec.Union[shape], error) { return newShapes(map[name]shape{"b": dots{}, "a": dots{}}) },
		"tag 1 is nil":                  func() (*codec.Union[shape], error) { return newShapes(map[int]shape{1: nil}) },
		"tag -1 is not 0 to 4294967295": func() (*codec.Union[shape], error) { return newShapes(map[int]shape{-1: square{}}) },
		"tag 4294967296 is not":         func() (*codec.Union[shape], error) { return newShapes(map[uint64]shape{1 << 32: square{}}) },
		`tag "" is not 1 to 255 bytes`:  func() (*codec.Union[shape], error) { return newShapes(map[string]shape{"": square{}}) },
		`tag "\xff" is not`:             func() (*codec.Union[shape], error) { return newShapes(map[string]shape{"\xff": square{}}) },
		`tag "a\nb" is not`:             func() (*codec.Union[shape], error) { return newShapes(map[string]shape{"a\nb": square{}}) },
		strings.Repeat("x", 256) + `" is`: func() (*codec.Union[shape], error) {
			return newShapes(map[string]shape{strings.Repeat("x", 256): square{}})
		},
		"there are no members": func() (*codec.Union[shape], error) { return newShapes(map[int]shape{}) },
		"MaxDepth must be 2":   func() (*codec.Union[shape], error) { return codec.NewUnion(codec.Msgpack{MaxDepth: 1}, byNumber) },
		"MaxElements must be 3": func() (*codec.Union[shape], error) {
			return codec.NewUnion(&codec.JSON{MaxElements: 2}, byName)
		},
	}
	for message, f := range unions {
		t.Run(message, func(t *testing.T) {
			u, err := f()
			assert.Nil(t, u)
			require.ErrorIs(t, err, codec.ErrUnion)
			assert.ErrorAs(t, err, new(*codec.Error))
			assert.ErrorContains(t, err, message)
		})
	}
	_, err := codec.NewUnion(codec.Msgpack{}, map[int]square{1: {}})
	assert.ErrorContains(t, err, "codec: impossible union: union+msgpack new: codec_test.square is no interface")
	_, err = codec.NewUnion(codec.Msgpack{}, map[int]any{1: &pointer})
	assert.ErrorContains(t, err, "**codec_test.square, with the tag 1, is a pointer to a pointer")
	assert.PanicsWithError(t, err.Error(), func() { codec.MustUnion(codec.Msgpack{}, map[int]any{1: &pointer}) })
}

func newShapes[T codec.Tag](members map[T]shape) (*codec.Union[shape], error) {
	return codec.NewUnion(codec.Msgpack{}, members)
}

func TestUnionAppendsOnlyMembers(t *testing.T) {
	small := codec.MustUnion(codec.Msgpack{}, map[int]shape{1: square{}, 2: &circle{}})
	for name, v := range map[string]any{
		"<nil> is no member":                     nil,
		"codec_test.dots is no member":           dots{},
		"int is no member":                       7,
		"cannot append a nil *codec_test.square": (*square)(nil),
		"cannot append a nil *codec_test.circle": shape((*circle)(nil)),
		"*codec_test.shape is no member":         (*shape)(nil),
		"**codec_test.square is no member":       new(*square),
		"nil> is no member of the union":         new(shape),
	} {
		dst, err := small.Append([]byte("before"), v)
		asError(t, codec.ErrValue, "union+msgpack", "append", err)
		assert.ErrorContains(t, err, name)
		assert.Equal(t, "before", string(dst))
	}
	var s square
	for _, target := range []any{nil, s, &s, (*shape)(nil), new(any)} {
		err := small.Decode([]byte("\x92\x01\x80"), target)
		asError(t, codec.ErrValue, "union+msgpack", "decode", err)
		assert.ErrorContains(t, err, "it takes a *codec_test.shape")
	}
}
