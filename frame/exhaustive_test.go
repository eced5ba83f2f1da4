package frame_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// alike are the framings that differ from another one only in what longer inputs show, or in what is handed over: for them two
// bytes are enough.
var alike = []string{
	"varint of 32 bits", "varint of 64 bits", "varint of 64 bits lenient", "abab", "LF or CRLF", "abc or b",
	"LF kept", "CRLF or LF kept", "LF with tail", "CRLF or LF kept with tail",
	"lines with CRLF", "lines kept", "lines with tail", "strict lines kept with tail", "SLIP with END in front",
	"fixed", "fixed of 8 bytes", "fixed of 1 byte", "fixed in a head", "fixed, signed", "records of 1 byte", "records of 3 bytes",
	"fixed, kept in part", "fixed, never empty", "fixed, signed, low byte first",
	"header", "header, lenient", "header, exact, kept", "header in a small block",
}

// All inputs of up to three bytes give what the model says of them, when they are looked at byte by byte: each longer input
// goes on from the Scan of the shorter one.
func TestAllShortInputsAgreeWithTheModel(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		t.Parallel()
		depth := 3
		if raceEnabled || testing.Short() || slices.Contains(alike, r.name) {
			depth = 2
		}
		extend(t, r, make([]byte, 0, depth), frame.Scan{}, depth)
	})
}

// extend tests all inputs that begin with in, of which s is the Scan, and have up to depth bytes more.
func extend(t *testing.T, r row, in []byte, s frame.Scan, depth int) {
	in = append(in, 0)
	for b := 0; b <= math.MaxUint8; b++ {
		in[len(in)-1] = byte(b)
		if end, err := r.framing.Scan(in, s, true); !r.agrees(in, end, err) {
			t.Fatalf("% x: the model says %+v, Scan says %+v, %v", in, r.next(in), end, err)
		}
		if depth == 1 {
			continue
		}
		if next, err := r.framing.Scan(in, s, false); err == nil && next.Need > 0 {
			extend(t, r, in, next, depth-1)
		}
	}
}

// agrees reports whether s and err are the Scan of what the model finds in all the bytes of in.
func (r row) agrees(in []byte, s frame.Scan, err error) bool {
	f := r.next(in)
	switch {
	case f.size == math.MaxUint64:
		return errors.Is(err, frame.ErrTooLarge)
	case f.err != nil && f.err != io.ErrUnexpectedEOF:
		return errors.Is(err, f.err) && f.goesOn == (s.Size != 0)
	case err != nil:
		return false
	case f.err != nil:
		return s.Need > 0 && (f.size == 0 && s.Size == -1 || f.size > 0 && uint64(s.Size) == f.size)
	}
	body := in[s.Head : s.Head+s.Body+s.Keep]
	if u, ok := r.framing.(frame.Unstuffer); ok {
		body = u.Unstuff(nil, body)
	}
	return s.Need == 0 && s.Blank == f.blank && uint64(s.Size) == f.size && string(body) == string(f.payload)
}

// All streams of a few bytes that mean something to the framing, through a Reader, in one piece and byte by byte.
func TestAllShortStreamsOfTheAlphabet(t *testing.T) {
	size := 5
	if raceEnabled || testing.Short() {
		size = 4
	}
	eachFraming(t, func(t *testing.T, r row) {
		t.Parallel()
		size := size
		if len(r.alphabet) > 6 {
			size--
		}
		for _, s := range []settings{{}, {max: 1}, {max: 1, skip: true}, {max: 2, skip: true, exact: true}} {
			eachStream(r.alphabet, size, func(stream []byte) {
				want := r.outcome(stream, s)
				for _, plan := range []fuzz.Plan{nil, {1, fuzz.Repeat}} {
					if got := s.read(r.framing, stream, plan); !got.equal(want) {
						require.Equal(t, want, got, "%q with %v and %+v", stream, plan, s)
					}
				}
			})
		}
	})
}

// eachStream calls test with all strings of size bytes of alphabet, and all shorter ones.
func eachStream(alphabet string, size int, test func(stream []byte)) {
	stream := make([]byte, 0, size)
	var grow func()
	grow = func() {
		test(stream)
		if len(stream) == size {
			return
		}
		for _, b := range []byte(alphabet) {
			stream = append(stream, b)
			grow()
			stream = stream[:len(stream)-1]
		}
	}
	grow()
}

func (o outcome) equal(p outcome) bool {
	return o.End == p.End && slices.Equal(o.Frames, p.Frames) && slices.Equal(o.Bad, p.Bad)
}
