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

var slip = frame.SLIP{}

// slipPairs are payloads and their frames, in hex.
var slipPairs = []struct{ name, payload, frame string }{
	{"text", "68 69", "68 69 c0"},
	{"END", "c0", "db dc c0"},
	{"ESC", "db", "db dd c0"},
	{"ESC_END and ESC_ESC alone", "dc dd", "dc dd c0"},
	{"what looks escaped", "db dc db dd", "db dd dc db dd dd c0"},
	{"all together", "01 c0 02 db 03 db c0 04", "01 db dc 02 db dd 03 db dd db dc 04 c0"},
	{"several ENDs", "c0 c0 c0", "db dc db dc db dc c0"},
	{"zero", "00", "00 c0"},
}

func TestSLIPPairs(t *testing.T) {
	for _, pair := range slipPairs {
		t.Run(pair.name, func(t *testing.T) {
			got, err := slip.AppendFrame([]byte("."), unhex(pair.payload))
			require.NoError(t, err)
			assert.Equal(t, "."+string(unhex(pair.frame)), string(got))
			testWires(t, []wire{{name: "read", framing: slip, stream: pair.frame, frames: []string{pair.payload}}})
		})
	}
}

func TestSLIPLead(t *testing.T) {
	lead := frame.SLIP{Lead: true}
	got, err := lead.AppendFrame(nil, []byte("hi"))
	require.NoError(t, err)
	assert.Equal(t, unhex("c0 68 69 c0"), got)
	testWires(t, []wire{
		{name: "two frames", framing: lead, stream: "c0 61 c0 c0 62 c0", frames: []string{"61", "62"}},
		{name: "need not be there", framing: lead, stream: "61 c0 62 c0", frames: []string{"61", "62"}},
	})
}

func TestSLIPRefusesAnEmptyPayload(t *testing.T) {
	for _, framing := range []frame.SLIP{{}, {Lead: true}} {
		got, err := framing.AppendFrame([]byte("."), nil)
		assert.ErrorIs(t, err, frame.ErrEmpty)
		assert.Equal(t, ".", string(got))
	}
}

func TestSLIP(t *testing.T) {
	testWires(t, []wire{
		{name: "nothing", framing: slip},
		{name: "ENDs only", framing: slip, stream: "c0 c0 c0"},
		{name: "ENDs between", framing: slip, stream: "c0 61 c0 c0 c0 62 c0 c0", frames: []string{"61", "62"}},
		{name: "cut off", framing: slip, stream: "61 c0 62", frames: []string{"61"}, err: io.ErrUnexpectedEOF, offset: 2},
		{name: "cut off in an escape", framing: slip, stream: "c0 61 db", err: io.ErrUnexpectedEOF, offset: 1},
		{name: "bad escape", framing: slip, stream: "c0 01 db 03 c0", err: frame.ErrEscape, offset: 1, at: 2},
		{name: "bad escape, nothing behind", framing: slip, stream: "db 00", err: frame.ErrEscape, at: 1},
		{name: "ESC ESC", framing: slip, stream: "61 db db dc c0", err: frame.ErrEscape, at: 2},
		{name: "ESC END", framing: slip, stream: "61 db c0 62 c0", err: frame.ErrEscape, at: 2},
		{name: "good, then bad", framing: slip, stream: "db dc 61 db dd db 61 c0", err: frame.ErrEscape, at: 6},
		{name: "at the limit", framing: slip, max: 2, stream: "db dc db dd c0", frames: []string{"c0 db"}},
		{name: "over the limit", framing: slip, max: 1, stream: "db dc db dd c0", err: frame.ErrTooLarge},
		{name: "bad at the limit", framing: slip, max: 2, stream: "61 62 db 63 64 65 c0", err: frame.ErrEscape, at: 3},
		{name: "bad over the limit", framing: slip, max: 1, stream: "61 62 db 63 c0", err: frame.ErrTooLarge},
	})
}

func TestSLIPGoesOnBehindABadFrame(t *testing.T) {
	testResumed(t, slip, []resumed{
		{"bad escape", 0, "61 db 03 c0 62 c0", []string{"b"}, []string{"malformed at 0"}},
		{"ESC END", 0, "61 db c0 62 c0", []string{"b"}, []string{"malformed at 0"}},
		{"one error for a frame", 0, "db 01 db 02 db c0 62 c0", []string{"b"}, []string{"malformed at 0"}},
		{"two bad ones", 0, "db db c0 db c0", nil, []string{"malformed at 0", "malformed at 3"}},
		{"too large", 2, "61 62 63 c0 61 c0", []string{"a"}, []string{"too large at 0"}},
		{"too large, then bad", 2, "61 62 63 db 61 c0 61 c0", []string{"a"}, []string{"too large at 0"}},
		{"bad, then too large", 2, "61 db 61 62 63 c0 61 c0", []string{"a"}, []string{"malformed at 0"}},
		{"bad, no end", 0, "61 db 61 62 db", nil, []string{"malformed at 0"}},
	})
}

// naiveSLIP appends the frame of payload to dst, byte by byte.
func naiveSLIP(dst, payload []byte) []byte {
	for _, b := range payload {
		switch b {
		case 0xc0:
			dst = append(dst, 0xdb, 0xdc)
		case 0xdb:
			dst = append(dst, 0xdb, 0xdd)
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, 0xc0)
}

// naiveUnslip appends the payload of the frame at the start of stream to dst, byte by byte. It returns the size of the frame, or
// 0 if it is cut off.
func naiveUnslip(dst, stream []byte) (payload []byte, size int, ok bool) {
	escaped := false
	ok = true
	for i, b := range stream {
		switch {
		case b == 0xc0:
			return dst, i + 1, ok && !escaped
		case escaped:
			escaped = false
			switch b {
			case 0xdc:
				dst = append(dst, 0xc0)
			case 0xdd:
				dst = append(dst, 0xdb)
			default:
				ok = false
			}
		case b == 0xdb:
			escaped = true
		default:
			dst = append(dst, b)
		}
	}
	return dst, 0, false
}

// slipStreams draws streams with many special bytes.
func slipStreams() *rapid.Generator[[]byte] {
	frames := rapid.Map(fuzz.Payloads(300), func(p []byte) []byte { return naiveSLIP(nil, p) })
	junk := rapid.SliceOfN(rapid.SampledFrom([]byte("\xc0\xdb\xdc\xddx")), 0, 12)
	pieces := rapid.SliceOfN(rapid.OneOf(frames, junk), 0, 5)
	return rapid.Map(pieces, func(pieces [][]byte) []byte {
		return append(slices.Concat(pieces...), 0xc0) // a bad frame that is cut off too would have two errors
	})
}

func TestSLIPAgreesWithANaiveReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := slipStreams().Draw(t, "stream")
		want := naiveStuffed(stream, 0xc0, naiveUnslip)
		plan := plans().Draw(t, "plan")
		assert.Equal(t, want, settings{skip: true}.read(slip, stream, plan))
	})
}

func TestSLIPIsTheSameForEverySplit(t *testing.T) {
	checkSplits(t, rapid.Just[frame.Framing](slip), "\xc0\xdb\xdc\xddx")
}

func TestSLIPRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		special := rapid.SliceOfN(rapid.SampledFrom([]byte("\xc0\xdb\xdc\xddx")), 1, 20)
		full := fuzz.Payloads(2000).Filter(func(p []byte) bool { return len(p) > 0 })
		payload := rapid.OneOf(full, special).Draw(t, "payload")
		checkStuffed(t, slip, payload, naiveSLIP(nil, payload))
	})
}

func TestSLIPIsCanonicalButForENDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := slipStreams().Draw(t, "stream")
		for len(stream) > 0 {
			s, err := slip.Scan(stream, frame.Scan{}, false)
			if err == nil && !s.Blank {
				wire, err := slip.AppendFrame(nil, slip.Unstuff(nil, stream[:s.Body]))
				require.NoError(t, err)
				require.Equal(t, stream[:s.Size], wire)
			}
			stream = stream[s.Size:]
		}
	})
}

func TestSLIPLooksAtEachByteOnce(t *testing.T) {
	testLooksOnce(t, slip, naiveSLIP(nil, bytes.Repeat([]byte("hello\xc0there\xdb "), 50)), 0xc0)
}

func TestSLIPAllocatesNothing(t *testing.T) {
	testNoAllocs(t, slip, bytes.Repeat([]byte("hello\xc0there\xdb "), 200))
	testNoAllocs(t, frame.SLIP{Lead: true}, bytes.Repeat([]byte("hello "), 200))
}

func TestSLIPNeverPanics(t *testing.T) { checkAnyBytes(t, slip, "\xc0\xdb\xdc\xdd") }
