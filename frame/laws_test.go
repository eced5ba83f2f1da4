package frame_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// usual are ways to read at which every parser is tried.
var usual = []fuzz.Plan{
	nil,
	{1, fuzz.Repeat},
	{fuzz.Half, fuzz.Repeat},
	{fuzz.Rest + fuzz.EOF},
	{0, 1, 0, 0, 2, fuzz.Repeat},
	{1 + fuzz.Timeout, fuzz.Repeat},
	{fuzz.Transient, 1, fuzz.Repeat},
}

func plans() *rapid.Generator[fuzz.Plan] {
	return rapid.OneOf(rapid.SampledFrom(usual), fuzz.Plans(fuzz.Timeout, fuzz.Transient))
}

func anySettings() *rapid.Generator[settings] {
	return rapid.Custom(func(t *rapid.T) settings {
		return settings{
			max:   rapid.SampledFrom([]int{0, 1, 2, 3, 5, 16, 127, 300}).Draw(t, "max"),
			skip:  rapid.Bool().Draw(t, "skip"),
			exact: rapid.Bool().Draw(t, "exact"),
		}
	})
}

// The law of laws: however the bytes are split, and whatever fails for a while in between.
func TestSameFramesForEverySplit(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			plan := plans().Draw(t, "plan")
			s := anySettings().Draw(t, "settings")
			require.Equal(t, r.outcome(stream, s), s.read(r.framing, stream, plan))
		})
	})
}

// fixedSettings are enough for the exhaustive tests: unlimited, stopping, skipping, and each of these without over-reading.
var fixedSettings = []settings{
	{}, {max: 3}, {max: 1, skip: true}, {max: 40, skip: true},
	{exact: true}, {max: 3, exact: true}, {max: 1, skip: true, exact: true}, {max: 40, skip: true, exact: true},
}

func eachSettings(t *testing.T, test func(t *testing.T, s settings)) {
	for _, s := range fixedSettings {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) { test(t, s) })
	}
}

func TestEverySplitInTwo(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		stream, _ := r.sample()
		eachSettings(t, func(t *testing.T, s settings) {
			want := r.outcome(stream, s)
			for i := range stream {
				require.Equal(t, want, s.read(r.framing, stream, fuzz.SplitAt(i)), "split at %d", i)
			}
		})
	})
}

func TestEverySplitInThree(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		stream, begins := r.sample()
		stream = stream[:min(begins[4]+6, len(stream), 40)]
		eachSettings(t, func(t *testing.T, s settings) {
			want := r.outcome(stream, s)
			for i := range stream {
				for j := range i {
					require.Equal(t, want, s.read(r.framing, stream, fuzz.SplitAt(i, j)), "split at %d and %d", j, i)
				}
			}
		})
	})
}

// Inside the prefix, inside the delimiter, between frames: nothing is lost, and the error comes through as it is.
func TestRow18FailureAtEveryOffsetLosesNothing(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		stream, _ := r.sample()
		eachSettings(t, func(t *testing.T, s settings) {
			want := r.outcome(stream, s)
			for i := range stream {
				if inRun(stream, i) {
					continue
				}
				alone := fuzz.Plan{fuzz.Step(i), fuzz.Timeout}
				require.Equal(t, want, s.read(r.framing, stream, alone), "%v", alone)
				withBytes := fuzz.Plan{fuzz.Step(i) + fuzz.Transient}
				require.Equal(t, want, s.read(r.framing, stream, withBytes), "%v", withBytes)
			}
		})
	})
}

// inRun reports whether offset i lies deep inside the payload of z's, where one place is as good as another.
func inRun(stream []byte, i int) bool {
	return bytes.Equal(stream[max(0, i-8):min(i+8, len(stream))], bytes.Repeat([]byte("z"), 16))
}

func TestEveryTruncation(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		stream, begins := r.sample()
		if r.next(stream).blank {
			t.Skip("between frames stands something")
		}
		for cut := range stream {
			frames, err := readAll(frame.NewReader(bytes.NewReader(stream[:cut]), r.framing))
			whole, between := slices.BinarySearch(begins, cut)
			switch {
			case between:
				assert.Same(t, io.EOF, err, "cut at %d", cut)
				assert.Len(t, frames, whole)
			case r.endsWithTail:
				assert.Same(t, io.EOF, err, "cut at %d", cut)
				assert.Len(t, frames, whole)
			default:
				assertCutOff(t, err, int64(begins[whole-1]), cut-begins[whole-1])
				assert.Len(t, frames, whole-1)
			}
		}
	})
}

// assertCutOff asserts that err says: the frame at offset is cut off after have bytes.
func assertCutOff(t *testing.T, err error, offset int64, have int) {
	t.Helper()
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	assert.Same(t, io.ErrUnexpectedEOF, e.Err)
	assert.Equal(t, offset, e.Offset)
	assert.Equal(t, int64(have), e.Have)
	assert.Positive(t, e.Need)
}

// After the frame in which the stream was cut off, or any other error, the same error comes for ever.
func TestTheLastErrorStays(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			s := anySettings().Draw(t, "settings")
			reader := s.reader(bytes.NewReader(stream), r.framing)
			first := drain(reader.ReadFrame)
			for range 3 {
				assert.Equal(t, first.End, drain(reader.ReadFrame).End)
			}
		})
	})
}
