package fuzz

// faultEOF ends the stream at every byte, alone and together with what stands
// before.
func faultEOF(t *tester) { t.failEverywhere(EOF) }

// faultReset breaks the connection at every byte.
func faultReset(t *tester) { t.failEverywhere(Reset) }

func (t *tester) failEverywhere(fault Step) {
	stream := t.samples.short
	for i := range len(stream) + 1 {
		n := Step(i)
		t.check(stream, Plan{n, fault})
		t.check(stream, Plan{n + fault})
		t.check(stream, Plan{n / 2, n - n/2 + fault})
	}
	for i := range len(t.samples.tiny) + 1 {
		for j := range i {
			t.check(t.samples.tiny, Plan{Step(j), Step(i-j) + fault})
		}
	}
}

// faultIdle has a source that gives nothing any more, and does not say so, after
// every byte.
func faultIdle(t *tester) {
	if !t.format.GivesUp {
		return
	}
	stream := t.samples.tiny
	for i := range stream {
		t.check(stream, Plan{Step(i), Idle})
	}
}

// faultTimeout has a read deadline pass at every byte.
func faultTimeout(t *tester) { t.passEverywhere(Timeout) }

// faultTransient has an error that passes at every byte.
func faultTransient(t *tester) { t.passEverywhere(Transient) }

func (t *tester) passEverywhere(fault Step) {
	stream := t.samples.short
	t.check(stream, Plan{fault, 1, Repeat})
	t.check(stream, Plan{1 + fault, Repeat})
	for i := range len(stream) + 1 {
		n := Step(i)
		t.check(stream, Plan{n, fault})
		t.check(stream, Plan{n + fault})
		t.check(stream, Plan{n, fault, fault, 0, 1 + fault})
		t.check(stream, Plan{n + fault, Rest + EOF})
	}
	if !t.format.Resumes {
		return
	}
	for i := range t.samples.tiny {
		for j := range i {
			t.check(t.samples.tiny, Plan{Step(j), fault, Step(i-j) + fault})
		}
	}
}
