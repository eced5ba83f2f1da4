package fuzz_test

import (
	"errors"
	"net"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A framing is one of our own, and what it claims beyond what every one does.
type framing struct {
	name string
	frame.Framing
	flags string // those of demarc
	claim func(f *fuzz.Format)
}

// variant reports whether another framing of the same type stands before the i-th. One goroutine reads, so the race detector
// has little to see in any of them, and nothing more in a variant.
func variant(i int) bool {
	typeOf := func(f framing) reflect.Type { return reflect.TypeOf(f.Framing) }
	return slices.ContainsFunc(framings[:i], func(f framing) bool { return typeOf(f) == typeOf(framings[i]) })
}

var framings = []framing{
	{"varint", frame.Varint{}, "varint", canonical},
	{"varint lenient", frame.Varint{Lenient: true, Bits: 64}, "varint -lenient -bits 64", nil},
	{"LF", frame.Delimiter{}, "delimiter", canonical},
	{"CRLF", frame.Delimiter{Delims: []string{"\r\n"}}, `delimiter -delim '\r\n'`, canonical},
	{"CRLF or LF kept with tail", frame.Delimiter{Delims: []string{"\r\n", "\n"}, Keep: true, Tail: true}, `delimiter -delim '\r\n' -delim '\n' -keep -tail`, ofLines},
	{"lines", frame.Lines{}, "lines", nil},
	{"strict lines", frame.Lines{Strict: true}, "lines -strict", canonical},
	{"lines with tail", frame.Lines{Tail: true}, "lines -tail", func(f *fuzz.Format) { f.Tail = true }},
	{"fixed", frame.Fixed{}, "fixed", canonical},
	{"fixed, little", layout(frame.Layout{Width: 2, LittleEndian: true}), "fixed -width 2 -little-endian", canonical},
	{"fixed in a head", layout(frame.Layout{Magic: "ab", Before: 1, Width: 2, After: 1, Counts: frame.WholeHead}), "fixed -magic ab -before 1 -width 2 -after 1 -counts all", nil},
	{"records", frame.Records{Size: 5}, "records -size 5", records},
	{"netstring", frame.Netstring{}, "netstring", canonical},
	{"COBS", frame.COBS{}, "cobs", nil},
	{"SLIP", frame.SLIP{}, "slip", nil},
	{"SLIP with END in front", frame.SLIP{Lead: true}, "slip -lead", nil},
	{"header", frame.Header{}, "header", nil},
	{"header, lenient", frame.Header{Name: "L", Lenient: true}, "header -name L -lenient", nil},
}

func canonical(f *fuzz.Format) { f.Canonical = true }

func records(f *fuzz.Format) {
	f.Canonical = true
	f.Payloads = [][]byte{[]byte("hello"), []byte("\x00\x01\n\xff\r"), []byte("zzzzz")}
}

func ofLines(f *fuzz.Format) {
	f.Tail = true
	f.Payloads = [][]byte{[]byte("hello\n"), []byte("\r\n"), []byte("a\rb\r\n"), []byte("\n"), []byte("\x00\r\r\n"), []byte("zz\n")}
}

func layout(l frame.Layout) frame.Fixed {
	fixed, err := frame.NewFixed(l)
	if err != nil {
		panic(err)
	}
	return fixed
}

// format describes the Reader and the Writer of a framing, set by set.
func (f framing) format(set func(r *frame.Reader)) fuzz.Format {
	format := fuzz.Format{
		Name: f.name,
		Reader: func(conn net.Conn) func() ([]byte, error) {
			r := frame.NewReader(conn, f.Framing)
			set(r)
			return r.ReadFrame
		},
		Append: f.AppendFrame,
		Writer: func(conn net.Conn) func([]byte) error {
			return frame.NewWriter(conn, f.Framing).WriteFrame
		},
		TooLarge: frame.ErrTooLarge,
		Errors:   []error{frame.ErrMalformed},
		Framing:  "-framing " + f.flags,
		Resumes:  true, Sticky: true, GivesUp: true, Wary: true, Shared: true,
	}
	if f.claim != nil {
		f.claim(&format)
	}
	return format
}

func skipped(err error) bool {
	var e *frame.Error
	return errors.As(err, &e) && e.Skipped
}

// And so do its other modes, in fewer cases: without reading ahead, and with a limit beyond which it passes over frames.
func TestFramingsInOtherModes(t *testing.T) {
	for i, f := range framings {
		t.Run(f.name, func(t *testing.T) {
			if fuzz.RaceEnabled && i > 0 {
				t.Skip("the race detector sees nothing new in it")
			}
			t.Parallel()
			exact := f.format(func(r *frame.Reader) { r.Exact = true })
			exact.Exact = true
			found, cases := fuzz.Findings(t, exact)
			assert.Empty(t, found)
			assert.Greater(t, cases, 5_000)
			skip := f.format(func(r *frame.Reader) { r.Skip, r.Max = true, 40 })
			skip.Max = 40
			skip.Skipped, skip.Sticky, skip.Writer, skip.Wary, skip.Shared = skipped, false, nil, false, false
			found, cases = fuzz.Findings(t, skip)
			assert.Empty(t, found)
			assert.Greater(t, cases, 5_000)
		})
	}
}

// Every framing of ours passes, in its usual mode, and in as many cases as we say.
func TestFramings(t *testing.T) {
	for i, f := range framings {
		t.Run(f.name, func(t *testing.T) {
			if fuzz.RaceEnabled && variant(i) {
				t.Skip("the race detector sees nothing new in it")
			}
			t.Parallel()
			found, cases := fuzz.AllFindings(t, f.format(func(*frame.Reader) {}))
			assert.Empty(t, found)
			assert.GreaterOrEqual(t, cases, 25_000)
		})
	}
}

// The same for the outside: subtests, and a target.
func TestVarintFormat(t *testing.T) {
	t.Parallel()
	fuzz.TestFormat(t, framings[0].format(func(*frame.Reader) {}))
}

func FuzzFormat(f *testing.F) { fuzz.FuzzFormat(f, framings[0].format(func(*frame.Reader) {})) }
