package frame_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/demarc-go/demarc/frame"
)

// found is what a model says about the frame at the start of a stream that it sees whole.
type found struct {
	payload []byte // what is handed over
	counts  uint64 // bytes that count to the limit: announced or, where nothing is announced, certain
	size    uint64 // of the whole frame; 0 where the bytes do not tell
	early   uint64 // of a frame that only the end of the stream completes: what counted before that
	err     error  // nil for a whole frame, otherwise the class of the error
	blank   bool   // no frame: bytes that stand for nothing
	goesOn  bool   // a malformed frame whose end can be found, be it later
	over    uint64 // bytes that passing over it costs, where these are not those that count
}

// varintModel is a slow and obvious Varint.
func varintModel(v frame.Varint) func(stream []byte) found {
	allowed := v.Bits
	if allowed == 0 {
		allowed = 63
	}
	mostBytes := (allowed + 6) / 7
	return func(stream []byte) found {
		n := slices.IndexFunc(stream, func(b byte) bool { return b < 0x80 }) + 1
		switch {
		case n == 0 && len(stream) < mostBytes:
			return found{err: io.ErrUnexpectedEOF}
		case n == 0 || n > mostBytes:
			return found{err: frame.ErrOverflow}
		}
		length, fits := horner(stream[:n])
		switch {
		case !fits || bits.Len64(length) > allowed:
			return found{err: frame.ErrOverflow}
		case n > 1 && stream[n-1] == 0 && !v.Lenient:
			return found{err: frame.ErrNotMinimal}
		case length > math.MaxInt64-uint64(n):
			return found{counts: math.MaxUint64, size: math.MaxUint64}
		}
		return lengthModel(stream, uint64(n), length)
	}
}

// horner returns the value of the digits to the base of 128, the lowest first, and whether 64 bits hold it.
func horner(digits []byte) (value uint64, fits bool) {
	for _, b := range slices.Backward(digits) {
		if bits.Len64(value) > 64-7 {
			return 0, false
		}
		value = value<<7 | uint64(b&0x7f)
	}
	return value, true
}

// lengthModel is the frame of a payload of length bytes behind a prefix of head bytes.
func lengthModel(stream []byte, head, length uint64) found {
	f := found{counts: length, size: head + length}
	if uint64(len(stream)) < f.size {
		f.err = io.ErrUnexpectedEOF
		return f
	}
	f.payload = stream[head:f.size]
	return f
}

// delimiterModel is a slow and obvious Delimiter.
func delimiterModel(d frame.Delimiter) func(stream []byte) found {
	delims := delimsOf(d)
	return func(stream []byte) found {
		for end := 1; end <= len(stream); end++ {
			if delim := longestSuffix(stream[:end], delims); delim > 0 {
				return delimited(stream, end, delim, d.Keep)
			}
		}
		certain := uint64(len(stream) - unsure(stream, delims))
		if d.Tail {
			n := uint64(len(stream))
			return found{payload: stream, counts: n, size: n, early: certain}
		}
		return found{counts: certain, err: io.ErrUnexpectedEOF}
	}
}

// delimited is the frame of end bytes, of which the last delim are the delimiter.
func delimited(stream []byte, end, delim int, keep bool) found {
	f := found{payload: stream[:end-delim], counts: uint64(end - delim), size: uint64(end)}
	if keep {
		f.payload = stream[:end]
	}
	return f
}

// longestSuffix returns the size of the longest of delims in which p ends, or 0.
func longestSuffix(p []byte, delims [][]byte) int {
	longest := 0
	for _, delim := range delims {
		if bytes.HasSuffix(p, delim) {
			longest = max(longest, len(delim))
		}
	}
	return longest
}

// unsure returns how many bytes at the end of p may be the first ones of a delimiter.
func unsure(p []byte, delims [][]byte) int {
	most := 0
	for _, delim := range delims {
		for n := range delim {
			if bytes.HasSuffix(p, delim[:n]) {
				most = max(most, n)
			}
		}
	}
	return most
}

func delimsOf(d frame.Delimiter) [][]byte {
	if len(d.Delims) == 0 {
		return [][]byte{[]byte("\n")}
	}
	var delims [][]byte
	for _, delim := range d.Delims {
		delims = append(delims, []byte(delim))
	}
	return delims
}

// outcome is all that a stream gives. The test of a law compares two of them.
type outcome struct {
	Frames []string // payloads
	Bad    []string // what was wrong with other frames, and where they begin, in bytes from the start of the stream
	End    string   // class of the last error
}

// bad notes what was wrong with the frame that begins at offset. However many errors come of it, it is noted once.
func (o *outcome) bad(err error, offset int64) {
	if s := fmt.Sprintf("%s at %d", class(err), offset); !slices.Contains(o.Bad, s) {
		o.Bad = append(o.Bad, s)
	}
}

// outcome says what a Reader with the same settings has to make of stream, according to the row's model.
func (r row) outcome(stream []byte, s settings) outcome {
	var o outcome
	for at := uint64(0); o.End == ""; {
		at += r.step(&o, stream, at, s)
	}
	return o
}

// step adds the frame at stream[at:] to o and returns its size, or sets o.End.
func (r row) step(o *outcome, stream []byte, at uint64, s settings) uint64 {
	rest := stream[at:]
	if len(rest) == 0 {
		o.End = "EOF"
		return 0
	}
	f := r.next(rest)
	switch err := f.judge(s.limit()); {
	case f.blank:
	case err == nil:
		o.Frames = append(o.Frames, string(f.payload))
	case err == io.ErrUnexpectedEOF:
		o.End = class(err)
	default:
		o.bad(err, int64(at))
		f.passOver(o, err, at, uint64(len(rest)), s)
	}
	return f.size
}

func (s settings) limit() uint64 {
	switch {
	case s.max == 0:
		return frame.DefaultMax
	case s.max < 0:
		return math.MaxInt
	}
	return uint64(s.max)
}

// judge returns what is wrong with f, if anything. A frame that only the end of the stream completes may have been too large
// before.
func (f *found) judge(limit uint64) error {
	if f.early > limit {
		*f = found{counts: f.early}
	}
	if f.counts > limit {
		return frame.ErrTooLarge
	}
	return f.err
}

// passOver says how o goes on behind a bad frame: at most four times the limit is passed over, if anything. At the end of the
// stream nothing is said about the part that is missing.
func (f *found) passOver(o *outcome, err error, at, have uint64, s settings) {
	limit := s.limit()
	switch size := max(f.counts, f.over); {
	case !s.skip || err != frame.ErrTooLarge && !f.goesOn:
		o.End = class(err)
	case size/4 > limit || size > 4*limit:
		o.bad(frame.ErrTooLarge, int64(at))
		o.End = class(frame.ErrTooLarge)
	case f.size == 0 || f.size > have:
		o.End = "EOF"
	}
}
