package fuzz

import "io"

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
	return &reader{src: src, script: newScript(plan)}
}

type reader struct {
	src    io.Reader
	script script
}

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.script.want(len(p))
	if n == 0 {
		return 0, err
	}
	n, err = r.src.Read(p[:n])
	if n == 0 && err == io.EOF {
		return 0, r.script.ended()
	}
	if n == 0 {
		return 0, err
	}
	// A lasting error of src comes again with the next read, the plan's
	// error does not: so the plan's goes first.
	if fault := r.script.got(n, r.drained(err)); fault != nil {
		return n, fault
	}
	return n, err
}

// drained reports whether src, which just returned err, is known to hold no
// more bytes.
func (r *reader) drained(err error) bool {
	counted, ok := r.src.(interface{ Len() int })
	return err == io.EOF || ok && counted.Len() == 0
}
