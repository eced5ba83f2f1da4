package fuzz

import (
	"io"
	"slices"
)

// A script walks through a plan, one read after the other. It does no reading
// of its own, so that it serves NewReader, Pipe and Pieces alike: before a
// read, want says how far it may go; after it, got says how it ends.
type script struct {
	plan  Plan
	at    int  // the step we are in
	given Step // how many of its bytes were given
	over  bool // we are in a step that lasts for ever
	held  int  // 1 + a byte that is to be given once more, or 0
}

// newScript returns a script at the start of a copy of plan. It panics if a
// step is impossible: a test that did something else instead would prove
// nothing.
func newScript(plan Plan) script {
	plan.mustBeValid()
	return script{plan: slices.Clone(plan)}
}

// want returns how many bytes a read with a buffer of size bytes may take. If
// it returns 0, the read ends at once, with err, which may be nil.
func (s *script) want(size int) (n int, err error) {
	step := s.step()
	switch {
	case step == Half:
		return size - size/2, nil
	case step < 0:
		return 1, nil
	}
	if left := step.size() - s.given; left > 0 {
		return int(min(left, Step(size))), nil
	}
	return 0, s.finish(step)
}

// got is told that a read took n bytes, more than none, and whether they were
// the last of the stream. It returns the error that comes with them.
func (s *script) got(n int, last bool) error {
	step := s.step()
	s.given += Step(n)
	if step == Half || s.given == step.size() || last && step.size() == Rest {
		return s.finish(step)
	}
	return nil
}

// ended is told that the stream ended where want had asked for bytes. It
// returns the error to give.
func (s *script) ended() error {
	if step := s.step(); step.size() == Rest && step.err() != nil {
		return s.finish(step)
	}
	return io.EOF
}

// step returns the step we are in, which is Rest behind the last one, and if
// there is nothing to repeat.
func (s *script) step() Step {
	if s.at < len(s.plan) && s.plan[s.at] == Repeat {
		s.at = 0
	}
	if s.at >= len(s.plan) || s.plan[s.at] == Repeat {
		return Rest
	}
	return s.plan[s.at]
}

// finish leaves a step for the next one, or stays for ever with an error that
// lasts, and returns the step's error.
func (s *script) finish(step Step) error {
	s.at++
	if step.lasts() {
		s.plan, s.at, s.over = Plan{step.fault()}, 0, true
	}
	s.given = 0
	return step.err()
}

// stalls reports whether there is a Stall to wait for, and leaves it.
func (s *script) stalls() bool {
	if s.step() != Stall {
		return false
	}
	s.at++
	return true
}

// spoils reports whether the next byte is to be given to spoil.
func (s *script) spoils() bool {
	step := s.step()
	return step == Flip || step == Drop || step == Double
}

// spoil makes of the byte p[0] what the step wants, and returns how many bytes
// of p are to be given: 0 to 2. Where there is no room for the second, it is
// held.
func (s *script) spoil(p []byte) int {
	step := s.step()
	s.at++
	switch {
	case step == Drop:
		return 0
	case step == Flip:
		p[0] ^= 1
	case len(p) == 1:
		s.held = 1 + int(p[0])
	default:
		p[1] = p[0]
		return 2
	}
	return 1
}

// release gives the byte that spoil has held, if any.
func (s *script) release(p []byte) int {
	if s.held == 0 {
		return 0
	}
	p[0], s.held = byte(s.held-1), 0
	return 1
}
