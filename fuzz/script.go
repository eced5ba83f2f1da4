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
	if step == Half {
		return size - size/2, nil
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
	err := step.err()
	s.at++
	if lasts(err) {
		s.plan, s.at = Plan{step.fault()}, 0
	}
	s.given = 0
	return err
}
