package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

type errorClass struct {
	err  error
	name string
}

// classes are the errors that are told apart, the more exact ones first.
var classes = []errorClass{
	{io.ErrUnexpectedEOF, "cut off"},
	{io.EOF, "EOF"},
	{frame.ErrTooLarge, "too large"},
	{frame.ErrOverflow, "overflow"},
	{frame.ErrNotMinimal, "not minimal"},
	{frame.ErrMalformed, "malformed"},
	{frame.ErrConfig, "impossible"},
}

// class returns a name for what went wrong, without the details, which may depend on how the bytes were split.
func class(err error) string {
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return fmt.Sprint(err)
}

// settings are those of a Reader.
type settings struct {
	max         int
	skip, exact bool
}

func (s settings) reader(src io.Reader, framing frame.Framing) *frame.Reader {
	r := frame.NewReader(src, framing)
	r.Max, r.Skip, r.Exact = s.max, s.skip, s.exact
	return r
}

// read returns what a Reader makes of stream if the reads of its source go by plan.
func (s settings) read(framing frame.Framing, stream []byte, plan fuzz.Plan) outcome {
	return drain(s.reader(fuzz.NewReader(bytes.NewReader(stream), plan), framing).ReadFrame)
}

// drain calls read until an error comes that is not one to go on after.
func drain(read func() ([]byte, error)) outcome {
	const enough = 2 << 20 // calls, after which a reader is said to hang
	var o outcome
	for range enough {
		payload, err := read()
		switch {
		case err == nil && payload == nil:
			o.End = "no error and no payload"
		case err == nil:
			o.Frames = append(o.Frames, string(payload))
		case payload != nil:
			o.End = "error and payload"
		case !o.passes(err):
			o.End = class(err)
		}
		if o.End != "" {
			return o
		}
	}
	o.End = "hangs"
	return o
}

// passes reports whether reading goes on after err, and notes what was wrong with which frame.
func (o *outcome) passes(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, fuzz.ErrTransient) {
		return true
	}
	var e *frame.Error
	if !errors.As(err, &e) || e.Err == io.ErrUnexpectedEOF {
		return false
	}
	o.bad(err, e.Offset)
	return e.Skipped
}

// readAll returns the frames up to the first error, and that.
func readAll(r *frame.Reader) (frames []string, err error) {
	for {
		payload, err := r.ReadFrame()
		if err != nil {
			return frames, err
		}
		frames = append(frames, string(payload))
	}
}
