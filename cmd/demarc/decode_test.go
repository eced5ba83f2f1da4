package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

func TestDecode(t *testing.T) {
	runCommandTests(t, []commandTest{{
		name:  "varint",
		args:  "decode -framing varint",
		stdin: "\x05hello\x00\x03\xff\x1b[\x80\x01" + strings.Repeat("x", 128),
		stdout: `       0  05         5  "hello"
       6  00         0  ""
       7  03         3  ff1b5b
      11  8001     128  "` + strings.Repeat("x", 128) + "\"\n",
	}, {
		name:   "varint, lenient",
		args:   "decode -framing varint -lenient",
		stdin:  "\x81\x80\x00a",
		stdout: "       0  818000       1  \"a\"\n",
	}, {
		name:   "as hex",
		args:   "decode -framing varint --as=hex",
		stdin:  "\x02hi\x00",
		stdout: "       0  02         2  6869\n       3  00         0  -\n",
	}, {
		name:   "as text",
		args:   "decode -framing varint -as text -",
		stdin:  "\x04\xff\x1b\"\n",
		stdout: `       0  04         4  "\xff\x1b\"\n"` + "\n",
	}, {
		name:   "delimiter",
		args:   "decode -framing delimiter",
		stdin:  "a\n\nb\n",
		stdout: "       0  -          1  \"a\"\n       2  -          0  \"\"\n       3  -          1  \"b\"\n",
	}, {
		name:   "delimiters that are kept, and a tail",
		args:   `decode -framing delimiter -delim \r\n -delim 0x2c -keep -tail`,
		stdin:  "a\r\nb,c",
		stdout: "       0  -          3  \"a\\r\\n\"\n       3  -          2  \"b,\"\n       5  -          1  \"c\"\n",
	}, {
		name:  "json",
		args:  "decode -json -framing varint",
		stdin: "\x02hi\x00\x03\u202e\x01\xff\x05<\u009b\"\n\x04\U000e0041",
		stdout: `{"offset":0,"prefix":"02","length":2,"payload":"6869","text":"hi"}
{"offset":3,"prefix":"00","length":0,"payload":"","text":""}
{"offset":4,"prefix":"03","length":3,"payload":"e280ae","text":"\u202e"}
{"offset":8,"prefix":"01","length":1,"payload":"ff"}
{"offset":10,"prefix":"05","length":5,"payload":"3cc29b220a","text":"<\u009b\"\n"}
{"offset":16,"prefix":"04","length":4,"payload":"f3a08181","text":"\udb40\udc41"}
`,
	}, {
		name:   "cut off in the payload",
		args:   "decode -framing varint",
		stdin:  "\x02hi\x05he",
		stdout: "       0  02         2  \"hi\"\n",
		stderr: `demarc: frame at byte 3: cut off in the payload: 3 bytes arrived, at least 3 missing: unexpected EOF

  00000000  02 68 69 05 68 65                                |.hi.he|
                              ^^ the stream ends here
`,
		code: 3,
	}, {
		name:  "not minimal",
		args:  "decode -framing varint",
		stdin: "\x13----------------hi!\x02hi\x80\x00\x02hi",
		stdout: `       0  13        19  "----------------hi!"
      20  02         2  "hi"
`,
		stderr: `demarc: frame at byte 23: length is not in its minimal form, at byte 24

  00000016              02 68 69 80 00 02 68 69              |.hi...hi|
                                    ^^ byte 24
`,
		code: 5,
	}, {
		name:   "too large, skipped",
		args:   "decode -framing varint -max 2 -skip",
		stdin:  "\x02hi\x03abc\x01a",
		stdout: "       0  02         2  \"hi\"\n       7  01         1  \"a\"\n",
		stderr: "demarc: frame at byte 3: payload of 3 bytes is over the limit of 2; skipped\n",
		code:   4,
	}, {
		name:  "no limit, and a length of 2^63",
		args:  "decode -framing varint -bits 64 -max -1",
		stdin: "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
		stderr: `demarc: frame at byte 0: payload of 9223372036854775808 bytes is more than this machine can count

  00000000  80 80 80 80 80 80 80 80 80 01                    |..........|
                                       ^^ byte 9
`,
		code: 4,
	}, {
		name:  "a varint that never ends",
		args:  "decode -framing varint",
		stdin: strings.Repeat("\xff", 16),
		stderr: `demarc: frame at byte 0: varint has too many bits, at byte 8

  00000000  ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff  |................|
                                    ^^ byte 8
`,
		code: 5,
	}, {
		name:   "a stranger",
		args:   "decode -framing varint -max 10",
		stdin:  "GET / HTTP/1.1\r\n",
		stderr: "*",
		code:   4,
	}})
}

// TestDecodeLive shows each frame as soon as it is there, while the stream goes on.
func TestDecodeLive(t *testing.T) {
	stdin, stream := io.Pipe()
	lines, stdout := io.Pipe()
	code := make(chan int)
	go func() { code <- run(words("decode -framing varint"), stdin, stdout, io.Discard) }()

	shown := bufio.NewScanner(lines)
	for _, word := range []string{"one", "two", "three"} {
		_, err := stream.Write(append([]byte{byte(len(word))}, word...))
		require.NoError(t, err)
		require.True(t, shown.Scan())
		assert.Contains(t, shown.Text(), word)
	}
	require.NoError(t, stream.Close())
	assert.Equal(t, 0, <-code)
}

func TestDecodeFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "stream")
	require.NoError(t, os.WriteFile(name, []byte("\x01a"), 0o600))
	got := demarc(strings.NewReader("not this"), "decode", "-framing", "varint", name)
	assert.Equal(t, result{stdout: "       0  01         1  \"a\"\n"}, got)
}

// shouting is a framing whose payloads stand for others.
type shouting struct{ frame.Delimiter }

func (shouting) Unstuff(dst, body []byte) []byte { return append(dst, bytes.ToUpper(body)...) }

// TestObserver: to observe a framing changes nothing, for one that unstuffs too.
func TestObserver(t *testing.T) {
	for want, framing := range map[string]frame.Framing{"hello": frame.Delimiter{}, "HELLO": shouting{}} {
		o := &observer{Framing: framing}
		payload, err := frame.NewReader(strings.NewReader("hello\n"), o.framing()).ReadFrame()
		require.NoError(t, err)
		assert.Equal(t, want, string(payload))
		assert.Equal(t, int64(6), o.size)
		assert.Equal(t, "hello\n", string(o.trail))
	}
}

func TestPicture(t *testing.T) {
	rows := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	tests := []struct {
		name  string
		start int64
		bytes string
		at    int64
		want  string
	}{
		{"the row before and the row after", 0, rows, 17, `
  00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|
  00000016  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|
               ^^ here
  00000032  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|
`},
		{"a window that begins inside a row", 1 << 40, "\x00\x7f\x80 ~", 1<<40 + 1, `
  1099511627776  00 7f 80 20 7e                                   |... ~|
                    ^^ here
`},
		{"a gap", 30, "0123", 33, `
  00000016                                            30 31  |01|
  00000032  32 33                                            |23|
               ^^ here
`},
		{"the end of a full row", 0, rows[:16], 16, `
  00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|
  00000016
            ^^ here
`},
		{"nothing", 0, "", 0, `
  00000000
            ^^ here
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := window{start: test.start, bytes: []byte(test.bytes)}
			assert.Equal(t, test.want, "\n"+w.picture(test.at, "here"))
		})
	}
}
