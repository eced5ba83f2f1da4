package fuzz

import (
	"bytes"
	"sync"
	"testing"
)

// A tester runs one format through cases and gathers what it finds.
type tester struct {
	format  *Format
	samples *samples
	fault   string // the subtest

	cases    int
	findings []Finding
	found    map[Oracle]int // how many, also those that were not kept
	shrinks  bool
	quick    bool  // fewer cases
	bombs    *bool // whether the parser takes what memory a stream announces, if that is known
	tb       *testing.T

	stream []byte         // the one that is read now
	bases  map[int]*basis // by the number of its first bytes
	o      outcome        // of the case that reads now
	w      outcome        // of the case that writes now

	watched *tester // the one that a watchdog reads, if it is another

	mu    sync.Mutex // guards what a watchdog reads
	now   kase       // the case that runs now
	beats int        // grows as long as cases come to an end
}

// A kase is what a parser is given: a stream to read, or payloads to write, and
// how.
type kase struct {
	stream   []byte
	plan     Plan
	payloads [][]byte
}

func (c kase) finding() Finding {
	return Finding{Stream: c.stream, Plan: c.plan, Payloads: c.payloads}
}

// maxKept is how many findings of one oracle a subtest keeps, and maxFound how
// many it waits for before it stops.
const (
	maxKept  = 2
	maxFound = 40
)

func newTester(f *Format) *tester {
	return &tester{format: f, found: map[Oracle]int{}}
}

// helper returns a tester whose findings are apart from those of t.
func (t *tester) helper() *tester {
	h := newTester(t.format)
	h.samples, h.bombs, h.watched = t.samples, t.bombs, t
	if t.watched != nil {
		h.watched = t.watched
	}
	return h
}

// A basis is what a parser makes of a stream that comes in one piece. All other
// ways to read that stream are compared with it.
type basis struct {
	outcome
	size   int   // of the stream
	bounds []int // where each frame ends in the stream; nil if that is not known
	known  bool
}

// setStream makes stream the one that the next cases read.
func (t *tester) setStream(stream []byte) {
	if t.bases == nil || !bytes.Equal(stream, t.stream) {
		t.stream, t.bases = stream, map[int]*basis{}
	}
}

// begins notes the case that runs now.
func (t *tester) begins(now kase) {
	t.cases++
	w := t
	if t.watched != nil {
		w = t.watched
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beats++
	w.now = now
}

// report adds a finding, made small, unless there are enough of its kind.
func (t *tester) report(f Finding) {
	t.found[f.Oracle]++
	if t.found[f.Oracle] > maxKept {
		return
	}
	if t.shrinks {
		f = shrink(t, f)
	}
	f.Fault = t.fault
	f.complete(t.format)
	for _, known := range t.findings {
		if known.Oracle == f.Oracle && known.Replay == f.Replay {
			return
		}
	}
	t.findings = append(t.findings, f)
}

// enough reports whether the subtest has found so much that more would be noise.
func (t *tester) enough() bool {
	n := 0
	for _, found := range t.found {
		n += found
	}
	if t.bombs != nil && *t.bombs {
		return n >= maxKept // a parser that lost its way may take all the memory there is
	}
	return n >= maxFound
}
