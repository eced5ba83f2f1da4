package fuzz

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
)

// A Plan says how reads see a stream of bytes: where they stop, and where they
// fail. Its steps follow each other along the stream:
//
//	fuzz.Plan{3, 0, 4 + fuzz.Timeout, 2, fuzz.EOF}
//
// is three bytes, a read of nothing, four bytes together with a timeout, two
// bytes, and the end, although there was more. Plans correspond to the readers
// of testing/iotest like this:
//
//	Plan{1, Repeat}        OneByteReader
//	Plan{Half, Repeat}     HalfReader
//	Plan{Rest + EOF}       DataErrReader
//	Plan{n, Timeout}       TimeoutReader, but after n bytes
//
// After the last step the rest of the stream is given as the reader asks for
// it. A plan that shall go on for ever ends with [Repeat]. The nil Plan changes
// nothing. A Plan is never changed by this package, so goroutines may share it.
type Plan []Step

// A Step is one part of a [Plan]: a number of bytes, an error, or their sum.
//
// A number n means the next n bytes of the stream. No read crosses the end of
// a step; a read with a smaller buffer, or of a stream that has less to give
// yet, takes a part of it and the next read goes on. So cuts fall at the same
// offsets whatever the buffers. The number 0 is a read that gives no bytes and
// no error.
//
// [Timeout], [Transient], [EOF] and [Reset] are errors. Alone they come
// without bytes; added to a number, as in 4 + Timeout, they come with the last
// of its bytes. At most one error can be added.
//
// When the stream ends inside a step, reads give io.EOF from then on, and the
// steps that follow are not reached.
type Step int64

// The steps that are not plain numbers. Half and Repeat cannot be added to.
const (
	// Rest stands for all bytes up to the end of the stream, which must be
	// one that ends. Rest + EOF is the last bytes together with io.EOF, as far
	// as the end is known by then: see [NewReader]. Otherwise the error of the
	// step comes alone, in the place of io.EOF.
	Rest Step = 1<<47 - 1

	// Timeout is one os.ErrDeadlineExceeded, a net.Error whose Timeout method
	// reports true. Reads go on after it.
	Timeout Step = 1 << 48

	// Transient is one ErrTransient. Reads go on after it.
	Transient Step = 1 << 50

	// EOF ends the stream, although there may be more: io.EOF for ever.
	EOF Step = 1 << 52

	// Reset breaks the stream: syscall.ECONNRESET for ever.
	Reset Step = 1 << 54

	// Half is a read of at most half of the caller's buffer, rounded up.
	Half Step = -1

	// Repeat goes back to the plan's first step. A plan that repeats without
	// giving bytes, as Plan{0, Repeat}, never lets the reader get on: a good
	// reader gives up, with io.ErrNoProgress for example.
	Repeat Step = -2
)

// faultShift and sizeMask part a step: the error stands above the number. One
// bit is left free between two constants, so that a sum of two errors, or of
// two numbers that are too large, is no valid step instead of another one.
const (
	faultShift      = 48
	sizeMask   Step = 1<<faultShift - 1
)

// ErrTransient is the error of the step [Transient]: an error that is no
// timeout and that does not last.
var ErrTransient = errors.New("fuzz: transient error")

// SplitAt returns the plan that cuts a stream at the given offsets, counted
// from its start, in any order. A cut at the start, before it or behind the
// end of the stream changes nothing.
func SplitAt(offsets ...int) Plan {
	var plan Plan
	last := 0
	for _, offset := range slices.Sorted(slices.Values(offsets)) {
		if offset > last {
			plan = append(plan, min(Step(offset-last), Rest))
			last = offset
		}
	}
	return plan
}

// Pieces cuts stream as p says and returns the pieces, for a parser that is
// fed with bytes and does not read. A step 0 is an empty piece, Half is half of
// what is left, timeouts and transient errors leave no trace, and after EOF or
// Reset nothing follows. A Repeat that brings no more bytes is not followed for
// ever. The pieces share memory with stream, but appending to one does not
// overwrite the next.
func (p Plan) Pieces(stream []byte) [][]byte {
	var pieces [][]byte
	s := newScript(p)
	for idle := 0; len(stream) > 0 && idle <= len(p); idle++ {
		n, err := s.want(len(stream))
		if n > 0 || err == nil {
			pieces = append(pieces, stream[:n:n])
		}
		if n > 0 {
			err = s.got(n, n == len(stream))
			stream, idle = stream[n:], 0
		}
		if lasts(err) {
			break
		}
	}
	return pieces
}

// String returns p as Go source, such as
//
//	fuzz.Plan{3, 4 + fuzz.Timeout, fuzz.Repeat}
func (p Plan) String() string {
	steps := make([]string, len(p))
	for i, step := range p {
		steps[i] = step.String()
	}
	return "fuzz.Plan{" + strings.Join(steps, ", ") + "}"
}

// GoString returns the same as [Plan.String]. rapid and testify print values
// in this form.
func (p Plan) GoString() string { return p.String() }

// mustBeValid panics if a step of p is none.
func (p Plan) mustBeValid() {
	for i, step := range p {
		if !step.valid() {
			panic(fmt.Sprintf("fuzz: step %d of the plan is impossible: %v", i, step))
		}
	}
}

// String returns s as Go source, such as 4 + fuzz.Timeout.
func (s Step) String() string {
	size, fault := s.size(), s.fault()
	switch {
	case !s.valid():
		return fmt.Sprintf("fuzz.Step(%d)", int64(s))
	case s < 0:
		return stepNames[s]
	case fault == 0:
		return sizeString(size)
	case size == 0:
		return stepNames[fault]
	}
	return sizeString(size) + " + " + stepNames[fault]
}

// sizeString returns the number of a step as Go source.
func sizeString(size Step) string {
	if size == Rest {
		return stepNames[Rest]
	}
	return fmt.Sprint(int64(size))
}

var stepNames = map[Step]string{
	Rest:      "fuzz.Rest",
	Timeout:   "fuzz.Timeout",
	Transient: "fuzz.Transient",
	EOF:       "fuzz.EOF",
	Reset:     "fuzz.Reset",
	Half:      "fuzz.Half",
	Repeat:    "fuzz.Repeat",
}

// size returns the number of bytes; for Half and Repeat, one above Rest.
func (s Step) size() Step { return s & sizeMask }

// fault returns the error that was added to the number of bytes, as a step.
func (s Step) fault() Step { return s &^ sizeMask }

// valid reports whether s is a step as its type's comment describes it.
func (s Step) valid() bool {
	if s < 0 {
		return s == Half || s == Repeat
	}
	return s.size() <= Rest && (s.fault() == 0 || s.err() != nil)
}

// err returns the error that a reader sees, or nil if the step has none.
func (s Step) err() error {
	switch s.fault() {
	case Timeout:
		return os.ErrDeadlineExceeded
	case Transient:
		return ErrTransient
	case EOF:
		return io.EOF
	case Reset:
		return syscall.ECONNRESET
	}
	return nil
}

// lasts reports whether err is one that a step gives for ever.
func lasts(err error) bool {
	return err == io.EOF || err == syscall.ECONNRESET
}
