package fuzz

// faultWhole writes each payload alone and reads it, and reads the streams in
// one piece.
func faultWhole(t *tester) {
	if t.format.writes() {
		for _, p := range t.samples.payloads {
			t.checkPayloads(nil, [][]byte{p})
		}
		t.checkPayloads(nil, t.samples.tinies)
	}
	for _, one := range t.samples.good {
		t.check(one.wire, nil)
	}
	t.check(t.samples.short, nil)
	t.check(nil, nil)
}

// faultSplit cuts a stream at every place, and at every two.
func faultSplit(t *tester) {
	t.splitInTwo(t.samples.short)
	stream := t.samples.short
	if t.quick {
		stream = t.samples.tiny
	}
	for i := range stream {
		for j := range i {
			t.check(stream, SplitAt(j, i))
		}
	}
}

func (t *tester) splitInTwo(stream []byte) {
	for i := range stream {
		t.check(stream, SplitAt(i))
	}
}

// faultPieces reads pieces of one size, and halves, and the last ones together
// with the end.
func faultPieces(t *tester) {
	for n := range Step(70) {
		t.check(t.samples.short, Plan{n + 1, Repeat})
		t.check(t.samples.short, Plan{1, n + 1, Repeat})
	}
	for _, stream := range [][]byte{t.samples.short, t.samples.tiny} {
		t.check(stream, Plan{Half, Repeat})
		t.check(stream, Plan{Half, 1, Repeat})
		t.check(stream, Plan{Rest + EOF})
		for i := range stream {
			t.check(stream, Plan{Step(i), Rest + EOF})
			t.check(stream[:i], Plan{1, Repeat})
		}
	}
}

// faultEmpty has reads of nothing before every byte, fewer in a row than those
// after which bufio gives up.
func faultEmpty(t *tester) {
	for _, stream := range [][]byte{t.samples.short, t.samples.tiny} {
		t.check(stream, Plan{0, 1, Repeat})
		t.check(stream, Plan{1, 0, 0, Repeat})
		for i := range stream {
			t.check(stream, Plan{Step(i), 0})
			t.check(stream, Plan{Step(i), 0, 0, 0, 1, 0})
		}
	}
	many := make(Plan, 90)
	t.check(t.samples.tiny, many)
	for i := range min(24, len(t.samples.tiny)) {
		t.check(t.samples.tiny, append(Plan{Step(i + 1)}, many...))
	}
}
