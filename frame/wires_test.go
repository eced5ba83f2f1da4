package frame_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A wire is a stream of bytes, and what a Reader that stops at the first error has to make of it.
type wire struct {
	name    string
	framing frame.Framing
	max     int
	stream  string   // in hex
	frames  []string // payloads, in hex
	err     error    // the class of the last error; nil for io.EOF
	offset  int64    // where the bad frame begins, in bytes from the start of the stream
	at      int      // which of its bytes decided
}

// unhex returns the bytes that s shows.
func unhex(s string) []byte {
	p, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return p
}

// upTo returns s and the bytes first to last, in hex.
func upTo(s string, first, last byte) string {
	for b := int(first); b <= int(last); b++ {
		s += fmt.Sprintf(" %02x", b)
	}
	return s
}

// plansOf are all ways to read a stream of size bytes in one piece, in two, and byte by byte.
func plansOf(size int) []fuzz.Plan {
	plans := []fuzz.Plan{nil, {1, fuzz.Repeat}}
	for i := range size {
		plans = append(plans, fuzz.SplitAt(i))
	}
	return plans
}

func testWires(t *testing.T, wires []wire) {
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			stream := unhex(w.stream)
			for _, plan := range plansOf(len(stream)) {
				w.test(t, fuzz.NewReader(bytes.NewReader(stream), plan), plan)
			}
		})
	}
}

func (w wire) test(t *testing.T, src io.Reader, plan fuzz.Plan) {
	frames, err := readAll(settings{max: w.max}.reader(src, w.framing))
	var payloads []string
	for _, payload := range w.frames {
		payloads = append(payloads, string(unhex(payload)))
	}
	require.Equal(t, payloads, frames, plan)
	if w.err == nil {
		require.Same(t, io.EOF, err, plan)
		return
	}
	require.ErrorIs(t, err, w.err, plan)
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, w.offset, e.Offset, plan)
	if errors.Is(err, frame.ErrMalformed) {
		assert.Equal(t, w.at, e.At, plan)
	}
}

// A resumed is a stream with bad frames, and what a Reader that skips them has to make of it.
type resumed struct {
	name   string
	max    int
	stream string   // in hex
	frames []string // payloads, as text
	bad    []string // what was wrong with which frame
}

func testResumed(t *testing.T, framing frame.Framing, tests []resumed) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := outcome{Frames: test.frames, Bad: test.bad, End: "EOF"}
			stream := unhex(test.stream)
			for _, plan := range plansOf(len(stream)) {
				assert.Equal(t, want, settings{max: test.max, skip: true}.read(framing, stream, plan), plan)
			}
		})
	}
}

// checkSplits checks that streams of bytes of alphabet give the same however they are split.
func checkSplits(t *testing.T, framings *rapid.Generator[frame.Framing], alphabet string) {
	rapid.Check(t, func(t *rapid.T) {
		framing := framings.Draw(t, "framing")
		s := anySettings().Draw(t, "settings")
		stream := rapid.SliceOfN(rapid.SampledFrom([]byte(alphabet)), 0, 24).Draw(t, "stream")
		want := s.read(framing, stream, nil)
		for _, plan := range plansOf(len(stream)) {
			require.Equal(t, want, s.read(framing, stream, plan), plan)
		}
	})
}

// testLooksOnce feeds the frame wire byte by byte, and puts poison over all that Scan has taken for payload: if it looked there
// again, it would not find the same end.
func testLooksOnce(t *testing.T, framing frame.Framing, wire []byte, poison byte) {
	buf := bytes.Clone(wire)
	var s frame.Scan
	for n := 1; n <= len(buf); n++ {
		var err error
		s, err = framing.Scan(buf[:n], s, false)
		require.NoError(t, err)
		require.Equal(t, n == len(buf), s.Need == 0, "after %d bytes", n)
		require.LessOrEqual(t, n-s.Body, 2, "after %d bytes", n)
		for i := range s.Body {
			buf[i] = poison
		}
	}
	assert.Equal(t, int64(len(wire)), s.Size)
}

// testNoAllocs asserts that a frame of payload is appended, found and unstuffed without an allocation.
func testNoAllocs(t *testing.T, framing frame.Framing, payload []byte) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var wire, plain []byte
	assertNoAllocs(t, func() error {
		var err error
		if wire, err = framing.AppendFrame(wire[:0], payload); err != nil {
			return err
		}
		s, err := framing.Scan(wire, frame.Scan{}, false)
		if u, ok := framing.(frame.Unstuffer); ok {
			plain = u.Unstuff(plain[:0], wire[s.Head:s.Head+s.Body])
		}
		return err
	})
}

// checkStuffed checks that the frame of payload is want, and that payload comes back from it.
func checkStuffed(t *rapid.T, framing frame.Unstuffer, payload, want []byte) {
	got, err := framing.AppendFrame([]byte("."), payload)
	require.NoError(t, err)
	require.Equal(t, "."+string(want), string(got))
	s, err := framing.Scan(want, frame.Scan{}, false)
	require.NoError(t, err)
	require.Zero(t, s.Need)
	require.Equal(t, int64(len(want)), s.Size)
	assert.Equal(t, len(payload), s.Body-s.Stuff)
	assert.Equal(t, "."+string(payload), string(framing.Unstuff([]byte("."), want[s.Head:s.Head+s.Body])))
}

// checkAnyBytes checks that bytes that are no frames do no harm, and that what is found is no larger than what is there.
func checkAnyBytes(t *testing.T, framing frame.Unstuffer, alphabet string) {
	anyByte := rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte(alphabet)))
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SliceOfN(anyByte, 1, 300).Draw(t, "stream")
		s, err := framing.Scan(stream, frame.Scan{}, rapid.Bool().Draw(t, "atEOF"))
		assert.LessOrEqual(t, s.Head+s.Body+s.Tail, len(stream))
		if s.Size > 0 {
			assert.Equal(t, s.Size, int64(s.Head+s.Body+s.Tail))
		}
		if err == nil && !s.Blank {
			body := stream[s.Head : s.Head+s.Body]
			if plain := framing.Unstuff(nil, body); s.Need == 0 {
				assert.Len(t, plain, s.Body-s.Stuff)
			}
		}
		assert.LessOrEqual(t, len(framing.Unstuff(nil, stream)), len(stream), "of what Scan never saw")
	})
}

// naiveStuffed returns what a Reader has to make of stream, according to decode, which is as naive as naiveUncobs.
func naiveStuffed(stream []byte, end byte, decode func(dst, stream []byte) ([]byte, int, bool)) (o outcome) {
	for at := 0; ; {
		for at < len(stream) && stream[at] == end {
			at++
		}
		if at == len(stream) {
			o.End = "EOF"
			return o
		}
		payload, size, ok := decode(nil, stream[at:])
		switch {
		case !ok && size > 0:
			o.bad(frame.ErrMalformed, int64(at))
		case !ok:
			o.End = "cut off"
			return o
		default:
			o.Frames = append(o.Frames, string(payload))
		}
		at += size
	}
}
