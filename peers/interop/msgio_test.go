package interop_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/libp2p/go-msgio"

	"github.com/demarc-go/demarc/frame"
)

func TestMsgioVarint(t *testing.T) {
	send, want := binary(math.MaxInt)
	exchange{frame.Varint{}, goroutine(func(in io.Reader, out io.Writer) error {
		return turn(msgio.NewVarintReader(in), msgio.NewVarintWriter(out))
	}), send, want}.run(t)
}

func TestMsgioFixed(t *testing.T) {
	send, want := binary(math.MaxInt)
	exchange{frame.Fixed{}, goroutine(func(in io.Reader, out io.Writer) error {
		return turn(msgio.NewReader(in), msgio.NewWriter(out))
	}), send, want}.run(t)
}

// turn is a peer that reads and writes with msgio.
func turn(r msgio.Reader, w msgio.Writer) error {
	for {
		payload, err := r.ReadMsg()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		slices.Reverse(payload)
		if err := w.WriteMsg(payload); err != nil {
			return err
		}
		r.ReleaseMsg(payload)
	}
}
