package codec_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

func TestRaw(t *testing.T) {
	b := []byte{1, 2}
	for _, v := range []any{b, &b} {
		got, err := codec.Raw{}.Append([]byte{0}, v)
		require.NoError(t, err)
		assert.Equal(t, []byte{0, 1, 2}, got)
	}
	for _, v := range []any{nil, "text", [2]byte{}, (*[]byte)(nil), 7} {
		got, err := codec.Raw{}.Append([]byte{0}, v)
		asError(t, codec.ErrValue, "raw", "append", err)
		assert.Equal(t, []byte{0}, got)
	}

	require.NoError(t, codec.Raw{}.Decode(nil, &b))
	assert.Equal(t, []byte{}, b, "empty, not nil")
	asError(t, codec.ErrValue, "raw", "decode", codec.Raw{}.Decode([]byte{1}, new(string)))
}

func TestText(t *testing.T) {
	s := "naïve"
	for _, v := range []any{s, &s} {
		got, err := codec.Text{}.Append([]byte("> "), v)
		require.NoError(t, err)
		assert.Equal(t, "> naïve", string(got))
	}
	for _, v := range []any{nil, []byte("text"), (*string)(nil), 7} {
		_, err := codec.Text{}.Append(nil, v)
		asError(t, codec.ErrValue, "text", "append", err)
	}
	got, err := codec.Text{}.Append([]byte("> "), "ab\xc3")
	e := asError(t, codec.ErrUTF8, "text", "append", err)
	assert.Equal(t, 2, e.Offset)
	assert.Equal(t, "> ", string(got))

	e = asError(t, codec.ErrUTF8, "text", "decode", codec.Text{}.Decode([]byte{'a', 0xed, 0xa0, 0x80}, &s))
	assert.Equal(t, 1, e.Offset)
	assert.Empty(t, s)
	asError(t, codec.ErrValue, "text", "decode", codec.Text{}.Decode([]byte("a"), new([]byte)))
}
