package frame_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/internal/drive"
)

// FuzzModel reads any stream with any framing of the table, split and interrupted in any way, and compares what a Reader makes of
// it with the model and, as far as that goes, with a bufio.Scanner. The other targets for framings are in the package fuzz.
func FuzzModel(f *testing.F) {
	target := drive.New(f)
	for i, r := range framings {
		stream, _ := r.sample()
		target.Add(stream, []byte{1, 0xff}, byte(i), byte(0x00))
		target.Add(stream, []byte{3, 0xc0, 2, 0, 0xff}, byte(i), byte(0xff))
	}
	target.Fuzz(func(t *testing.T, stream, steps []byte, which, mode byte) {
		stream = stream[:min(len(stream), 2<<10)] // models are slow
		r := framings[int(which)%len(framings)]
		s := settings{max: []int{0, 1, 3, 16, 40, 300}[mode>>2%6], skip: mode&1 != 0, exact: mode&2 != 0}
		want := r.outcome(stream, s)
		plan := fuzz.PlanFrom(steps, fuzz.Timeout, fuzz.Transient)
		require.Equal(t, want, s.read(r.framing, stream, plan), "%s, %+v, %v", r.name, s, plan)
		if s.skip {
			return
		}
		want.Bad = nil // only a Reader knows where
		scanned := scanAll(fuzz.NewReader(bytes.NewReader(stream), fuzz.PlanFrom(steps)), frame.SplitFunc(r.framing, s.max))
		require.Equal(t, want, scanned, "%s, %+v", r.name, s)
	})
}
