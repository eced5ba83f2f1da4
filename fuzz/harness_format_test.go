package fuzz_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func readNothing(net.Conn) func() ([]byte, error) {
	return func() ([]byte, error) { return nil, io.EOF }
}

func TestFormatsThatLackSomething(t *testing.T) {
	samples := [][]byte{{0}}
	tests := map[string]fuzz.Format{
		"fuzz: Format.Name is empty": {Reader: readNothing, Samples: samples},
		"fuzz: Format.Reader is nil": {Name: "x", Samples: samples},
		"fuzz: Format has no Append, no Writer and no Samples: there is nothing to read": {Name: "x", Reader: readNothing},
		"fuzz: Format.Canonical needs Append or Writer":                                  {Name: "x", Reader: readNothing, Samples: samples, Canonical: true},
		"fuzz: Format.Shared and Format.Wary need Writer":                                {Name: "x", Reader: readNothing, Append: appendLine, Wary: true},
	}
	for want, format := range tests {
		assert.PanicsWithValue(t, want, func() { fuzz.Run(format, nil, nil) })
	}
	good := fuzz.Format{Name: "x", Reader: readNothing, Samples: samples}
	assert.Panics(t, func() { fuzz.Run(good, nil, fuzz.Plan{-9}) })
	assert.Panics(t, func() { fuzz.RunWrite(good, fuzz.Plan{-9}) })
}

// A format without an encoder is read from samples.
func TestFormatOfSamples(t *testing.T) {
	t.Parallel()
	format := fuzz.Format{
		Name:    "samples",
		Reader:  func(conn net.Conn) func() ([]byte, error) { return frame.NewReader(conn, frame.Varint{}).ReadFrame },
		Samples: [][]byte{[]byte("\x02hi"), []byte("\x00"), []byte("\x05hello"), append([]byte{0x82, 1}, make([]byte, 130)...)},
		Resumes: true, Sticky: true, GivesUp: true,
	}
	found, cases := fuzz.Findings(t, format)
	assert.Empty(t, found)
	assert.Greater(t, cases, 5_000)

	format.Reader = hand{cleanCut: true}.reader
	found, _ = fuzz.Findings(t, format)
	require.NotEmpty(t, found)
	assert.Equal(t, fuzz.Oracle("end"), found[0].Oracle)
}

// Of a writer alone it is known how frames look.
func TestFormatOfReaderAndWriter(t *testing.T) {
	t.Parallel()
	found, _ := fuzz.Findings(t, fuzz.Format{
		Name:   "reader and writer",
		Reader: hand{}.reader, Writer: writer{}.over,
		Max: handMax, Canonical: true, Resumes: true, Wary: true,
	})
	assert.Empty(t, found)
}

// A fault that is known is no failure.
func TestKnownFaults(t *testing.T) {
	t.Parallel()
	format := scanner
	format.Known = []string{
		"whole/roundtrip", "reset/failure", "timeout/failure", "transient/failure", "sizes/roundtrip",
		"deadline/failure", "close/failure", "long/linear",
	}
	fuzz.TestFormat(t, format)
}

// A case that never comes to an end is given up, and named.
func TestCaseThatNeverEnds(t *testing.T) {
	format := fuzz.Format{
		Name:   "stuck",
		Append: appendVarint,
		Reader: func(conn net.Conn) func() ([]byte, error) {
			next := hand{}.reader(conn)
			return func() ([]byte, error) {
				frame, err := next()
				if errors.Is(err, io.ErrUnexpectedEOF) {
					select {}
				}
				return frame, err
			}
		},
	}
	if testing.Short() {
		t.Skip("it takes as long as the harness is patient")
	}
	found, _ := fuzz.FindingsOnly(t, format, "eof", 200*time.Millisecond)
	require.Len(t, found, 1)
	assert.Equal(t, fuzz.Oracle("hang"), found[0].Oracle)
	assert.Contains(t, found[0].Replay, "fuzz.Run(format, ")
}

// What is reported is as small as can be, and does it once more.
func TestFindingsAreSmallAndReplay(t *testing.T) {
	t.Parallel()
	format := handFormat("hand", hand{cleanCut: true})
	found, _ := fuzz.Findings(t, format)
	require.NotEmpty(t, found)
	for _, f := range found {
		if f.Stream == nil || f.Case != "" {
			continue
		}
		assert.LessOrEqual(t, len(f.Stream), 4, f)
		assert.LessOrEqual(t, len(f.Plan), 2, f)
		again := fuzz.Run(format, f.Stream, f.Plan)
		require.Len(t, again.Findings, 1)
		assert.Equal(t, f.Oracle, again.Findings[0].Oracle)
		assert.Equal(t, f.Replay, again.Findings[0].Replay)
		assert.False(t, again.OK())
		assert.Positive(t, again.Cases)
	}
}

// The command in a report shows the same stream and plan.
func TestReportHasACommand(t *testing.T) {
	format := handFormat("hand", hand{cleanCut: true})
	format.Framing = "-framing varint"
	report := fuzz.Run(format, []byte("\x02hi"), fuzz.Plan{1 + fuzz.EOF})
	require.Len(t, report.Findings, 1)
	assert.Equal(t, "demarc replay -framing varint -plan '1 + EOF' -stream '026869'", report.Findings[0].Command)
	assert.Contains(t, report.String(), "hand: end: a stream of 3 bytes, read with fuzz.Plan{1 + fuzz.EOF}\n")
}

// Bytes that a plan spoils count as those of the stream.
func TestRunWithSpoiledBytes(t *testing.T) {
	format := handFormat("hand", hand{})
	for _, plan := range []fuzz.Plan{{fuzz.Flip}, {1, fuzz.Drop, 0}, {fuzz.Double, 1, fuzz.Timeout, fuzz.Repeat}, {2, fuzz.Double, fuzz.EOF}, {fuzz.Stall, fuzz.Drop, 1, fuzz.Repeat}} {
		report := fuzz.Run(format, []byte("\x02hi\x05hello\x00"), plan)
		assert.True(t, report.OK(), report)
	}
}

func TestFormatRead(t *testing.T) {
	format := framing{name: "lines", Framing: frame.Lines{}}.format(func(*frame.Reader) {})
	frames, err := format.Read([]byte("a\r\nb\n"))
	assert.Equal(t, [][]byte{[]byte("a"), []byte("b")}, frames)
	assert.Equal(t, io.EOF, err)
	format.Reader = func(conn net.Conn) func() ([]byte, error) {
		r := bufio.NewReader(conn)
		return func() ([]byte, error) { return r.ReadBytes('\n') }
	}
	frames, err = format.Read([]byte("a\nb"))
	assert.Equal(t, [][]byte{[]byte("a\n")}, frames)
	assert.Equal(t, io.EOF, err)
}
