package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// endless gives size bytes that repeat unit, and notes how many were taken and how much memory was in use at most.
type endless struct {
	unit string
	size int
	done int
	peak uint64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.done>>20 != (e.done+len(p))>>20 || e.done == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		e.peak = max(e.peak, m.HeapAlloc)
	}
	if e.done == e.size {
		return 0, io.EOF
	}
	n := min(len(p), e.size-e.done)
	for filled := 0; filled < n; {
		filled += copy(p[filled:n], e.unit[(e.done+filled)%len(e.unit):])
	}
	e.done += n
	return n, nil
}

// TestMemory sends streams that are much larger than the memory they may take.
func TestMemory(t *testing.T) {
	const size, room = 64 << 20, 32 << 20
	tests := []struct {
		name  string
		args  string
		unit  string
		taken int // bytes read at most
		code  int
	}{
		{"no delimiter, however long", "decode -framing delimiter", "a", 4 << 20, 4},
		{"no delimiter, skipped", "decode -framing delimiter -skip", "a", 8 << 20, 4},
		{"no newline to encode", "encode -framing varint", "a", 16 << 20, 4},
		{"a length of 2^63", "decode -framing varint -bits 64", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 1 << 20, 4},
		{"a length of 2^31-2 and no limit", "decode -framing varint -max -1", "\xfe\xff\xff\xff\x07", 0, 3},
		{"a fixed length of 2^64-1", "decode -framing fixed -width 8", "\xff", 1 << 20, 4},
		{"a fixed length of 2^31-1 and no limit", "decode -framing fixed -max -1", "\x7f\xff\xff\xff", 0, 3},
		{"records of 2 GiB and no limit", "decode -framing records -size 2147483647 -max -1", "a", 0, 3},
		{"no line end, skipped", "decode -framing lines -skip", "a", 8 << 20, 4},
		{"a strict line without end, skipped", "decode -framing lines -strict -skip", "\n", 8 << 20, 4},
		{"digits without end", "decode -framing netstring", "9", 1 << 20, 4},
		{"a netstring of 2 GB and no limit", "decode -framing netstring -max -1", "2000000000:", 0, 3},
		{"cobs without end, skipped", "decode -framing cobs -skip", "\x01", 8 << 20, 4},
		{"slip without end, skipped", "decode -framing slip -skip", "a", 8 << 20, 4},
		{"ESC without end, skipped", "decode -framing slip -skip", "\xdb", 8 << 20, 4},
		{"a name without end", "decode -framing header", "a", 1 << 20, 5},
		{"header lines without end", "decode -framing header", "a: b\r\n", 1 << 20, 5},
		{"a varint without end", "decode -framing varint", "\xff", 1 << 20, 5},
		{"frames of a mebibyte", "decode -framing varint -as hex", "\x80\x80\x40" + strings.Repeat("a", 1<<20), size, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			unit := strings.Repeat(test.unit, 1+4096/len(test.unit))
			stream := &endless{unit: unit, size: size}
			if test.taken == 0 { // all that arrives is kept, and no more than that
				stream.size, test.taken = 4<<20, 4<<20
			}
			runtime.GC()
			code := run(words(test.args), stream, io.Discard, io.Discard)
			assert.Equal(t, test.code, code)
			assert.LessOrEqual(t, stream.done, test.taken, "bytes read")
			assert.Less(t, stream.peak, uint64(room), "bytes of memory")
		})
	}
}

// TestTerminalSafe: whatever a payload holds, only printable runes and line ends come out.
func TestTerminalSafe(t *testing.T) {
	nasty := rapid.SampledFrom([]string{
		"\x1b[2J", "\x1b]0;title\a", "\u009b31m", "\xc2\x9b", "\x9b", "\u202e", "\u2028", "\u200b", "\x7f", "\b", "\r", "\n", "\x00",
		"\ufeff", "\U000e0041", "\xff", "\"", "\\", "é", "日本", "plain",
	})
	rapid.Check(t, func(t *rapid.T) {
		payload := strings.Join(rapid.SliceOfN(nasty, 0, 20).Draw(t, "payload"), "")
		payload += string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes"))
		if len(payload) > 127 {
			payload = payload[:127]
		}
		form := rapid.SampledFrom([]string{"-as text", "-as hex", "-as auto", "-json"}).Draw(t, "form")
		stream := fmt.Sprintf("%c%s%s", len(payload), payload, rapid.SampledFrom([]string{"", "\x80\x00", payload}).Draw(t, "end"))

		got := demarc(strings.NewReader(stream), words("decode -framing varint -max 127 -skip "+form)...)
		for _, r := range got.stdout + got.stderr {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%U in %+v", r, got)
			}
		}
	})
}
