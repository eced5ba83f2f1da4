package fuzz

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"
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
// [Timeout], [Transient], [EOF], [Reset] and [Idle] are faults. Alone they come
// without bytes; added to a number, as in 4 + Timeout, they come with the last
// of its bytes. At most one can be added.
//
// [Flip], [Drop] and [Double] spoil one byte, and [Stall] is a second of waiting.
// [Half] and [Repeat] are explained below. None of these can be added to.
//
// When the stream ends inside a step, reads give io.EOF from then on, and the
// steps that follow are not reached.
type Step int64

// The steps that are not plain numbers.
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

	// Idle gives reads of no bytes and no error for ever, which io.Reader
	// discourages and does not forbid. A good reader gives up, with
	// io.ErrNoProgress for example.
	Idle Step = 1 << 56

	// Half is a read of at most half of the caller's buffer, rounded up.
	Half Step = -1

	// Repeat goes back to the plan's first step. A plan that repeats without
	// giving bytes, as Plan{0, Repeat}, never lets the reader get on: a good
	// reader gives up, with io.ErrNoProgress for example.
	Repeat Step = -2

	// Stall is one second in which nothing happens. Deadlines and Close end
	// it on a Conn; NewReader and NewWriter call time.Sleep. It is meant for
	// testing/synctest, where Plan{1, Stall, Repeat} is one byte a second and
	// costs no time.
	Stall Step = -3

	// Flip is the next byte with its lowest bit inverted.
	Flip Step = -4

	// Drop loses the next byte.
	Drop Step = -5

	// Double gives the next byte twice.
	Double Step = -6
)

// stallTime is how long a Stall lasts.
const stallTime = time.Second

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
// what is left, timeouts, transient errors and stalls leave no trace, and after
// EOF, Reset or Idle nothing follows. A spoiled byte is a piece by itself. A Repeat that brings no more bytes is not followed for
// ever. The pieces share memory with stream, but appending to one does not
// overwrite the next.
func (p Plan) Pieces(stream []byte) [][]byte {
	var pieces [][]byte
	s := newScript(p)
	for idle := 0; len(stream) > 0 && idle <= len(p); idle++ {
		if s.stalls() {
			continue
		}
		if s.spoils() {
			piece := []byte{stream[0], 0}
			piece = piece[:s.spoil(piece)]
			pieces, stream, idle = append(pieces, piece[:len(piece):len(piece)]), stream[1:], 0
			continue
		}
		n, err := s.want(len(stream))
		if n > 0 || err == nil && !s.over {
			pieces = append(pieces, stream[:n:n])
		}
		if n > 0 {
			_ = s.got(n, n == len(stream))
			stream, idle = stream[n:], 0
		}
		if s.over {
			break
		}
	}
	return pieces
}

// mustBeValid panics if a step of p is none.
func (p Plan) mustBeValid() {
	for i, step := range p {
		if !step.valid() {
			panic(fmt.Sprintf("fuzz: step %d of the plan is impossible: %v", i, step))
		}
	}
}

// size returns the number of bytes. Of a negative step it means nothing.
func (s Step) size() Step { return s & sizeMask }

// fault returns the error that was added to the number of bytes, as a step.
func (s Step) fault() Step { return s &^ sizeMask }

// valid reports whether s is a step as its type's comment describes it.
func (s Step) valid() bool {
	if s < 0 {
		return s >= Double
	}
	return s.size() <= Rest && (s.fault() == 0 || s.fault() == Idle || s.err() != nil)
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

// lasts reports whether nothing follows s.
func (s Step) lasts() bool {
	fault := s.fault()
	return s >= 0 && (fault == EOF || fault == Reset || fault == Idle)
}

// gives reports whether s gives bytes, or ends all waiting for them.
func (s Step) gives() bool {
	return s >= 0 && s.size() > 0 || s == Half || s == Flip || s == Double || s.lasts()
}
