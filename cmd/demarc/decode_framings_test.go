package main

import "testing"

// TestDecodeFramings has a row for each framing but varint and delimiter, which stand in TestDecode, and for each flag.
func TestDecodeFramings(t *testing.T) {
	runCommandTests(t, []commandTest{{
		name:  "fixed",
		args:  "decode -framing fixed",
		stdin: "\x00\x00\x00\x02hi\x00\x00\x00\x00",
		stdout: `       0  00000002       2  "hi"
       6  00000000       0  ""
`,
	}, {
		name:   "fixed, a head of many parts",
		args:   "decode -framing fixed -magic DM -before 1 -width 2 -little-endian -after 1 -counts all -keep-head 1",
		stdin:  "DM?\x08\x00!hiDM?\x06\x00!",
		stdout: "       0  444d3f0800       3  \"!hi\"\n       8  444d3f0600       1  \"!\"\n",
	}, {
		name:   "fixed, a whole head kept, as PostgreSQL has it",
		args:   "decode -framing fixed -before 1 -signed -counts 4 -keep-head all -as hex",
		stdin:  "Z\x00\x00\x00\x05I",
		stdout: "       0  -          6  5a0000000549\n",
	}, {
		name:   "fixed, a negative length",
		args:   "decode -framing fixed -width 1 -signed",
		stdin:  "\x01a\x80",
		stdout: "       0  01         1  \"a\"\n",
		stderr: `demarc: frame at byte 2: length is wrong, at byte 2

  00000000  01 61 80                                         |.a.|
                  ^^ byte 2
`,
		code: 5,
	}, {
		name:  "fixed, without its magic",
		args:  "decode -framing fixed -magic 0xcafe -width 1",
		stdin: "\xca\xff",
		stderr: `demarc: frame at byte 0: magic bytes are missing, at byte 1

  00000000  ca ff                                            |..|
               ^^ byte 1
`,
		code: 5,
	}, {
		name:   "fixed, an empty frame skipped",
		args:   "decode -framing fixed -width 1 -no-empty -skip",
		stdin:  "\x00\x01a",
		stdout: "       1  01         1  \"a\"\n",
		stderr: "demarc: frame at byte 0: frame is empty, at byte 0; skipped\n",
		code:   5,
	}, {
		name:   "records",
		args:   "decode -framing records -size 3",
		stdin:  "abcdef",
		stdout: "       0  -          3  \"abc\"\n       3  -          3  \"def\"\n",
	}, {
		name:   "lines",
		args:   "decode -framing lines",
		stdin:  "a\r\nb\n\rc\n",
		stdout: "       0  -          1  \"a\"\n       3  -          1  \"b\"\n       5  -          2  \"\\rc\"\n",
	}, {
		name:   "lines that are kept, and a tail",
		args:   "decode -framing lines -keep -tail",
		stdin:  "a\r\nb",
		stdout: "       0  -          3  \"a\\r\\n\"\n       3  -          1  \"b\"\n",
	}, {
		name:   "strict lines, skipped",
		args:   "decode -framing lines -strict -skip",
		stdin:  "a\r\nb\nb\r\nc\r\n",
		stdout: "       0  -          1  \"a\"\n       8  -          1  \"c\"\n",
		stderr: "demarc: frame at byte 3: CR or LF is not part of a CRLF, at byte 4; " +
			`its first bytes "b\nb\r\nc\r\n" look like text; skipped` + "\n",
		code: 5,
	}, {
		name:   "netstring",
		args:   "decode -framing netstring",
		stdin:  "12:hello world!,0:,",
		stdout: "       0  31323a      12  \"hello world!\"\n      16  303a       0  \"\"\n",
	}, {
		name:  "netstring without comma",
		args:  "decode -framing netstring",
		stdin: "1:ab",
		stderr: `demarc: frame at byte 0: no comma behind the payload, at byte 3; its first bytes "1:ab" look like text

  00000000  31 3a 61 62                                      |1:ab|
                     ^^ byte 3
`,
		code: 5,
	}, {
		name:   "cobs",
		args:   "decode -framing cobs",
		stdin:  "\x00\x03ab\x02c\x00\x00\x01\x00",
		stdout: "       1  -          4  61620063\n       8  -          0  \"\"\n",
	}, {
		name:   "cobs, skipped",
		args:   "decode -framing cobs -skip",
		stdin:  "\x05ab\x00\x02c\x00",
		stdout: "       4  -          1  \"c\"\n",
		stderr: "demarc: frame at byte 0: frame ends inside a COBS block, at byte 3; skipped\n",
		code:   5,
	}, {
		name:   "slip",
		args:   "decode -framing slip -as hex",
		stdin:  "\xc0a\xc0\xc0\xdb\xdc\xdb\xdd\xc0",
		stdout: "       1  -          1  61\n       4  -          2  c0db\n",
	}, {
		name:   "slip, skipped",
		args:   "decode -framing slip -skip",
		stdin:  "a\xdbb\xc0c\xc0",
		stdout: "       4  -          1  \"c\"\n",
		stderr: "demarc: frame at byte 0: ESC is followed by a wrong byte, at byte 2; skipped\n",
		code:   5,
	}, {
		name:   "header",
		args:   "decode -framing header -name size",
		stdin:  "X: y\r\nSize:2\r\n\r\nhi",
		stdout: "       0  583a20790d0a53697a653a320d0a0d0a       2  \"hi\"\n",
	}, {
		name:   "a header that is kept",
		args:   "decode -framing header -lenient -keep",
		stdin:  "content-length:2\n\nhi",
		stdout: "       0  -         20  \"content-length:2\\n\\nhi\"\n",
	}, {
		name:  "a header in another case",
		args:  "decode -framing header -exact-case",
		stdin: "content-length:2\r\n\r\nhi",
		stderr: `demarc: frame at byte 0: header block has no length, at byte 19; its first bytes "content-length:2" look like text

  00000000  63 6f 6e 74 65 6e 74 2d 6c 65 6e 67 74 68 3a 32  |content-length:2|
  00000016  0d 0a 0d 0a 68 69                                |....hi|
                     ^^ byte 19
`,
		code: 5,
	}, {
		name:   "a header that is too large",
		args:   "decode -framing header -max-block 24",
		stdin:  "Content-Length: 2\r\nX: y\r\n\r\nhi",
		stderr: "*",
		code:   5,
	}})
}
