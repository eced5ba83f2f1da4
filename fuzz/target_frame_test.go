package fuzz_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/internal/drive"
)

// maxFrame is the limit in the frame targets: small, so that the fuzzer meets it.
const maxFrame = 40

// outcome is what a stream of frames comes to.
type outcome struct {
	frames [][]byte
	err    error // what ended it
}

// class is the part of an error that must not depend on how the bytes were split.
func (o outcome) class() error {
	for _, class := range []error{io.ErrUnexpectedEOF, frame.ErrTooLarge, frame.ErrOverflow, frame.ErrNotMinimal, frame.ErrMalformed} {
		if errors.Is(o.err, class) {
			return class
		}
	}
	return o.err
}

// readFrames reads all frames, and goes on after errors of the source that pass, and after frames that are skipped.
func readFrames(r *frame.Reader) (o outcome) {
	for {
		payload, err := r.ReadFrame()
		var e *frame.Error
		switch {
		case err == nil:
			o.frames = append(o.frames, bytes.Clone(payload))
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, fuzz.ErrTransient):
		case errors.As(err, &e) && e.Skipped:
			o.frames = append(o.frames, []byte("skipped")) // so that the place counts
		default:
			o.err = err
			return o
		}
	}
}

// checkFraming reads stream as plan says, and checks that what comes out is what comes out of the stream in one piece, that a
// bufio.Scanner finds the same, and that a canonical framing writes the same bytes again.
func checkFraming(t *testing.T, f frame.Framing, canonical bool, stream []byte, plan fuzz.Plan, skip, exact bool) {
	read := func(src io.Reader) outcome {
		r := frame.NewReader(src, f)
		r.Max, r.Skip, r.Exact = maxFrame, skip, exact
		return readFrames(r)
	}
	whole, split := read(bytes.NewReader(stream)), read(fuzz.NewReader(bytes.NewReader(stream), plan))
	require.Equal(t, whole.frames, split.frames, "%v", plan)
	require.Equal(t, whole.class(), split.class(), "%v", plan)
	if skip {
		return
	}
	require.Equal(t, whole.frames, scanFrames(f, stream).frames)
	if !canonical {
		return
	}
	var again []byte
	for _, payload := range whole.frames {
		var err error
		again, err = f.AppendFrame(again, payload)
		require.NoError(t, err)
	}
	require.True(t, bytes.HasPrefix(stream, again), "%x is written again as %x", stream, again)
}

// scanFrames reads all frames with a bufio.Scanner.
func scanFrames(f frame.Framing, stream []byte) (o outcome) {
	s := bufio.NewScanner(bytes.NewReader(stream))
	s.Buffer(nil, len(stream)+bufio.MaxScanTokenSize)
	s.Split(frame.SplitFunc(f, maxFrame))
	for s.Scan() {
		o.frames = append(o.frames, bytes.Clone(s.Bytes()))
	}
	o.err = s.Err()
	return o
}

// fuzzFraming is a target whose input is the stream, the plan of its splits and failures, and a mode.
func fuzzFraming(f *testing.F, canonical bool, framing func(mode byte) frame.Framing, streams ...string) {
	target := drive.New(f)
	for _, stream := range streams {
		for mode := range byte(4) {
			target.Add([]byte(stream), []byte{1, 0xff}, mode)
			target.Add([]byte(stream), []byte{3, 0xc0, 2, 0, 0xff}, mode)
		}
	}
	target.Fuzz(func(t *testing.T, stream, steps []byte, mode byte) {
		if len(stream) > 1<<16 {
			return
		}
		plan := fuzz.PlanFrom(steps, fuzz.Timeout, fuzz.Transient)
		checkFraming(t, framing(mode>>2), canonical, stream, plan, mode&1 != 0, mode&2 != 0)
	})
}

func FuzzVarint(f *testing.F) {
	strict := func(byte) frame.Framing { return frame.Varint{} }
	fuzzFraming(f, true, strict, "\x02hi\x00\x05hello", "\x80\x01", "\x80\x00", "\x29", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
}

func FuzzVarintForms(f *testing.F) {
	forms := func(mode byte) frame.Framing {
		return frame.Varint{Lenient: mode&1 != 0, Bits: []int{32, 63, 64}[mode>>1%3]}
	}
	fuzzFraming(f, false, forms, "\x82\x00hi\x00", "\x80\x80\x80\x80\x10", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")
}

func FuzzDelimiter(f *testing.F) {
	newline := func(byte) frame.Framing { return frame.Delimiter{} }
	fuzzFraming(f, true, newline, "hi\n\nhello\n", "no end", "\n\n\n")
}

func FuzzDelimiterForms(f *testing.F) {
	sets := [][]string{{"\r\n"}, {"\r\n", "\n"}, {"abc", "b"}, {"aa", "ab", "aab"}, {"\x00"}}
	forms := func(mode byte) frame.Framing {
		return frame.Delimiter{Delims: sets[int(mode>>2)%len(sets)], Keep: mode&1 != 0, Tail: mode&2 != 0}
	}
	fuzzFraming(f, false, forms, "hi\r\nyou\n\r\r\n", "xabcyb", "aaab\x00")
}

func FuzzLines(f *testing.F) {
	forms := func(mode byte) frame.Framing {
		return frame.Lines{Strict: mode&1 != 0, Keep: mode&2 != 0, Tail: mode&4 != 0}
	}
	fuzzFraming(f, false, forms, "hi\r\nyou\n\r\r\n", "a\rb\nc\r\n", "no end\r")
}

func FuzzFixed(f *testing.F) {
	layouts := []frame.Layout{
		{Width: 4}, {Width: 2, LittleEndian: true}, {Width: 1, NoEmpty: true}, {Width: 3, Signed: true},
		{Magic: "ab", Before: 1, Width: 2, After: 1, Counts: frame.WholeHead, Keep: 2}, {Width: 8, Keep: frame.WholeHead},
	}
	forms := func(mode byte) frame.Framing {
		fixed, err := frame.NewFixed(layouts[int(mode)%len(layouts)])
		if err != nil {
			panic(err)
		}
		return fixed
	}
	fuzzFraming(f, false, forms, "\x00\x00\x00\x02hi\x00\x00\x00\x00", "\x02\x00hi", "ab\x00\x00\x08!hi", "\xff\xff\xff\xff\xff\xff\xff\xff")
}

func FuzzNetstring(f *testing.F) {
	netstring := func(byte) frame.Framing { return frame.Netstring{} }
	fuzzFraming(f, true, netstring, "2:hi,0:,", "02:hi,", "99999999999999999999:", "1:hi,")
}

func FuzzHeader(f *testing.F) {
	forms := func(mode byte) frame.Framing {
		return frame.Header{Lenient: mode&1 != 0, Keep: mode&2 != 0, ExactCase: mode&4 != 0, MaxBlock: 60}
	}
	fuzzFraming(f, false, forms, "Content-Length: 2\r\n\r\nhi", "content-length:2\nX: y\n\nhi", "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx")
}

func FuzzCOBS(f *testing.F) {
	cobs := func(byte) frame.Framing { return frame.COBS{} }
	fuzzFraming(f, false, cobs, "\x03hi\x00\x00\x01\x00", "\x05hi\x00", "\x01\x01\x01\x00")
}

func FuzzSLIP(f *testing.F) {
	slip := func(byte) frame.Framing { return frame.SLIP{} }
	fuzzFraming(f, false, slip, "\xc0hi\xc0\xc0\xdb\xdc\xc0", "a\xdbb\xc0c\xc0", "a\xdb\xc0b\xc0")
}
