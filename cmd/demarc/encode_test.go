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
		{name: "fixed", args: "encode -framing fixed", stdin: "hi\n\n", stdout: "\x00\x00\x00\x02hi\x00\x00\x00\x00"},
		{
			name: "the whole head is counted", stdin: "hi\n", stdout: "DM\x00\x08\x00\x00hi",
			args: "encode -framing fixed -magic DM -before 1 -width 2 -little-endian -after 1 -counts all",
		},
		{name: "a part of the head is counted", args: "encode -framing fixed -width 1 -after 2 -counts 2", stdin: "hi\n", stdout: "\x04\x00\x00hi"},
		{name: "a kept head", args: "encode -framing fixed -width 1 -after 1 -keep-head 1", stdin: "!hi\n", stdout: "\x02!hi"},
		{
			name: "a wrong kept head", args: "encode -framing fixed -width 1 -keep-head all -hex", stdin: "0161\n0261\n", stdout: "\x01a",
			stderr: "demarc: payload 2: length is wrong, at byte 0\n", code: 5,
		},
		{
			name: "fixed, refuses empty ones", args: "encode -framing fixed -no-empty -width 1", stdin: "a\n\n", stdout: "\x01a",
			stderr: "demarc: payload 2: frame is empty, at byte 0\n", code: 5,
		},
		{
			name: "too large for the length", args: "encode -framing fixed -width 1 -signed", stdin: long[1:] + "\n" + long, stdout: "\x7f" + long[1:],
			stderr: "demarc: payload 2: payload of 128 bytes is over the limit of 127\n", code: 4,
		},
		{
			name: "records", args: "encode -framing records -size 2", stdin: "hi\nho\nhey\n", stdout: "hiho",
			stderr: "demarc: payload 3: length is wrong, at byte 2\n", code: 5,
		},
		{name: "lines", args: "encode -framing lines", stdin: "a\n\n", stdout: "a\n\n"},
		{name: "lines with CRLF", args: "encode -framing lines -crlf -0", stdin: "a\rb\x00", stdout: "a\rb\r\n"},
		{
			name: "strict lines", args: "encode -framing lines -strict", stdin: "a\na\rb\n", stdout: "a\r\n",
			stderr: "demarc: payload 2: payload clashes with the delimiter, at byte 1\n", code: 5,
		},
		{name: "kept line ends", args: "encode -framing lines -keep -0", stdin: "a\r\n\x00b\n", stdout: "a\r\nb\n"},
		{name: "netstring", args: "encode -framing netstring", stdin: "hello world!\n\n", stdout: "12:hello world!,0:,"},
		{name: "cobs", args: "encode -framing cobs -hex", stdin: "11220033\n\n", stdout: "\x03\x11\x22\x02\x33\x00\x01\x00"},
		{name: "slip", args: "encode -framing slip -hex", stdin: "c0db01\n02\n", stdout: "\xdb\xdc\xdb\xdd\x01\xc0\x02\xc0"},
		{name: "slip, END first", args: "encode -framing slip -lead", stdin: "a\nb\n", stdout: "\xc0a\xc0\xc0b\xc0"},
		{
			name: "slip, empty", args: "encode -framing slip", stdin: "a\n\n", stdout: "a\xc0",
			stderr: "demarc: payload 2: frame is empty, at byte 0\n", code: 5,
		},
		{name: "header", args: "encode -framing header", stdin: "hi\n", stdout: "Content-Length: 2\r\n\r\nhi"},
		{name: "header of another name", args: "encode -framing header -name Size", stdin: "hi\n", stdout: "Size: 2\r\n\r\nhi"},
		{
			name: "a kept header", args: "encode -framing header -keep -lenient -0", stdin: "content-length:1\n\na\x00a\n\n",
			stdout: "content-length:1\n\na", stderr: "demarc: payload 2: header block is malformed, at byte 1\n", code: 5,
		},
		{
			name: "a header that is too large", args: "encode -framing header -max-block 21", stdin: "123456789\n0123456789\n",
			stdout: "Content-Length: 9\r\n\r\n123456789", stderr: "demarc: payload 2: header block is malformed, at byte 0\n", code: 5,
		},
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
		wire := make([]byte, 1+len(word))
		_, err = io.ReadFull(stream, wire)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%c%s", len(word), word), string(wire))
	}
	require.NoError(t, lines.Close())
	assert.Equal(t, 0, <-code)
}

// TestEncodeInPieces writes more than fits into one batch.
func TestEncodeInPieces(t *testing.T) {
	lines := strings.Repeat(strings.Repeat("x", 99)+"\n", 5000)
	got := demarc(strings.NewReader(lines), words("encode -framing varint")...)
	require.Equal(t, 0, got.code)
	wire := append([]byte{99}, bytes.Repeat([]byte("x"), 99)...)
	assert.True(t, strings.Repeat(string(wire), 5000) == got.stdout)
}
