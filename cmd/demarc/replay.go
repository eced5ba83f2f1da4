package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// outcome is what a reader found in a stream.
type outcome struct {
	Frames []string `json:"frames"`          // payloads in hex
	Error  string   `json:"error,omitempty"` // class of the first error
	Errors int      `json:"error_count"`
	Detail string   `json:"detail,omitempty"` // the first error in words
}

func (o outcome) String() string {
	var frames []string
	for _, payload := range o.Frames {
		frames = append(frames, cmp.Or(payload, "-"))
	}
	s := fmt.Sprintf("frames [%s], error %s", strings.Join(frames, " "), cmp.Or(o.Error, "none"))
	if o.Errors > 1 {
		s += fmt.Sprintf(", %d errors", o.Errors)
	}
	if o.Detail != "" {
		s += ": " + o.Detail
	}
	return printable(s)
}

// expected is the outcome that the case asks for.
func (c *testCase) expected() outcome {
	o := outcome{Frames: append([]string{}, c.Frames...), Error: c.Error}
	if c.Error != "" {
		o.Errors = 1
	}
	if c.ErrorCount != nil {
		o.Errors = *c.ErrorCount
	}
	return o
}

func (o outcome) equal(got outcome) bool {
	return slices.Equal(o.Frames, got.Frames) && o.Error == got.Error && o.Errors == got.Errors
}

// failure is where a case went wrong first.
type failure struct {
	cut  string // how the bytes were split
	got  outcome
	cuts int // at so many cuts it went wrong, of
	all  int // so many
}

// run replays the case at every cut. It returns nil if all of them give what is expected.
func (c *testCase) run(s setup) *failure {
	var f failure
	want := c.expected()
	for cut, pieces := range c.cuts() {
		f.all++
		got := c.replay(pieces, s)
		if want.equal(got) {
			continue
		}
		if f.cuts++; f.cuts == 1 {
			f.cut, f.got = cut, got
		}
	}
	if f.cuts == 0 {
		return nil
	}
	return &f
}

// cuts are the ways in which the bytes of the case are split, each with a name.
func (c *testCase) cuts() iter.Seq2[string, [][]byte] {
	return func(yield func(string, [][]byte) bool) {
		var given [][]byte
		for _, chunk := range c.Chunks {
			given = append(given, chunk)
		}
		stream := bytes.Join(given, nil)
		if !yield("as given", given) || !yield("in one piece", [][]byte{stream}) ||
			!yield("byte by byte", slices.Collect(slices.Chunk(stream, 1))) {
			return
		}
		for i := 1; i < len(stream); i++ {
			if !yield(fmt.Sprintf("split at byte %d", i), [][]byte{stream[:i], stream[i:]}) {
				return
			}
		}
	}
}

// replay reads the stream, which comes in pieces.
func (c *testCase) replay(pieces [][]byte, s setup) outcome {
	r := frame.NewReader(&pieceReader{pieces, c.EOF}, s.framing)
	r.Max, r.Skip = s.max, s.skip
	o := outcome{Frames: []string{}}
	for payload, err := range r.Frames() {
		switch {
		case err == nil:
			o.Frames = append(o.Frames, hex.EncodeToString(payload))
		case !errors.Is(err, errWaiting):
			o.add(c.Framing, err)
		}
	}
	return o
}

func (o *outcome) add(framing string, err error) {
	if o.Errors++; o.Errors == 1 {
		o.Error, o.Detail = errorClass(framing, err), message(err)
	}
}

// errorClasses are the names of the errors in a file of cases, the more exact before the more general. A framing may have its
// own name for one.
var errorClasses = []struct {
	name    string
	err     error
	framing string // "" is every framing
}{
	{"too_large", frame.ErrTooLarge, ""},
	{"unexpected_eof", io.ErrUnexpectedEOF, ""},
	{"varint_overflow", frame.ErrOverflow, ""},
	{"ns_leading_zero", frame.ErrNotMinimal, "netstring"},
	{"not_minimal", frame.ErrNotMinimal, ""},
	{"ns_length", frame.ErrLength, "netstring"},
	{"bad_length", frame.ErrLength, ""},
	{"ns_colon", frame.ErrNoColon, ""},
	{"ns_comma", frame.ErrNoComma, ""},
	{"bad_magic", frame.ErrMagic, ""},
	{"empty_frame", frame.ErrEmpty, ""},
	{"bad_line_end", frame.ErrLineEnd, ""},
	{"bad_cobs", frame.ErrStuffing, ""},
	{"bad_escape", frame.ErrEscape, ""},
	{"missing_length", frame.ErrNoLength, ""},
	{"bad_header", frame.ErrHeader, ""},
	{"malformed", frame.ErrMalformed, ""},
}

func errorClass(framing string, err error) string {
	for _, class := range errorClasses {
		if errors.Is(err, class.err) && (class.framing == "" || class.framing == framing) {
			return class.name
		}
	}
	return "other"
}

// errWaiting is the answer of a stream that stays open when all its bytes are read: a wait that is given up at once.
var errWaiting = os.ErrDeadlineExceeded

// pieceReader is a source that gives one piece a Read.
type pieceReader struct {
	pieces [][]byte
	eof    bool
}

func (r *pieceReader) Read(p []byte) (int, error) {
	if len(r.pieces) == 0 {
		if r.eof {
			return 0, io.EOF
		}
		return 0, errWaiting
	}
	n := copy(p, r.pieces[0])
	if r.pieces[0] = r.pieces[0][n:]; len(r.pieces[0]) == 0 {
		r.pieces = r.pieces[1:]
	}
	return n, nil
}
