package frame_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

var (
	strict     = frame.Lines{Strict: true}
	strictKeep = frame.Lines{Strict: true, Keep: true}
	strictTail = frame.Lines{Strict: true, Tail: true}
	linesKeep  = frame.Lines{Keep: true}
	linesTail  = frame.Lines{Tail: true}
	linesBoth  = frame.Lines{Keep: true, Tail: true}
)

func TestLines(t *testing.T) {
	testWires(t, []wire{
		{name: "nothing", framing: frame.Lines{}},
		{name: "LF", framing: frame.Lines{}, stream: "68 69 0a", frames: []string{"68 69"}},
		{name: "CRLF", framing: frame.Lines{}, stream: "68 69 0d 0a", frames: []string{"68 69"}},
		{name: "both", framing: frame.Lines{}, stream: "61 0d 0a 62 0a 63 0d 0a", frames: []string{"61", "62", "63"}},
		{name: "empty lines", framing: frame.Lines{}, stream: "0a 0d 0a 0a", frames: []string{"", "", ""}},
		{name: "CR within", framing: frame.Lines{}, stream: "61 0d 62 0a", frames: []string{"61 0d 62"}},
		{name: "CR behind CR", framing: frame.Lines{}, stream: "61 0d 0d 0a", frames: []string{"61 0d"}},
		{name: "LF CR", framing: frame.Lines{}, stream: "61 0a 0d", frames: []string{"61"}, err: io.ErrUnexpectedEOF, offset: 2},
		{name: "cut off", framing: frame.Lines{}, stream: "61 0a 62", frames: []string{"61"}, err: io.ErrUnexpectedEOF, offset: 2},
		{name: "cut off in CRLF", framing: frame.Lines{}, stream: "61 0d", err: io.ErrUnexpectedEOF},
		{name: "kept", framing: linesKeep, stream: "61 0a 62 0d 0a 0a", frames: []string{"61 0a", "62 0d 0a", "0a"}},
		{name: "kept, cut off", framing: linesKeep, stream: "61 0d", err: io.ErrUnexpectedEOF},
		{name: "tail", framing: linesTail, stream: "61 0a 62", frames: []string{"61", "62"}},
		{name: "no tail", framing: linesTail, stream: "61 0a", frames: []string{"61"}},
		{name: "tail with CR", framing: linesTail, stream: "61 0d", frames: []string{"61"}},
		{name: "tail with two CRs", framing: linesTail, stream: "61 0d 0d", frames: []string{"61 0d"}},
		{name: "tail of a CR", framing: linesTail, stream: "0d", frames: []string{""}},
		{name: "kept tail with CR", framing: linesBoth, stream: "61 0a 62 0d", frames: []string{"61 0a", "62 0d"}},
		{name: "at the limit", framing: frame.Lines{}, max: 2, stream: "61 62 0d 0a 63 64 0a", frames: []string{"61 62", "63 64"}},
		{name: "at the limit, kept", framing: linesKeep, max: 2, stream: "61 62 0d 0a", frames: []string{"61 62 0d 0a"}},
		{name: "at the limit, tail with CR", framing: linesTail, max: 2, stream: "61 62 0d", frames: []string{"61 62"}},
		{name: "over the limit", framing: frame.Lines{}, max: 2, stream: "61 62 63 0a", err: frame.ErrTooLarge},
		{name: "over the limit by a CR", framing: frame.Lines{}, max: 2, stream: "61 62 0d 0d 0a", err: frame.ErrTooLarge},
	})
}

func TestStrictLines(t *testing.T) {
	testWires(t, []wire{
		{name: "CRLF", framing: strict, stream: "68 69 0d 0a 0d 0a", frames: []string{"68 69", ""}},
		{name: "LF", framing: strict, stream: "61 0d 0a 62 0a", frames: []string{"61"}, err: frame.ErrLineEnd, offset: 3, at: 1},
		{name: "LF first", framing: strict, stream: "0a", err: frame.ErrLineEnd, at: 0},
		{name: "LF, then CRLF", framing: strict, stream: "61 0a 62 0d 0a", err: frame.ErrLineEnd, at: 1},
		{name: "CR", framing: strict, stream: "61 0d 62 0d 0a", err: frame.ErrLineEnd, at: 2},
		{name: "CR CRLF", framing: strict, stream: "61 0d 0d 0a", err: frame.ErrLineEnd, at: 2},
		{name: "CRLF LF", framing: strict, stream: "61 0d 0a 0a", frames: []string{"61"}, err: frame.ErrLineEnd, offset: 3, at: 0},
		{name: "cut off", framing: strict, stream: "61", err: io.ErrUnexpectedEOF},
		{name: "cut off in CRLF", framing: strict, stream: "61 0d", err: io.ErrUnexpectedEOF},
		{name: "kept", framing: strictKeep, stream: "61 0d 0a 0d 0a", frames: []string{"61 0d 0a", "0d 0a"}},
		{name: "tail", framing: strictTail, stream: "61 0d 0a 62", frames: []string{"61", "62"}},
		{name: "tail with CR", framing: strictTail, stream: "61 0d", frames: []string{"61"}},
		{name: "tail with two CRs", framing: strictTail, stream: "61 0d 0d", err: frame.ErrLineEnd, at: 2},
		{name: "tail with LF", framing: strictTail, stream: "61 0a 62", err: frame.ErrLineEnd, at: 1},
		{name: "at the limit", framing: strict, max: 2, stream: "61 62 0d 0a", frames: []string{"61 62"}},
		{name: "bad at the limit", framing: strict, max: 2, stream: "61 62 0a 63 64 65 0d 0a", err: frame.ErrLineEnd, at: 2},
		{name: "bad over the limit", framing: strict, max: 2, stream: "61 62 63 0a 0d 0a", err: frame.ErrTooLarge},
	})
}

func TestStrictLinesGoOnAtTheNextCRLF(t *testing.T) {
	testResumed(t, strict, []resumed{
		{"LF", 0, "61 0a 62 0d 0a 63 0d 0a", []string{"c"}, []string{"malformed at 0"}},
		{"CR", 0, "61 0d 62 0d 0a 63 0d 0a", []string{"c"}, []string{"malformed at 0"}},
		{"CR CRLF", 0, "61 0d 0d 0a 63 0d 0a", []string{"c"}, []string{"malformed at 0"}},
		{"several", 0, "0a 0a 0d 0d 0a 62 0d 0a 0d 0d 0a", []string{"b"}, []string{"malformed at 0", "malformed at 8"}},
		{"no end", 0, "61 0d 0a 62 0a 63 0d", []string{"a"}, []string{"malformed at 3"}},
	})
}

func TestWriteLines(t *testing.T) {
	tests := []struct {
		name    string
		framing frame.Lines
		payload string
		want    string // in hex; empty if refused
		at      int    // the byte at which it is refused
	}{
		{"LF", frame.Lines{}, "hi", "68 69 0a", 0},
		{"LF, empty", frame.Lines{}, "", "0a", 0},
		{"LF, CR within", frame.Lines{}, "a\rb", "61 0d 62 0a", 0},
		{"LF, CR at the end", frame.Lines{}, "a\r", "", 1},
		{"LF, LF within", frame.Lines{}, "ab\nc", "", 2},
		{"LF, CRLF within", frame.Lines{}, "ab\r\nc", "", 2},
		{"CRLF", frame.Lines{CRLF: true}, "hi", "68 69 0d 0a", 0},
		{"CRLF, CR at the end", frame.Lines{CRLF: true}, "a\r", "61 0d 0d 0a", 0},
		{"CRLF, LF within", frame.Lines{CRLF: true}, "a\n", "", 1},
		{"strict", strict, "hi", "68 69 0d 0a", 0},
		{"strict, empty", strict, "", "0d 0a", 0},
		{"strict, CR within", strict, "a\rb", "", 1},
		{"strict, CR at the end", strict, "a\r", "", 1},
		{"strict, LF within", strict, "a\nb", "", 1},
		{"strict, CRLF within", strict, "a\r\nb", "", 1},
		{"kept LF", linesKeep, "a\n", "61 0a", 0},
		{"kept CRLF", linesKeep, "a\r\n", "61 0d 0a", 0},
		{"kept, none", linesKeep, "ab", "", 2},
		{"kept, empty", linesKeep, "", "", 0},
		{"kept, LF within", linesKeep, "a\nb\n", "", 1},
		{"kept, half", linesKeep, "a\r", "", 1},
		{"kept, the option is for line ends of ours", frame.Lines{Keep: true, CRLF: true}, "a\n", "61 0a", 0},
		{"strict kept", strictKeep, "a\r\n", "61 0d 0a", 0},
		{"strict kept, LF", strictKeep, "a\n", "", 1},
		{"strict kept, none", strictKeep, "a", "", 1},
		{"strict kept, two", strictKeep, "a\r\n\r\n", "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.framing.AppendFrame([]byte("."), []byte(test.payload))
			if test.want != "" {
				require.NoError(t, err)
				assert.Equal(t, "."+string(unhex(test.want)), string(got))
				return
			}
			assert.Equal(t, ".", string(got))
			require.ErrorIs(t, err, frame.ErrDelimiter)
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.at, e.At)
		})
	}
}

// someLines draws a Lines with any options.
func someLines() *rapid.Generator[frame.Framing] {
	return rapid.Custom(func(t *rapid.T) frame.Framing {
		return frame.Lines{
			Strict: rapid.Bool().Draw(t, "strict"),
			CRLF:   rapid.Bool().Draw(t, "CRLF"),
			Keep:   rapid.Bool().Draw(t, "keep"),
			Tail:   rapid.Bool().Draw(t, "tail"),
		}
	})
}

func TestLinesAreTheSameForEverySplit(t *testing.T) {
	checkSplits(t, someLines(), "\r\nab")
}

func TestLinesAgreeWithANaiveReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := someLines().Draw(t, "framing").(frame.Lines)
		stream := rapid.SliceOfN(rapid.SampledFrom([]byte("\r\nab")), 0, 24).Draw(t, "stream")
		assert.Equal(t, naiveLines(l, stream), settings{skip: true}.read(l, stream, nil))
	})
}

// naiveLines cuts stream at its line ends, one after the other.
func naiveLines(l frame.Lines, stream []byte) (o outcome) {
	at := int64(0)
	for o.End == "" {
		end := "\n"
		if l.Strict {
			end = "\r\n"
		}
		line, rest, found := strings.Cut(string(stream[at:]), end)
		if !found {
			o.End = naiveTail(&o, l, line, at)
			break
		}
		text := line
		if !l.Strict {
			text = strings.TrimSuffix(line, "\r")
		}
		switch {
		case l.Strict && strings.ContainsAny(line, "\r\n"):
			o.bad(frame.ErrMalformed, at)
		case l.Keep:
			o.Frames = append(o.Frames, line+end)
		default:
			o.Frames = append(o.Frames, text)
		}
		at = int64(len(stream) - len(rest))
	}
	return o
}

// naiveTail adds what stands behind the last line end to o, and returns the end.
func naiveTail(o *outcome, l frame.Lines, tail string, at int64) string {
	text := strings.TrimSuffix(tail, "\r")
	switch {
	case l.Strict && strings.ContainsAny(text, "\r\n"):
		o.bad(frame.ErrMalformed, at)
	case tail == "":
	case !l.Tail:
		return "cut off"
	case l.Keep:
		o.Frames = append(o.Frames, tail)
	default:
		o.Frames = append(o.Frames, text)
	}
	return "EOF"
}

func TestLinesRefuseWhatWouldNotComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := someLines().Draw(t, "framing").(frame.Lines)
		payload := rapid.StringOfN(rapid.SampledFrom([]rune("\r\nab")), 0, 8, -1).Draw(t, "payload")
		got, err := l.AppendFrame(nil, []byte(payload))
		full := naiveEnd(l, payload)
		whole := l
		whole.Tail = false
		back := naiveLines(whole, []byte(full))
		if len(back.Frames) == 1 && back.Frames[0] == payload && back.Bad == nil && back.End == "EOF" {
			require.NoError(t, err)
			assert.Equal(t, full, string(got))
			return
		}
		require.ErrorIs(t, err, frame.ErrDelimiter)
		assert.Empty(t, got)
	})
}

// naiveEnd returns payload with the line end that l writes.
func naiveEnd(l frame.Lines, payload string) string {
	switch {
	case l.Keep:
		return payload
	case l.Strict, l.CRLF:
		return payload + "\r\n"
	}
	return payload + "\n"
}

func TestLinesLookAtEachByteOnce(t *testing.T) {
	for _, l := range []frame.Lines{{}, {Keep: true}, strict} {
		testLooksOnce(t, l, []byte(strings.Repeat("hello ", 50)+"\r\n"), '\n')
	}
}

func TestLinesAllocateNothing(t *testing.T) {
	payload := bytes.Repeat([]byte("hello "), 200)
	for _, l := range []frame.Lines{{}, {CRLF: true}, strict} {
		testNoAllocs(t, l, payload)
	}
}
