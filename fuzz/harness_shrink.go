package fuzz

import "slices"

// maxTries is how many smaller cases shrink tries.
const maxTries = 1500

// carefulTries is the same for a parser that takes whatever memory a stream
// announces.
const carefulTries = 40

// shrink returns a smaller case that breaks the same oracle, or f itself.
//
// Of a parser that takes whatever memory a stream announces no bytes are cut out
// but whole frames, and those at the end: the rest might announce anything.
func shrink(t *tester, f Finding) Finding {
	if f.Replay != "" {
		return f
	}
	s := &shrinker{tester: t, best: f, careful: f.Oracle == oracleMemory || t.bomb()}
	s.left = maxTries
	if s.careful {
		s.left = carefulTries
	}
	for s.left > 0 && s.round() {
		continue
	}
	return s.best
}

type shrinker struct {
	tester  *tester
	best    Finding
	left    int // tries
	careful bool
}

// round tries each way to make the case smaller, and reports whether one did.
func (s *shrinker) round() bool {
	if s.best.Payloads != nil {
		return s.fewerPayloads() || s.shorterPayload() || s.simplerPlan()
	}
	return s.noPlan() || s.fewerFrames() || s.shorterStream() || s.simplerPlan()
}

// try takes over stream, plan and payloads if they break the oracle too.
func (s *shrinker) try(c Finding) bool {
	if s.left--; s.left < 0 {
		return false
	}
	found, _ := s.tester.alone(kase{c.Stream, c.Plan, c.Payloads})
	for _, found := range found {
		if found.Oracle == s.best.Oracle {
			s.best = found
			return true
		}
	}
	return false
}

// alone runs one case and returns what it finds.
func (t *tester) alone(c kase) (found []Finding, cases int) {
	one := t.helper()
	if c.payloads != nil {
		one.checkPayloads(c.plan, c.payloads)
	} else {
		one.check(c.stream, c.plan)
	}
	t.bombs = one.bombs
	return one.findings, one.cases
}

func (s *shrinker) noPlan() bool {
	return len(s.best.Plan) > 0 && s.try(Finding{Stream: s.best.Stream})
}

// fewerFrames cuts out whole frames, many at once first.
func (s *shrinker) fewerFrames() bool {
	t := s.tester.helper()
	t.setStream(s.best.Stream)
	ends := append([]int{0}, t.basis(len(s.best.Stream)).bounds...)
	for n := len(ends) - 1; n > 0; n /= 2 {
		for i := range len(ends) - n {
			if s.without(ends[i], ends[i+n]) {
				return true
			}
		}
	}
	return false
}

// without cuts out the bytes from begin to end.
func (s *shrinker) without(begin, end int) bool {
	stream, plan := slices.Delete(slices.Clone(s.best.Stream), begin, end), s.best.Plan
	return s.try(Finding{Stream: stream, Plan: plan.without(begin, end-begin)}) || s.try(Finding{Stream: stream, Plan: plan})
}

// shorterStream cuts out a part of the stream, the larger ones first.
func (s *shrinker) shorterStream() bool {
	all := len(s.best.Stream)
	for size := all; size > 0; size /= 2 {
		for begin := all - size; begin >= 0; begin -= size {
			if s.without(begin, begin+size) {
				return true
			}
			if s.careful {
				break
			}
		}
	}
	return false
}

// without returns the plan that treats a stream as p did before n bytes at begin
// were cut out.
func (p Plan) without(begin, n int) Plan {
	plan, at := slices.Clone(p), 0
	for i, step := range plan {
		size := int(min(step.size(), 1<<30))
		if step < 0 || step.size() == Rest {
			continue
		}
		from, to := max(at, begin), min(at+size, begin+n)
		if from < to {
			plan[i] -= Step(to - from)
		}
		at += size
	}
	return plan
}

// simplerPlan leaves out a step, or makes its number smaller.
func (s *shrinker) simplerPlan() bool {
	for i, step := range s.best.Plan {
		c := s.best
		c.Plan = slices.Delete(slices.Clone(s.best.Plan), i, i+1)
		if s.try(c) {
			return true
		}
		if step <= 1 || step.size() == 0 || step.size() == Rest {
			continue
		}
		for _, size := range []Step{0, step.size() / 2, step.size() - 1} {
			c.Plan = slices.Clone(s.best.Plan)
			c.Plan[i] = size + step.fault()
			if size < step.size() && s.try(c) {
				return true
			}
		}
	}
	return false
}

// fewerPayloads leaves out a payload.
func (s *shrinker) fewerPayloads() bool {
	for i := range s.best.Payloads {
		c := s.best
		c.Payloads = slices.Delete(slices.Clone(s.best.Payloads), i, i+1)
		if len(c.Payloads) > 0 && s.try(c) {
			return true
		}
	}
	return false
}

// shorterPayload cuts off a part of a payload.
func (s *shrinker) shorterPayload() bool {
	for i, p := range s.best.Payloads {
		for _, size := range []int{0, len(p) / 2, len(p) - 1} {
			if size < 0 || size >= len(p) {
				continue
			}
			for _, part := range [][]byte{p[:size], p[len(p)-size:]} {
				c := s.best
				c.Payloads = slices.Clone(s.best.Payloads)
				c.Payloads[i] = part
				if s.try(c) {
					return true
				}
			}
		}
	}
	return false
}
