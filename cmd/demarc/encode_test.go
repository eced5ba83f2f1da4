package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEncode(t *testing.T) {
	long := strings.Repeat("x", 128)
	runCommandTests(t, []commandTest{
		{name: "lines", args: "encode -framing varint", stdin: "hello\n\n\r\n" + long, stdout: "\x05hello\x00\x01\r\x80\x01" + long},
		{name: "nothing", args: "encode -framing varint"},
		{name: "NUL", args: "encode -0 -framing varint", stdin: "a\nb\x00\x00c", stdout: "\x03a\nb\x00\x01c"},
		{name: "hex", args: "encode -framing varint -hex", stdin: "00 ff\n\n6A 6b\r\n", stdout: "\x02\x00\xff\x00\x02jk"},
		{name: "hex and NUL", args: "encode -framing varint --hex --null", stdin: "00\n01\x0002", stdout: "\x02\x00\x01\x01\x02"},
		{name: "delimiter", args: `encode -framing delimiter -delim \r\n -delim \n`, stdin: "a\nb", stdout: "a\r\nb\r\n"},
		{name: "delimiter that begins with a dash", args: "encode -framing delimiter -delim --", stdin: "a\n", stdout: "a--"},
		{name: "kept delimiter", args: "encode -framing delimiter -delim , -keep", stdin: "a,\nb,", stdout: "a,b,"},
		{name: "no limit", args: "encode -framing varint -max -1", stdin: long, stdout: "\x80\x01" + long},
		{
			name: "holds the delimiter", args: "encode -framing delimiter -delim ,", stdin: "a\nbc,d\ne\n", stdout: "a,",
			stderr: "demarc: payload 2: payload clashes with the delimiter, at byte 2\n", code: 5,
		},
		{
			name: "does not end in the kept delimiter", args: "encode -framing delimiter -delim , -keep", stdin: "a\n",
			stderr: "demarc: payload 1: payload clashes with the delimiter, at byte 1\n", code: 5,
		},
		{
			name: "too large", args: "encode -framing varint -max 2", stdin: "a\nabc\n", stdout: "\x01a",
			stderr: "demarc: payload 2: payload of 3 bytes is over the limit of 2\n", code: 4,
		},
		{
			name: "a line without end", args: "encode -framing varint -max 2", stdin: "a\n" + strings.Repeat("x", 5000), stdout: "\x01a",
			stderr: "demarc: payload 2: payload is too large: its line has more than 4104 bytes\n", code: 4,
		},
		{
			name: "no hex", args: "encode -framing varint -hex", stdin: "00\n0g\n", stdout: "\x01\x00",
			stderr: "demarc: payload 2: not hex: invalid byte: U+0067 'g'\n", code: 5,
		},
		{
			name: "half a byte of hex", args: "encode -framing varint -hex", stdin: "000",
			stderr: "demarc: payload 1: not hex: odd length hex string\n", code: 5,
		},
	})
}

// TestEncodeLive writes each frame as soon as its line is there.
func TestEncodeLive(t *testing.T) {
	stdin, lines := io.Pipe()
	stream, stdout := io.Pipe()
	code := make(chan int)
	go func() { code <- run(words("encode -framing varint"), stdin, stdout, io.Discard) }()

	for _, word := range []string{"one", "two", "three"} {
		_, err := io.WriteString(lines, word+"\n")
		require.NoError(t, err)
		frame := make([]byte, 1+len(word))
		_, err = io.ReadFull(stream, frame)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%c%s", len(word), word), string(frame))
	}
	require.NoError(t, lines.Close())
	assert.Equal(t, 0, <-code)
}

func TestDelim(t *testing.T) {
	for text, want := range map[string]string{
		`\r\n`: "\r\n", `0x0d0a`: "\r\n", `,`: ",", `a,b`: "a,b", `"'`: `"'`, `\x30x0d`: "0x0d", `\\`: `\`, `\u00e9é`: "éé",
		`\x00\xff`: "\x00\xff", "\xff\\t": "\xff\t", "\n": "\n", `\101`: "A",
	} {
		var d delim
		if assert.NoError(t, d.UnmarshalText([]byte(text)), text) {
			assert.Equal(t, want, string(d), text)
		}
	}
	for _, text := range []string{``, `0x`, `0x0`, `0xzz`, `\`, `\q`, `\x1`, `a\`} {
		var d delim
		assert.Error(t, d.UnmarshalText([]byte(text)), text)
	}
}

// TestEncodeInPieces writes more than fits into one batch.
func TestEncodeInPieces(t *testing.T) {
	lines := strings.Repeat(strings.Repeat("x", 99)+"\n", 5000)
	got := demarc(strings.NewReader(lines), words("encode -framing varint")...)
	require.Equal(t, 0, got.code)
	frame := append([]byte{99}, bytes.Repeat([]byte("x"), 99)...)
	assert.True(t, strings.Repeat(string(frame), 5000) == got.stdout)
}
