package fuzz

import "testing"

// Run has the parser of format read stream as plan says and reports which
// oracles are broken, if any: it replays one case of [TestFormat]. Oracles that
// take time, other goroutines or many cases are not asked. Bytes that plan
// spoils count as those of the stream. Run panics if the plan has an impossible
// step, or if the format lacks what it needs.
func Run(format Format, stream []byte, plan Plan) Report {
	plan.mustBeValid()
	return run(format, kase{stream: stream, plan: plan})
}

// RunWrite writes payloads with the encoder of format and has the parser read
// them again; and with its Writer, if there is one, to a connection that takes
// them as plan says, as [NewWriter] does. It reports and panics as [Run] does.
func RunWrite(format Format, plan Plan, payloads ...[]byte) Report {
	plan.mustBeValid()
	if payloads == nil {
		payloads = [][]byte{}
	}
	return run(format, kase{plan: plan, payloads: payloads})
}

func run(format Format, c kase) Report {
	if err := format.validate(); err != nil {
		panic(err.Error())
	}
	t := newTester(&format)
	t.samples = newSamplesOf(&format)
	found, cases := t.alone(c)
	return Report{Format: format.Name, Cases: cases, Findings: found}
}

// newSamplesOf returns what a single case needs of the samples: those of a
// format that cannot write tell where its frames end.
func newSamplesOf(f *Format) *samples {
	s := new(samples)
	if !f.writes() {
		s.read(f)
	}
	return s
}

// FuzzFormat is the body of a native fuzz target for format. The fuzzer changes
// the stream and the plan by which it is read; the stream is also written, as a
// payload.
//
//	func FuzzMine(f *testing.F) { fuzz.FuzzFormat(f, mine) }
//
// The failures that come in are splits, timeouts and errors that pass, ends and
// resets; see [PlanFrom]. Streams of more than 64 KiB are left out.
func FuzzFormat(f *testing.F, format Format) {
	f.Helper()
	if err := format.validate(); err != nil {
		f.Fatal(err)
	}
	s := newSamples(&format)
	gate := newTester(&format)
	if gate.samples = s; gate.bomb() {
		f.Fatalf("fuzz: %s takes the memory that a stream announces, and here would take all there is; see the subtest lengths/memory of TestFormat", format.Name)
	}
	for _, steps := range []string{"", "\x01\xff", "\x03\xc0\x02\x00\xff", "\x05\xc2", "\x01\xe1\xff"} {
		f.Add(s.short, []byte(steps))
		f.Add(s.tiny, []byte(steps))
	}
	f.Fuzz(func(t *testing.T, stream, steps []byte) {
		if len(stream) > 1<<16 {
			return
		}
		plan := PlanFrom(steps, Timeout, Transient, EOF, Reset)
		one := newTester(&format)
		one.samples, one.bombs, one.shrinks = s, gate.bombs, true
		one.check(stream, plan)
		if format.writes() {
			one.checkPayloads(nil, [][]byte{stream})
		}
		for _, found := range one.findings {
			t.Errorf("%s: %v", format.Name, found)
		}
	})
}
