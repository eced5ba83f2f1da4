package frame_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/frame"
)

// cycle gives the same bytes again and again, at most piece at once.
type cycle struct {
	data  []byte
	at    int
	piece int
}

func (c *cycle) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), c.piece)], c.data[c.at:])
	if c.at += n; c.at == len(c.data) {
		c.at = 0
	}
	return n, nil
}

// assertNoAllocs asserts that work, once it has been done a few times, allocates nothing.
func assertNoAllocs(t *testing.T, work func() error) {
	t.Helper()
	failed := error(nil)
	once := func() {
		if err := work(); err != nil {
			failed = err
		}
	}
	for range 20 {
		once()
	}
	assert.Zero(t, testing.AllocsPerRun(200, once))
	assert.NoError(t, failed)
}

func eachSize(t *testing.T, test func(t *testing.T, framing frame.Framing, size int)) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	framings := map[string]frame.Framing{"varint": frame.Varint{}, "LF": frame.Delimiter{}, "CRLF": crlf}
	sizes := map[string]int{"0 B": 0, "16 B": 16, "1 KiB": 1 << 10, "60 KiB": 60 << 10, "256 KiB": 256 << 10}
	for framingName, framing := range framings {
		for sizeName, size := range sizes {
			t.Run(framingName+" "+sizeName, func(t *testing.T) { test(t, framing, size) })
		}
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	eachSize(t, func(t *testing.T, framing frame.Framing, size int) {
		for _, piece := range []int{1448, 64 << 10} {
			r := frame.NewReader(&cycle{data: frameOf(framing, size), piece: piece}, framing)
			assertNoAllocs(t, func() error {
				_, err := r.ReadFrame()
				return err
			})
			dst := make([]byte, 0, size)
			assertNoAllocs(t, func() (err error) {
				dst, err = r.ReadAppend(dst[:0])
				return err
			})
		}
	})
}

func TestWritingAllocatesNothing(t *testing.T) {
	eachSize(t, func(t *testing.T, framing frame.Framing, size int) {
		w := frame.NewWriter(io.Discard, framing)
		payload := make([]byte, size)
		assertNoAllocs(t, func() error { return w.WriteFrame(payload) })
		assertNoAllocs(t, func() error { return w.BufferFrame(payload) })
		dst := make([]byte, 0, size+16)
		assertNoAllocs(t, func() error {
			_, err := framing.AppendFrame(dst, payload)
			return err
		})
	})
}
