package fuzz

import (
	"errors"
	"io"
	"slices"
)

// check reads stream as plan says and asks all oracles about what comes out.
func (t *tester) check(stream []byte, plan Plan) {
	if t.enough() || plan.stuck() {
		return
	}
	t.setStream(arrives(stream, plan))
	full := t.basis(len(t.stream))
	if len(plan) == 0 || full.broken != "" {
		return
	}
	t.begins(kase{stream: stream, plan: plan})
	r := begin(t.format, stream, plan, &t.o)
	r.bounds = full.bounds
	r.run()
	r.end()
	if t.o.broken == "" {
		t.compare(full, plan)
	}
	if t.o.broken != "" {
		t.report(Finding{Oracle: t.o.broken, Stream: stream, Plan: plan, Want: t.o.want, Got: t.o.got})
	}
}

// compare asks whether the outcome of a plan is what it has to be.
func (t *tester) compare(full *basis, plan Plan) {
	s, o := t.o.seen, &t.o
	switch {
	case s.faults > 0 && s.alone == 0 && t.same(o, full):
		// io.ReadFull keeps an error back that comes with the last byte it
		// wants. The next read gives it again, if it is there to stay.
	case s.faults > 0 && !t.format.Resumes:
		t.compareFailed(full, s.faultAt)
	case s.end == Reset || s.end == Idle:
		t.compareFailed(full, s.given)
	case s.end == EOF && !s.whole:
		t.compareSame(t.basis(s.given), plan)
		if o.broken == "" && full.known {
			t.compareCut(full, s.given)
		}
	default:
		t.compareSame(full, plan)
	}
	if t.format.Resumes && s.alone > 0 && o.passed == 0 && errors.Is(o.err, io.EOF) {
		o.fail(oracleResume, "the errors of the source to be returned", "none of them, but "+o.String())
	}
}

// compareSame asks whether the outcome is that of the stream in one piece.
func (t *tester) compareSame(b *basis, plan Plan) {
	if b.broken == "" && !t.same(&t.o, b) {
		t.o.fail(t.blame(b, plan), b.String()+", as in one piece", t.o.String())
	}
}

// same reports whether o is the outcome of b.
func (t *tester) same(o *outcome, b *basis) bool {
	return len(o.items) == len(b.items) && o.begins(&b.outcome, len(b.items)) && t.sameEnd(o.err, b.err)
}

// blame returns the oracle that is broken when a plan makes a difference that
// must make none: that of the simplest part of it that makes one too.
func (t *tester) blame(b *basis, plan Plan) Oracle {
	stream := t.stream[:b.size]
	for _, part := range []struct {
		oracle Oracle
		keeps  func(step Step) bool
	}{
		{oracleSplit, func(step Step) bool { return step != 0 }},
		{oracleProgress, func(Step) bool { return true }},
	} {
		var o outcome
		readStream(t.format, stream, plan.kept(part.keeps), &o)
		if o.broken != "" || !t.same(&o, b) {
			return part.oracle
		}
	}
	if t.o.seen.faults > 0 && !t.differs(b, Plan{Rest + EOF}) {
		return oracleResume
	}
	return oracleEnd
}

// differs reports whether a plan makes a difference.
func (t *tester) differs(b *basis, plan Plan) bool {
	var o outcome
	readStream(t.format, t.stream[:b.size], plan, &o)
	return !t.same(&o, b)
}

// kept returns p without faults, and with those of the other steps that keeps
// wants.
func (p Plan) kept(keeps func(step Step) bool) Plan {
	var plan Plan
	for _, step := range p {
		if step > 0 {
			step = step.size()
		}
		if (step != 0 || keeps(step)) && (step < Step(Rest) || step == Rest) {
			plan = append(plan, step)
		}
	}
	if plan.stuck() {
		return nil
	}
	return plan
}

// arrives returns what is left of stream if plan spoils some of it.
func arrives(stream []byte, plan Plan) []byte {
	if !plan.spoils() {
		return stream
	}
	var came []byte
	s, buf := newSource(stream, plan), make([]byte, 512)
	for most := 4*len(stream) + maxFruitless; s.end == 0 && most > 0; most-- {
		s.fruitless = 0
		n, _ := s.Read(buf)
		came = append(came, buf[:n]...)
	}
	return came
}

// stuck reports whether p repeats for ever and never gives a byte.
func (p Plan) stuck() bool {
	end := slices.Index(p, Repeat)
	return end > 0 && !slices.ContainsFunc(p[:end], Step.gives)
}

// spoils reports whether p changes bytes.
func (p Plan) spoils() bool {
	for _, step := range p {
		if step <= Flip && step >= Double {
			return true
		}
	}
	return false
}

// sameEnd reports whether a and b are of the same classes.
func (t *tester) sameEnd(a, b error) bool {
	if isEOF(a) != isEOF(b) || errors.Is(a, io.ErrUnexpectedEOF) != errors.Is(b, io.ErrUnexpectedEOF) {
		return false
	}
	for _, class := range t.format.classes() {
		if errors.Is(a, class) != errors.Is(b, class) {
			return false
		}
	}
	return true
}

// isEOF reports whether err is the end of a stream between two frames.
func isEOF(err error) bool { return err == nil || errors.Is(err, io.EOF) }

// compareFailed asks whether the outcome is that of a source that failed after n
// bytes: the frames that were complete, and an error.
func (t *tester) compareFailed(full *basis, n int) {
	o := &t.o
	complete := len(o.items)
	if full.known {
		complete = full.complete(n)
	}
	switch want := min(complete, len(full.items)); {
	case len(o.items) != want || !o.begins(&full.outcome, want):
		o.fail(oracleFailure, full.first(want)+"then the error of the source", o.String())
	case isEOF(o.err):
		o.fail(oracleFailure, "an error that is not io.EOF, since the source failed", o.String())
	}
}

// compareCut asks whether the outcome is that of a stream that ends after n
// bytes, of which it is known where its frames end.
func (t *tester) compareCut(full *basis, n int) {
	o := &t.o
	complete := full.complete(n)
	between := n == 0 || complete > 0 && full.bounds[complete-1] == n
	tail := t.format.Tail && !between && len(o.items) == complete+1
	switch {
	case !o.begins(&full.outcome, complete), len(o.items) > complete && !tail:
		o.fail(oracleEnd, full.first(complete)+"then the end", o.String())
	case between && !isEOF(o.err):
		o.fail(oracleEnd, full.first(complete)+"io.EOF, since the stream ends between two frames", o.String())
	case !between && !t.format.Tail && isEOF(o.err) && !t.means(full, complete, n):
		o.fail(oracleEnd, full.first(complete)+"an error that is not io.EOF, since the stream ends inside a frame", o.String())
	}
}

// means reports whether the bytes before n that follow the complete frames are
// nothing of a frame, such as an END of SLIP: twice these bytes in front of a
// frame make no difference.
func (t *tester) means(full *basis, complete, n int) bool {
	begin := 0
	if complete > 0 {
		begin = full.bounds[complete-1]
	}
	if complete >= len(full.bounds) {
		return true
	}
	if t.bomb() { // those bytes might announce anything
		return false
	}
	blank := t.stream[begin:n]
	frame := t.stream[begin:full.bounds[complete]]
	var alone, behind outcome
	readStream(t.format, frame, nil, &alone)
	readStream(t.format, slices.Concat(blank, blank, frame), nil, &behind)
	return alone.broken == "" && behind.broken == "" && len(alone.items) == len(behind.items) && alone.begins(&behind, len(behind.items)) && isEOF(behind.err)
}

// complete returns how many frames end within the first n bytes.
func (b *basis) complete(n int) int {
	complete := 0
	for complete < len(b.bounds) && b.bounds[complete] <= n {
		complete++
	}
	return complete
}

// first shows the first n items.
func (b *basis) first(n int) string {
	if n == 0 {
		return "no frame, "
	}
	part := outcome{buf: b.buf, items: b.items[:n]}
	text := part.String()
	return text[:len(text)-len(showError(nil))]
}
