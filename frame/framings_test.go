package frame_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A row is one framing with all that the laws have to know about it. A new framing adds a row to the table below.
type row struct {
	name         string
	framing      frame.Framing
	canonical    bool   // what it accepts re-encodes to the same bytes
	endsWithTail bool   // what stands between the last frame and the end of the stream is a frame too
	alphabet     string // bytes that mean something to it

	// refuses are the classes of what its encoder says of a payload that would not come back.
	refuses []error

	// encode returns the frame of payload, be it one that can be read back or not.
	encode func(payload []byte) []byte

	// like returns a payload that is like p and can be read back, where that takes more than to encode and to read p.
	like func(p []byte) []byte

	// next is the reference model: what stands at the start of the whole, not empty, stream.
	next func(stream []byte) found
}

var framings = []row{
	varintRow("varint", frame.Varint{}),
	varintRow("varint lenient", frame.Varint{Lenient: true}),
	varintRow("varint of 32 bits", frame.Varint{Bits: 32}),
	varintRow("varint of 64 bits", frame.Varint{Bits: 64}),
	varintRow("varint of 64 bits lenient", frame.Varint{Bits: 64, Lenient: true}),
	delimiterRow("LF", frame.Delimiter{}),
	delimiterRow("CRLF", frame.Delimiter{Delims: []string{"\r\n"}}),
	delimiterRow("aa", frame.Delimiter{Delims: []string{"aa"}}),
	delimiterRow("abab", frame.Delimiter{Delims: []string{"abab"}}),
	delimiterRow("CRLF or LF", frame.Delimiter{Delims: []string{"\r\n", "\n"}}),
	delimiterRow("LF or CRLF", frame.Delimiter{Delims: []string{"\n", "\r\n"}}),
	delimiterRow("abc or b", frame.Delimiter{Delims: []string{"abc", "b"}}),
	delimiterRow("b or abc", frame.Delimiter{Delims: []string{"b", "abc"}}),
	delimiterRow("LF kept", frame.Delimiter{Keep: true}),
	delimiterRow("CRLF or LF kept", frame.Delimiter{Delims: []string{"\r\n", "\n"}, Keep: true}),
	delimiterRow("LF with tail", frame.Delimiter{Tail: true}),
	delimiterRow("CRLF or LF kept with tail", frame.Delimiter{Delims: []string{"\r\n", "\n"}, Keep: true, Tail: true}),
	linesRow("lines", frame.Lines{}),
	linesRow("lines with CRLF", frame.Lines{CRLF: true}),
	linesRow("strict lines", frame.Lines{Strict: true}),
	linesRow("lines kept", frame.Lines{Keep: true}),
	linesRow("lines with tail", frame.Lines{Tail: true}),
	linesRow("strict lines kept with tail", frame.Lines{Strict: true, Keep: true, Tail: true}),
	fixedRow("fixed", frame.Layout{}),
	fixedRow("fixed of 2 bytes, low one first", frame.Layout{Width: 2, LittleEndian: true}),
	fixedRow("fixed of 1 byte", frame.Layout{Width: 1}),
	fixedRow("fixed of 8 bytes", frame.Layout{Width: 8}),
	fixedRow("fixed in a head", frame.Layout{Magic: "\x07", Before: 1, Width: 1, After: 1}),
	fixedRow("fixed, whole, kept", frame.Layout{Magic: "\x07", Width: 1, After: 1, Counts: frame.WholeHead, Keep: frame.WholeHead}),
	fixedRow("fixed, kept in part", frame.Layout{Before: 1, Width: 1, After: 2, Counts: 2, Keep: 1}),
	fixedRow("fixed, signed", frame.Layout{Width: 2, Signed: true}),
	fixedRow("fixed, signed, low byte first", frame.Layout{Width: 2, Signed: true, LittleEndian: true, Counts: 2}),
	fixedRow("fixed, never empty", frame.Layout{Width: 1, After: 1, Counts: 1, NoEmpty: true}),
	recordsRow("records of 1 byte", 1),
	recordsRow("records of 3 bytes", 3),
	netstringRow(),
	cobsRow(),
	slipRow("SLIP", frame.SLIP{}),
	slipRow("SLIP with END in front", frame.SLIP{Lead: true}),
	headerRow("header", frame.Header{}),
	headerRow("header, lenient", frame.Header{Name: "L", Lenient: true}),
	headerRow("header, exact, kept", frame.Header{Name: "L", ExactCase: true, Keep: true}),
	headerRow("header in a small block", frame.Header{Name: "L", MaxBlock: 9}),
}

func varintRow(name string, v frame.Varint) row {
	return row{
		name:      name,
		framing:   v,
		canonical: !v.Lenient,
		alphabet:  "\x00\x01\x02\x7f\x80\x81\xff",
		encode: func(payload []byte) []byte {
			return append(binary.AppendUvarint(nil, uint64(len(payload))), payload...)
		},
		next: varintModel(v),
	}
}

func delimiterRow(name string, d frame.Delimiter) row {
	delims := delimsOf(d)
	return row{
		name:         name,
		framing:      d,
		canonical:    len(delims) == 1 && !d.Keep && !d.Tail,
		endsWithTail: d.Tail,
		refuses:      []error{frame.ErrDelimiter},
		alphabet:     distinct(slices.Concat(delims...)) + "x\x00",
		encode: func(payload []byte) []byte {
			if d.Keep && longestSuffix(payload, delims) > 0 {
				return slices.Clone(payload)
			}
			return slices.Concat(payload, delims[0])
		},
		next: delimiterModel(d),
	}
}

func distinct(p []byte) string {
	p = slices.Clone(p)
	slices.Sort(p)
	return string(slices.Compact(p))
}

// eachFraming runs test once for each row of the table.
func eachFraming(t *testing.T, test func(t *testing.T, r row)) {
	for _, r := range framings {
		t.Run(r.name, func(t *testing.T) { test(t, r) })
	}
}

// eachWritable runs test for each framing that can write at all. One with the delimiters "abc" and "b" cannot: its "abc" ends
// at the "b".
func eachWritable(t *testing.T, test func(t *testing.T, r row)) {
	eachFraming(t, func(t *testing.T, r row) {
		if _, ok := r.fit(nil); !ok {
			t.Skip("it cannot write")
		}
		test(t, r)
	})
}

// carries reports whether the frame of payload gives payload back, and nothing else.
func (r row) carries(payload []byte) bool {
	wire := r.encode(payload)
	f, lead := r.first(wire)
	return f.err == nil && f.size > 0 && lead+f.size == uint64(len(wire)) && string(f.payload) == string(payload)
}

// first returns the first frame of stream, and how many bytes stand before it.
func (r row) first(stream []byte) (f found, at uint64) {
	for at < uint64(len(stream)) {
		if f = r.next(stream[at:]); !f.blank {
			return f, at
		}
		at += f.size
	}
	return found{}, at
}

// fit returns a payload that is like p and that the framing carries.
func (r row) fit(p []byte) (payload []byte, ok bool) {
	if r.like != nil {
		payload = r.like(p)
	} else {
		f, _ := r.first(r.encode(p))
		payload = f.payload
	}
	return payload, r.carries(payload)
}

// payloads draws payloads of up to limit bytes, more where a delimiter is kept, which the framing carries.
func (r row) payloads(limit int) *rapid.Generator[[]byte] {
	fitted := rapid.Map(rapid.OneOf(fuzz.Payloads(limit), r.junk(min(limit, 12))), func(p []byte) []byte {
		payload, _ := r.fit(p)
		return payload
	})
	return fitted.Filter(r.carries)
}

// long draws payloads of up to limit bytes and a few more. Most of the bytes are z, which means nothing to any framing here.
func (r row) long(limit int) *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		n := rapid.IntRange(0, limit).Draw(t, "length")
		payload := append(bytes.Repeat([]byte("z"), n), r.payloads(16).Draw(t, "end")...)
		if r.like != nil {
			return r.like(payload)
		}
		return payload
	})
}

// junk draws up to limit bytes of the framing's alphabet.
func (r row) junk(limit int) *rapid.Generator[[]byte] {
	return rapid.SliceOfN(rapid.SampledFrom([]byte(r.alphabet)), 0, limit)
}

// streams draws bytes from the wire: frames, junk, and both together.
func (r row) streams() *rapid.Generator[[]byte] {
	piece := r.junk(8)
	if _, ok := r.fit(nil); ok {
		piece = rapid.OneOf(piece, rapid.Map(r.payloads(300), r.encode))
	}
	return rapid.Custom(func(t *rapid.T) []byte {
		return slices.Concat(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces")...)
	})
}

// sample is a fixed stream of frames whose sizes and bytes are hard for the framing, and where each of them begins.
func (r row) sample() (stream []byte, begins []int) {
	var wires [][]byte
	for _, p := range []string{"", "x", r.alphabet, "x" + r.alphabet[1:], string(slices.Repeat([]byte("z"), 130)), "yy"} {
		if payload, ok := r.fit([]byte(p)); ok {
			wires = append(wires, r.encode(payload))
		} else {
			wires = append(wires, r.encode([]byte(p)))
		}
	}
	for _, wire := range wires {
		begins = append(begins, len(stream))
		stream = append(stream, wire...)
	}
	return stream, begins
}
