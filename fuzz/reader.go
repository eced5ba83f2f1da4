package fuzz

import (
	"io"
	"time"
)

// NewReader returns a reader that gives the bytes of src as plan says. It
// panics if the plan has an impossible step.
//
// The same source and the same plan always give the same bytes and errors at
// the same offsets. A read of an empty buffer gives (0, nil) and is not
// counted.
//
// The reader takes from src only what it gives, so what lies behind an [EOF]
// step stays in src. An error of src passes through. A reader does not ask
// ahead, which might block, to learn whether it gave the last bytes: it knows
// if src returned io.EOF with them, or has a Len method that now says 0, as
// [bytes.Reader], [bytes.Buffer] and [strings.Reader] have.
//
// One goroutine at a time may read.
func NewReader(src io.Reader, plan Plan) io.Reader {
	return &reader{src: src, script: newScript(plan), pause: func() { time.Sleep(stallTime) }}
}

type reader struct {
	src    io.Reader
	script script
	pause  func() // for a Stall
}

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if n := r.script.release(p); n > 0 {
		return n, nil
	}
	for {
		if r.script.stalls() {
			r.pause()
		} else if n, err, lost := r.read(p); !lost {
			return n, err
		}
	}
}

// read reads what one step allows. If that was the loss of a byte, there is
// more to read.
func (r *reader) read(p []byte) (n int, err error, lost bool) {
	n, err = r.script.want(len(p))
	if n == 0 {
		return 0, err, false
	}
	n, err = r.src.Read(p[:n])
	switch {
	case n == 0 && err == io.EOF:
		return 0, r.script.ended(), false
	case n == 0:
		return 0, err, false
	case r.script.spoils():
		n = r.script.spoil(p)
		return n, err, n == 0 && err == nil
	}
	// A lasting error of src comes again with the next read, the plan's
	// error does not: so the plan's goes first.
	if fault := r.script.got(n, r.drained(err)); fault != nil {
		return n, fault, false
	}
	return n, err, false
}

// drained reports whether src, which just returned err, is known to hold no
// more bytes.
func (r *reader) drained(err error) bool {
	counted, ok := r.src.(interface{ Len() int })
	return err == io.EOF || ok && counted.Len() == 0
}
