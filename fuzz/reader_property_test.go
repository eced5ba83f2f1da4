package fuzz_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// readAll reads r to its end, and goes on after errors that do not last.
func readAll(r io.Reader, size int) (got []byte, err error) {
	p := make([]byte, size)
	for {
		n, err := r.Read(p)
		got = append(got, p[:n]...)
		switch {
		case err == io.EOF:
			return got, nil
		case err == nil, errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, fuzz.ErrTransient):
		default:
			return got, err
		}
	}
}

func TestReaderGivesEveryByteOfTheStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SliceOf(rapid.Byte()).Draw(t, "stream")
		plan := fuzz.Plans(fuzz.Timeout, fuzz.Transient).Draw(t, "plan")
		size := rapid.IntRange(1, 40).Draw(t, "size")
		got, err := readAll(fuzz.NewReader(bytes.NewReader(stream), plan), size)
		require.NoError(t, err)
		assert.Equal(t, string(stream), string(got))
		assert.Equal(t, string(stream), string(bytes.Join(plan.Pieces(stream), nil)))
	})
}

// A part is a step as the test below understands it.
type part struct {
	bytes int
	fault string // as errorMark writes it; "" for none
}

func (p part) step() fuzz.Step {
	return fuzz.Step(p.bytes) + map[string]fuzz.Step{
		"":           0,
		"!timeout":   fuzz.Timeout,
		"!transient": fuzz.Transient,
		"!eof":       fuzz.EOF,
		"!reset":     fuzz.Reset,
	}[p.fault]
}

// expect returns the offsets that no read crosses and what happens at which
// offset: an error, with bytes if marked by a plus, or a read of nothing.
func expect(parts []part, length int) (cuts map[int]bool, events []string) {
	cuts = map[int]bool{}
	offset := 0
	for _, p := range parts {
		offset += p.bytes
		cuts[offset] = true
		switch {
		case p.bytes > 0 && offset > length:
			return cuts, append(events, fmt.Sprintf("%d!eof", length))
		case p.bytes == 0 && p.fault == "":
			events = append(events, fmt.Sprintf("%d-", offset))
		case p.bytes > 0 && p.fault != "":
			events = append(events, fmt.Sprintf("%d+%s", offset, p.fault))
		case p.fault != "":
			events = append(events, fmt.Sprintf("%d%s", offset, p.fault))
		}
		if p.fault == "!eof" || p.fault == "!reset" {
			return cuts, events
		}
	}
	return cuts, append(events, fmt.Sprintf("%d!eof", length))
}

func TestReaderCutsAndFailsAtTheRightOffsets(t *testing.T) {
	faults := rapid.SampledFrom([]string{"", "", "!timeout", "!transient", "!eof", "!reset"})
	parts := rapid.SliceOf(rapid.Custom(func(t *rapid.T) part {
		return part{rapid.IntRange(0, 9).Draw(t, "bytes"), faults.Draw(t, "fault")}
	}))
	rapid.Check(t, func(t *rapid.T) {
		parts := parts.Draw(t, "parts")
		stream := make([]byte, rapid.IntRange(0, 60).Draw(t, "length"))
		var plan fuzz.Plan
		for _, part := range parts {
			plan = append(plan, part.step())
		}
		cuts, want := expect(parts, len(stream))

		r := fuzz.NewReader(bytes.NewReader(stream), plan)
		p := make([]byte, rapid.IntRange(1, 20).Draw(t, "size"))
		var got []string
		for offset, mark := 0, ""; mark != "!eof" && mark != "!reset"; {
			n, err := r.Read(p)
			for i := offset + 1; i < offset+n; i++ {
				require.False(t, cuts[i], "a read from %d to %d", offset, offset+n)
			}
			offset += n
			if mark = errorMark(n, err); mark != "" && n > 0 {
				got = append(got, fmt.Sprintf("%d+%s", offset, mark))
			} else if mark != "" {
				got = append(got, fmt.Sprintf("%d%s", offset, mark))
			}
		}
		assert.Equal(t, want, got)
	})
}
