package frame_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

var (
	lsp        = frame.Header{}
	headerKeep = frame.Header{Keep: true}
	headerLF   = frame.Header{Lenient: true}
	headerLen  = frame.Header{Name: "Len", ExactCase: true, MaxBlock: 30}
)

func TestHeaderBytes(t *testing.T) {
	wire, err := lsp.AppendFrame(nil, []byte("hi"))
	require.NoError(t, err)
	assert.Equal(t, unhex("43 6f 6e 74 65 6e 74 2d 4c 65 6e 67 74 68 3a 20 32 0d 0a 0d 0a 68 69"), wire)
	s, err := lsp.Scan(wire[:1], frame.Scan{}, false)
	require.NoError(t, err)
	assert.Equal(t, len("ontent-Length:2\r\n\r\n"), s.Need)
	_, _, err = feed(t, headerLF, []byte("Content-Length:0\n\n"))
	require.NoError(t, err)
}

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name    string
		framing frame.Header
		stream  string
		frames  []string
		err     error // nil means io.EOF
	}{
		{"nothing", lsp, "", nil, nil},
		{"two", lsp, "Content-Length: 2\r\n\r\nhiContent-Length: 0\r\n\r\n", []string{"hi", ""}, nil},
		{"other headers", lsp, "A:\r\nContent-Length: 2\r\nContent-Type: a; b=\"c:d\"\t\xe9\r\n\r\nhi", []string{"hi"}, nil},
		{"other case", lsp, "cOnTeNt-lEnGtH: 2\r\n\r\nhi", []string{"hi"}, nil},
		{"blanks", lsp, "Content-Length: \t 2 \t\r\n\r\nhi", []string{"hi"}, nil},
		{"no blank", lsp, "Content-Length:2\r\n\r\nhi", []string{"hi"}, nil},
		{"zeros in front", lsp, "Content-Length: 0002\r\n\r\nhi", []string{"hi"}, nil},
		{"digits elsewhere", lsp, "1: 7\r\nContent-Length: 2\r\nContent-Length-2: 7\r\n\r\nhi", []string{"hi"}, nil},
		{"kept", headerKeep, "A: b\r\ncontent-length: 2\r\n\r\nhi", []string{"A: b\r\ncontent-length: 2\r\n\r\nhi"}, nil},
		{"LF", headerLF, "A: b\nContent-Length: 2\n\nhiContent-Length: 2\r\n\nhi", []string{"hi", "hi"}, nil},
		{"name", headerLen, "Len: 2\r\n\r\nhi", []string{"hi"}, nil},
		{"name in other case", headerLen, "len: 3\r\nLen: 2\r\n\r\nhi", []string{"hi"}, nil},
		{"largest block", headerLen, "A: 3456789 123456789\r\nLen:2\r\n\r\nhi", nil, frame.ErrHeader},
		{"block at its limit", headerLen, "A: 3456789 123456\r\nLen: 2\r\n\r\nhi", []string{"hi"}, nil},
		{"over the limit", lsp, "Content-Length: 301\r\n\r\n", nil, frame.ErrTooLarge},
		{"more than a uint64", lsp, "Content-Length: 99999999999999999999\r\n\r\n", nil, frame.ErrTooLarge},
		{"a hundred zeros", lsp, "Content-Length: " + strings.Repeat("0", 100) + "2\r\n\r\nhi", []string{"hi"}, nil},
		{"cut off in a name", lsp, "Content", nil, io.ErrUnexpectedEOF},
		{"cut off in a value", lsp, "A: b", nil, io.ErrUnexpectedEOF},
		{"cut off in the block", lsp, "Content-Length: 2\r\n", nil, io.ErrUnexpectedEOF},
		{"cut off behind the block", lsp, "Content-Length: 2\r\n\r\n", nil, io.ErrUnexpectedEOF},
		{"cut off in the payload", lsp, "Content-Length: 2\r\n\r\nh", nil, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames, err := readAll(settings{max: 300}.reader(strings.NewReader(c.stream), c.framing))
			assert.Equal(t, c.frames, frames)
			if c.err == nil {
				c.err = io.EOF
			}
			assert.ErrorIs(t, err, c.err)
			assertSplits(t, c.framing, []byte(c.stream))
		})
	}
}

func TestHeaderBadBlocks(t *testing.T) {
	for _, c := range []struct {
		name    string
		framing frame.Header
		stream  string // up to the byte that decides
		err     error
	}{
		{"no colon", lsp, "garbage\r", frame.ErrHeader},
		{"empty name", lsp, ":", frame.ErrHeader},
		{"blank before the colon", lsp, "Content-Length ", frame.ErrHeader},
		{"line that goes on", lsp, "A: b\r\n ", frame.ErrHeader},
		{"no ASCII in a name", lsp, "\xc3", frame.ErrHeader},
		{"NUL in a value", lsp, "A: \x00", frame.ErrHeader},
		{"DEL in a value", lsp, "A: \x7f", frame.ErrHeader},
		{"LF alone", lsp, "A: b\n", frame.ErrHeader},
		{"LF alone behind the length", lsp, "Content-Length: 2\n", frame.ErrHeader},
		{"LF alone at the end", lsp, "Content-Length: 2\r\n\n", frame.ErrHeader},
		{"CR alone", lsp, "A: b\rc", frame.ErrHeader},
		{"CR alone at the end", lsp, "Content-Length: 2\r\n\rh", frame.ErrHeader},
		{"CR alone where LF may be", headerLF, "A: b\rc", frame.ErrHeader},
		{"two lengths", lsp, "Content-Length: 2\r\nA: b\r\ncontent-length:", frame.ErrHeader},
		{"TLS", lsp, "\x16", frame.ErrHeader},
		{"HTTP", lsp, "GET ", frame.ErrHeader},
		{"over its limit", headerLen, "A: 3456789 123456789 1234567\r\n", frame.ErrHeader},
		{"over the usual limit", lsp, "A: " + strings.Repeat("b", 16<<10-3), frame.ErrHeader},
		{"no length", lsp, "A: b\r\n\r\n", frame.ErrNoLength},
		{"nothing but the end", lsp, "\r\n", frame.ErrNoLength},
		{"length in other case", headerLen, "len: 2\r\n\r\n", frame.ErrNoLength},
		{"sign for another sign", frame.Header{Name: "L^"}, "L~: 2\r\n\r\n", frame.ErrNoLength},
		{"minus", lsp, "Content-Length: -", frame.ErrLength},
		{"plus", lsp, "Content-Length: +", frame.ErrLength},
		{"hex", lsp, "Content-Length: 0x", frame.ErrLength},
		{"list", lsp, "Content-Length: 2,", frame.ErrLength},
		{"two numbers", lsp, "Content-Length: 2 2", frame.ErrLength},
		{"empty length", lsp, "Content-Length: \r", frame.ErrLength},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad{c.name, c.framing, fmt.Sprintf("%x", c.stream), c.err, len(c.stream) - 1}.assertRefused(t)
			if len(c.stream) < 100 {
				assertSplits(t, c.framing, []byte(c.stream+"\r\n"))
			}
		})
	}
}

func TestHeaderWithoutALimit(t *testing.T) {
	wire := "A: " + strings.Repeat("b", 20_000) + "\r\nContent-Length: 2\r\n\r\nhi"
	got, _, err := feed(t, frame.Header{MaxBlock: -1}, []byte(wire))
	require.NoError(t, err)
	assert.Equal(t, "hi", string(got))
}

func TestImpossibleHeaders(t *testing.T) {
	for name, h := range map[string]frame.Header{
		"name with a colon": {Name: "Length:"},
		"name with a blank": {Name: "Content Length"},
		"name in Greek":     {Name: "Μήκος"},
		"block":             {MaxBlock: len("Content-Length:0\r\n\r\n") - 1},
	} {
		_, err := h.AppendFrame(nil, nil)
		assert.ErrorIs(t, err, frame.ErrConfig, name)
		_, err = h.Scan([]byte("C"), frame.Scan{}, false)
		assert.ErrorIs(t, err, frame.ErrConfig, name)
	}
}

func TestHeaderRefusesToWrite(t *testing.T) {
	for _, c := range []struct {
		name    string
		framing frame.Header
		payload string
		err     error
		at      int
	}{
		{"block over its limit", frame.Header{MaxBlock: 20}, "", frame.ErrHeader, 0},
		{"nothing kept", headerKeep, "", frame.ErrHeader, 0},
		{"half a block", headerKeep, "Content-Length: 2\r\n", frame.ErrHeader, 19},
		{"bad block", headerKeep, "Content-Length 2\r\n\r\nhi", frame.ErrHeader, 14},
		{"no length", headerKeep, "A: b\r\n\r\nhi", frame.ErrNoLength, 7},
		{"payload too short", headerKeep, "Content-Length: 2\r\n\r\nh", frame.ErrLength, 22},
		{"payload too long", headerKeep, "Content-Length: 2\r\n\r\nhi!", frame.ErrLength, 23},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst, err := c.framing.AppendFrame([]byte("before"), []byte(c.payload))
			assert.Equal(t, "before", string(dst))
			require.ErrorIs(t, err, c.err)
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.at, e.At)
			assert.Equal(t, "write", e.Op)
		})
	}
}

func headers() *rapid.Generator[frame.Header] {
	return rapid.Custom(func(t *rapid.T) frame.Header {
		return frame.Header{
			Name:      rapid.SampledFrom([]string{"", "Content-Length", "L", "x1"}).Draw(t, "name"),
			ExactCase: rapid.Bool().Draw(t, "exact case"),
			Lenient:   rapid.Bool().Draw(t, "lenient"),
			Keep:      rapid.Bool().Draw(t, "keep"),
			MaxBlock:  rapid.SampledFrom([]int{0, -1, 20, 21, 40}).Draw(t, "max block"),
		}
	})
}

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := headers().Draw(t, "header")
		payload := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload")
		if h.Keep {
			h.Keep = false
			payload, _ = h.AppendFrame(nil, payload)
			h.Keep = true
		}
		wire, err := h.AppendFrame(nil, payload)
		if err != nil {
			require.ErrorIs(t, err, frame.ErrHeader)
			require.LessOrEqual(t, max(h.MaxBlock, 0), 40)
			return
		}
		got, used, err := feed(t, h, slices.Concat(wire, []byte("rest")))
		require.NoError(t, err)
		assert.Equal(t, len(wire), used)
		assert.Equal(t, string(payload), string(got))
	})
}

func TestHeaderAllocatesNothing(t *testing.T) {
	payload := make([]byte, 1000)
	testNoAllocs(t, lsp, payload)
	testNoAllocs(t, frame.Header{Name: strings.Repeat("Long-", 20), Lenient: true}, payload)
	wire, err := lsp.AppendFrame(nil, payload)
	require.NoError(t, err)
	testNoAllocs(t, headerKeep, wire)
}
