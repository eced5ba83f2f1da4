package main

import (
	"fmt"
	"strings"
)

const rowBytes = 16 // bytes in a row of a picture

// window is a part of a stream.
type window struct {
	start int64 // of its first byte, in the stream
	bytes []byte
}

func (w window) end() int64 { return w.start + int64(len(w.bytes)) }

// picture draws the bytes around the one at offset at, which may also be the end of the window, with a caret and a note below
// it:
//
//	00000000  05 68 65 6c 6c 6f 80 00                          |.hello..|
//	                               ^^ byte 7
//
// It is at most three rows of bytes high.
func (w window) picture(at int64, note string) string {
	var b strings.Builder
	here := at - at%rowBytes
	for row := max(here-rowBytes, w.start-w.start%rowBytes); row <= here+rowBytes; row += rowBytes {
		if row > here && row >= w.end() {
			break
		}
		label := fmt.Sprintf("  %08d  ", row)
		b.WriteString(strings.TrimRight(label+w.row(row), " ") + "\n")
		if row == here {
			fmt.Fprintf(&b, "%*s^^ %s\n", len(label)+3*int(at-here), "", note)
		}
	}
	return b.String()
}

// row draws the row of bytes that begins at offset row. Where the window has none, it leaves a gap.
func (w window) row(row int64) string {
	var digits, text strings.Builder
	for at := row; at < row+rowBytes; at++ {
		if at < w.start || at >= w.end() {
			digits.WriteString("   ")
			continue
		}
		c := w.bytes[at-w.start]
		fmt.Fprintf(&digits, "%02x ", c)
		if c < ' ' || c > '~' {
			c = '.'
		}
		text.WriteByte(c)
	}
	if text.Len() == 0 {
		return ""
	}
	return digits.String() + " |" + text.String() + "|"
}
