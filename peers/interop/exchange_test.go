package interop_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// exchange is one test with one peer. Demarc writes frames, the peer reads them, turns each payload around and writes it as a
// frame, and Demarc reads that. A peer that took one frame for two, or did nothing at all, would give other payloads back.
type exchange struct {
	framing frame.Framing
	start   func(*testing.T) remote
	send    [][]byte
	want    [][]byte // each of send, turned around
}

var (
	singleBytes = fuzz.Plan{1, fuzz.Repeat}
	oddPieces   = fuzz.Plan{1, 2, 3, 5, 7, 1448, 4099, fuzz.Repeat}
	halves      = fuzz.Plan{fuzz.Half, fuzz.Repeat}
	faults      = fuzz.Plan{1 + fuzz.Transient, 0, 3, fuzz.Transient, 1448, fuzz.Repeat}
)

// So the bytes are cut: each Write of ours, and all that we read. Only the first bytes of a Write go out one by one: enough
// for the small frames and the prefix of a large one.
var cuts = []struct {
	name        string
	write, read fuzz.Plan
}{
	{"whole", nil, nil},
	{"single bytes", slices.Repeat(fuzz.Plan{1}, 300), singleBytes},
	{"odd pieces", oddPieces, oddPieces},
	{"halves and faults", halves, faults},
}

func (e exchange) run(t *testing.T) {
	for _, cut := range cuts {
		t.Run(cut.name, func(t *testing.T) {
			t.Parallel()
			peer := e.start(t)
			in := bufio.NewReader(peer) // reading single bytes of a peer would take long
			sent := make(chan error, 1)
			go func() { sent <- e.write(peer, cut.write) }()
			got, err := read(fuzz.NewReader(in, cut.read), e.framing)
			_, rest := io.Copy(io.Discard, in) // no one shall wait for a reader that has given up
			require.NoError(t, errors.Join(err, rest, <-sent, peer.wait()))
			requireSame(t, e.want, got)
		})
	}
}

// write writes all payloads, in the pieces of plan, and then tells the peer that this was all.
func (e exchange) write(peer remote, plan fuzz.Plan) error {
	var dst io.Writer = peer.Writer
	if plan != nil {
		dst = cutter{peer, plan}
	}
	return errors.Join(write(dst, e.framing, e.send), peer.closeWrite())
}

// write writes all payloads. The small ones go out together with those behind them.
func write(dst io.Writer, framing frame.Framing, payloads [][]byte) error {
	w := frame.NewWriter(dst, framing)
	for _, payload := range payloads {
		put := w.WriteFrame
		if len(payload) < 128 {
			put = w.BufferFrame
		}
		if err := put(payload); err != nil {
			return err
		}
	}
	return w.Flush()
}

// read returns the payloads of all frames up to the end of src. It reads on after the faults of a plan.
func read(src io.Reader, framing frame.Framing) ([][]byte, error) {
	var payloads [][]byte
	r := frame.NewReader(src, framing)
	for {
		payload, err := r.ReadFrame()
		switch err {
		case nil:
			payloads = append(payloads, bytes.Clone(payload))
		case fuzz.ErrTransient:
		case io.EOF:
			return payloads, nil
		default:
			return payloads, err
		}
	}
}

// cutter is a writer that writes in pieces.
type cutter struct {
	dst  io.Writer
	plan fuzz.Plan
}

func (c cutter) Write(p []byte) (n int, err error) {
	for _, piece := range c.plan.Pieces(p) {
		m, err := c.dst.Write(piece)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// requireSame compares payloads, and prints none of them, since they are large.
func requireSame(t *testing.T, want, got [][]byte) {
	t.Helper()
	require.Equal(t, lengths(want), lengths(got))
	for i := range want {
		assert.True(t, bytes.Equal(want[i], got[i]), "payload %d, of %d bytes", i, len(want[i]))
	}
}

func lengths(payloads [][]byte) []int {
	n := make([]int, len(payloads))
	for i, payload := range payloads {
		n[i] = len(payload)
	}
	return n
}
