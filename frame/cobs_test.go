package frame_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

var cobs = frame.COBS{}

// cobsPairs are payloads and their frames, in hex.
var cobsPairs = []struct{ name, payload, frame string }{
	{"empty", "", "01 00"},
	{"text", "68 69", "03 68 69 00"},
	{"a zero", "00", "01 01 00"},
	{"two zeros", "00 00", "01 01 01 00"},
	{"zero within", "11 22 00 33", "03 11 22 02 33 00"},
	{"zero first", "00 11 22", "01 03 11 22 00"},
	{"zero last", "11 00", "02 11 01 00"},
	{"zeros within", "11 00 00 00 22", "02 11 01 01 02 22 00"},
	{"253 bytes", upTo("", 1, 253), upTo("fe", 1, 253) + "00"},
	{"254 bytes", upTo("", 1, 254), upTo("ff", 1, 254) + "00"},
	{"254 bytes and a zero", upTo("", 1, 254) + "00", upTo("ff", 1, 254) + "01 01 00"},
	{"254 bytes behind a zero", "00" + upTo("", 1, 254), "01" + upTo("ff", 1, 254) + "00"},
	{"255 bytes", upTo("", 1, 255), upTo("ff", 1, 254) + "02 ff 00"},
	{"253 bytes, a zero, one byte", upTo("", 1, 253) + "00 aa", upTo("fe", 1, 253) + "02 aa 00"},
	{"508 bytes", upTo("", 1, 254) + upTo("", 1, 254), upTo("ff", 1, 254) + upTo("ff", 1, 254) + "00"},
}

func TestCOBSPairs(t *testing.T) {
	for _, pair := range cobsPairs {
		t.Run(pair.name, func(t *testing.T) {
			got, err := cobs.AppendFrame([]byte("."), unhex(pair.payload))
			require.NoError(t, err)
			assert.Equal(t, "."+string(unhex(pair.frame)), string(got))
			testWires(t, []wire{{name: "read", framing: cobs, stream: pair.frame, frames: []string{pair.payload}}})
		})
	}
}

func TestCOBS(t *testing.T) {
	testWires(t, []wire{
		{name: "nothing", framing: cobs},
		{name: "zeros only", framing: cobs, stream: "00 00 00"},
		{name: "zeros between", framing: cobs, stream: "00 02 61 00 00 00 02 62 00 00", frames: []string{"61", "62"}},
		{name: "empty among zeros", framing: cobs, stream: "00 01 00 00 01 00", frames: []string{"", ""}},
		{name: "needless last block", framing: cobs, stream: upTo("ff", 1, 254) + "01 00", frames: []string{upTo("", 1, 254)}},
		{name: "cut off", framing: cobs, stream: "00 02 61", err: io.ErrUnexpectedEOF, offset: 1},
		{name: "cut off in a block", framing: cobs, stream: "00 05 61", err: io.ErrUnexpectedEOF, offset: 1},
		{name: "block cut short", framing: cobs, stream: "00 05 31 32 00", err: frame.ErrStuffing, offset: 1, at: 3},
		{name: "block without bytes", framing: cobs, stream: "02 00", err: frame.ErrStuffing, at: 1},
		{name: "full block cut short", framing: cobs, stream: upTo("ff", 1, 253) + "00", err: frame.ErrStuffing, at: 254},
		{name: "at the limit", framing: cobs, max: 4, stream: "03 11 22 02 33 00", frames: []string{"11 22 00 33"}},
		{name: "over the limit", framing: cobs, max: 3, stream: "03 11 22 02 33 00", err: frame.ErrTooLarge},
		{name: "at the limit, zeros", framing: cobs, max: 2, stream: "01 01 01 00", frames: []string{"00 00"}},
		{name: "over the limit, zeros", framing: cobs, max: 1, stream: "01 01 01 00", err: frame.ErrTooLarge},
		{name: "at the limit, needless last block", framing: cobs, max: 254, stream: upTo("ff", 1, 254) + "01 00",
			frames: []string{upTo("", 1, 254)}},
		{name: "at the limit, two full blocks", framing: cobs, max: 508, stream: upTo("ff", 1, 254) + upTo("ff", 1, 254) + "00",
			frames: []string{upTo("", 1, 254) + upTo("", 1, 254)}},
		{name: "bad at the limit", framing: cobs, max: 2, stream: "09 11 22 00", err: frame.ErrStuffing, at: 3},
		{name: "bad over the limit", framing: cobs, max: 1, stream: "09 11 22 00", err: frame.ErrTooLarge},
	})
}

func TestCOBSGoesOnBehindABadFrame(t *testing.T) {
	testResumed(t, cobs, []resumed{
		{"two bad ones", 0, "05 31 32 00 34 00", nil, []string{"malformed at 0", "malformed at 4"}},
		{"a good one behind", 0, "05 31 32 00 02 61 00", []string{"a"}, []string{"malformed at 0"}},
		{"too large", 2, "04 61 62 63 00 02 61 00", []string{"a"}, []string{"too large at 0"}},
		{"too large and bad", 2, "09 61 62 63 00 02 61 00", []string{"a"}, []string{"too large at 0"}},
	})
}

// naiveCOBS appends the frame of payload to dst, byte by byte.
func naiveCOBS(dst, payload []byte) []byte {
	code, at := byte(1), len(dst) // of the block, and where it goes
	dst = append(dst, 0)
	for i, b := range payload {
		if b != 0 {
			dst = append(dst, b)
			code++
		}
		if b == 0 || code == 0xff && i+1 < len(payload) {
			dst[at] = code
			code, at = 1, len(dst)
			dst = append(dst, 0)
		}
	}
	dst[at] = code
	return append(dst, 0)
}

// naiveUncobs appends the payload of the frame at the start of stream to dst, byte by byte. It returns the size of the frame,
// or 0 if it is cut off.
func naiveUncobs(dst, stream []byte) (payload []byte, size int, ok bool) {
	left, zero := 0, false // bytes of the block that are missing; whether it left out a zero
	for i, b := range stream {
		switch {
		case b == 0:
			return dst, i + 1, left == 0
		case left > 0:
			dst = append(dst, b)
			left--
		default:
			if zero {
				dst = append(dst, 0)
			}
			left, zero = int(b)-1, b != 0xff
		}
	}
	return dst, 0, false
}

// cobsStreams draws streams whose blocks are long and short, whole and not.
func cobsStreams() *rapid.Generator[[]byte] {
	frames := rapid.Map(fuzz.Payloads(600), func(p []byte) []byte { return naiveCOBS(nil, p) })
	junk := rapid.SliceOfN(rapid.SampledFrom([]byte("\x00\x01\x02\x03\x05\xff")), 0, 12)
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(frames, junk), 0, 5), func(pieces [][]byte) []byte {
		return slices.Concat(pieces...)
	})
}

func TestCOBSAgreesWithANaiveReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := cobsStreams().Draw(t, "stream")
		want := naiveStuffed(stream, 0, naiveUncobs)
		plan := plans().Draw(t, "plan")
		assert.Equal(t, want, settings{skip: true}.read(cobs, stream, plan))
	})
}

func TestCOBSIsTheSameForEverySplit(t *testing.T) {
	checkSplits(t, rapid.Just[frame.Framing](cobs), "\x00\x01\x02\x03\x05\xff")
}

func TestCOBSRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.OneOf(fuzz.Payloads(2000), rapid.SliceOfN(rapid.SampledFrom([]byte("\x00\x01x")), 0, 20)).Draw(t, "payload")
		want := naiveCOBS(nil, payload)
		checkStuffed(t, cobs, payload, want)
	})
}

func TestCOBSLooksAtEachByteOnce(t *testing.T) {
	testLooksOnce(t, cobs, naiveCOBS(nil, bytes.Repeat([]byte("hello\x00there "), 50)), 0)
	testLooksOnce(t, cobs, naiveCOBS(nil, bytes.Repeat([]byte("hello "), 200)), 0)
}

func TestCOBSAllocatesNothing(t *testing.T) {
	testNoAllocs(t, cobs, bytes.Repeat([]byte("hello\x00there "), 200))
	testNoAllocs(t, cobs, bytes.Repeat([]byte("hello "), 200))
}

func TestCOBSNeverPanics(t *testing.T) { checkAnyBytes(t, cobs, "\x00\x01\x02\xff") }
