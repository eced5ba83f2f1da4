package fuzz

import (
	"slices"
	"testing"
	"time"
)

// A fault is a family of cases: a subtest of TestFormat.
type fault struct {
	name    string
	run     func(t *tester)
	oracles []Oracle // those that it is there for; others may be broken too
}

// faults are in the order in which they are easiest to understand when they
// fail.
var faults = []fault{
	{"whole", faultWhole, []Oracle{oracleRoundTrip, oracleModel, oracleCanonical, oracleSticky, oracleEncoder}},
	{"split", faultSplit, []Oracle{oracleSplit, oracleOverRead}},
	{"pieces", faultPieces, []Oracle{oracleSplit, oracleEnd, oracleOverRead}},
	{"empty", faultEmpty, []Oracle{oracleProgress}},
	{"idle", faultIdle, []Oracle{oracleProgress}},
	{"eof", faultEOF, []Oracle{oracleEnd, oracleModel, oracleSticky}},
	{"reset", faultReset, []Oracle{oracleFailure}},
	{"timeout", faultTimeout, []Oracle{oracleFailure, oracleResume}},
	{"transient", faultTransient, []Oracle{oracleFailure, oracleResume}},
	{"lengths", faultLengths, []Oracle{oracleMemory, oracleSplit, oracleModel}},
	{"limit", faultLimit, []Oracle{oracleLimit, oracleSplit}},
	{"sizes", faultSizes, []Oracle{oracleRoundTrip, oracleMemory, oracleSplit}},
	{"flip", faultFlip, spoiledOracles},
	{"insert", faultInsert, spoiledOracles},
	{"delete", faultDelete, spoiledOracles},
	{"double", faultDouble, spoiledOracles},
	{"alphabet", faultAlphabet, spoiledOracles},
	{"noise", faultNoise, spoiledOracles},
	{"views", faultViews, []Oracle{oracleView}},
	{"long", faultLong, []Oracle{oracleLinear}},
	{"stall", faultStall, []Oracle{oracleSplit, oracleHang}},
	{"deadline", faultDeadline, []Oracle{oracleFailure, oracleResume, oracleHang}},
	{"close", faultClose, []Oracle{oracleEnd, oracleFailure, oracleHang}},
	{"abandon", faultAbandon, []Oracle{oracleLeak}},
	{"write", faultWrite, []Oracle{oracleWrite}},
	{"short", faultShort, []Oracle{oracleWrite}},
	{"blocked", faultBlocked, []Oracle{oracleWrite, oracleHang}},
	{"writers", faultWriters, []Oracle{oracleWrite}},
}

var spoiledOracles = []Oracle{oracleSplit, oracleModel, oracleCanonical, oracleRoundTrip, oracleSticky, oracleMemory, oraclePanic}

// TestFormat puts the parser of format through some ten thousands of cases,
// always the same ones, in about a second. Each fault is a subtest, and each
// oracle in it:
//
//	go test -run 'TestMine/timeout'
//	go test -run 'TestMine/timeout/resume'
//
//	whole      streams in one piece; each payload written and read
//	split      a stream cut at every place, and at every two
//	pieces     single bytes, pieces of other sizes, halves; the last ones together with io.EOF
//	empty      reads of no bytes and no error, before every byte
//	idle       such reads for ever, after every byte [GivesUp]
//	eof        the stream ends at every byte
//	reset      the connection is reset at every byte
//	timeout    a deadline passes at every byte
//	transient  an error that passes comes at every byte
//	lengths    lengths of every power of two, and one less and more, in all the ways to write one
//	limit      payloads on both sides of the limit [Max]
//	sizes      payloads of every power of two, and one byte less and more
//	flip       every bit of a stream inverted
//	insert     a byte put into every place
//	delete     bytes taken out of every place
//	double     bytes doubled in every place
//	alphabet   all short streams of bytes that mean something
//	noise      bytes drawn at random
//	views      other parsers read between two frames; frames are written to [Owned]
//	long       long streams, in single bytes: the time
//	stall      a byte a second; nothing for an hour
//	deadline   SetReadDeadline while the parser waits, after every byte
//	close      Close of both ends, and a reset, while the parser waits, after every byte
//	abandon    Close before the parser was asked for all frames
//	write      writes end with an error after every number of bytes [Writer]
//	short      writes end after every number of bytes, without an error [Wary]
//	blocked    the peer takes nothing, and a deadline passes [Writer]
//	writers    goroutines write at once [Shared]
//
// For oracles see [Oracle]. A failure says what had to come and what came, and
// how to do it once more; it is the smallest case that still fails. Of each
// oracle a subtest reports two, however many there are.
//
// With -short there are about a fifth of the cases.
func TestFormat(t *testing.T, format Format) {
	t.Helper()
	if err := format.validate(); err != nil {
		t.Fatal(err)
	}
	s, stuck := newSweep(&format, testing.Short(), patience)
	if stuck != nil {
		t.Fatalf("%s: %v", format.Name, stuck)
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) { s.test(t, fault) })
	}
	t.Logf("%s: %d cases", format.Name, s.cases)
}

// A sweep is what the subtests share.
type sweep struct {
	format   *Format
	samples  *samples
	quick    bool
	bombs    *bool
	cases    int
	patience time.Duration // how long one case may take
}

// patience is how long one case may take before it is given up.
const patience = 30 * time.Second

// newSweep returns a sweep, or the case in which the parser got stuck before it
// began.
func newSweep(f *Format, quick bool, patience time.Duration) (s *sweep, stuck *Finding) {
	s = &sweep{format: f, quick: quick, patience: patience}
	t := newTester(f)
	stuck = t.guarded(patience, func() {
		s.samples = newSamples(f)
		t.samples = s.samples
		t.bomb()
		s.bombs, s.cases = t.bombs, t.cases
	})
	return s, stuck
}

// test runs a fault and has a subtest report what each oracle found.
func (s *sweep) test(t *testing.T, fault fault) {
	found := s.run(t, fault)
	for _, oracle := range fault.all(found) {
		t.Run(string(oracle), func(t *testing.T) {
			t.Helper()
			s.report(t, found, oracle, slices.Contains(s.format.Known, fault.name+"/"+string(oracle)))
		})
	}
}

// report reports what an oracle found: as failures, unless it is known.
func (s *sweep) report(t *testing.T, found []Finding, oracle Oracle, known bool) {
	t.Helper()
	gone := known
	for _, f := range found {
		switch {
		case f.Oracle != oracle:
		case known:
			gone = false
			t.Logf("%s: known: %v", s.format.Name, f)
		default:
			t.Errorf("%s: %v", s.format.Name, f)
		}
	}
	if gone && oracle != oracleLinear { // whose findings depend on the machine
		t.Errorf("%s: this fault is known, and was not found", s.format.Name)
	}
}

// all returns the oracles of a fault, and others that were broken.
func (f fault) all(found []Finding) []Oracle {
	oracles := slices.Clone(f.oracles)
	for _, f := range found {
		if !slices.Contains(oracles, f.Oracle) {
			oracles = append(oracles, f.Oracle)
		}
	}
	return oracles
}

// run runs the cases of a fault.
func (s *sweep) run(tb *testing.T, fault fault) []Finding {
	t := newTester(s.format)
	t.samples, t.quick, t.bombs, t.fault, t.tb, t.shrinks = s.samples, s.quick, s.bombs, fault.name, tb, true
	if stuck := t.guarded(s.patience, func() { fault.run(t) }); stuck != nil {
		return []Finding{*stuck}
	}
	s.cases += t.cases
	return t.findings
}

// guarded runs work in a goroutine of its own. If one of its cases takes longer
// than patience it is given up, and runs on to the end of the process.
func (t *tester) guarded(patience time.Duration, work func()) (stuck *Finding) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for before := -1; ; {
		select {
		case <-done:
			return nil
		case <-tick.C:
		}
		now, beats := t.beat()
		if beats == before {
			f := now.finding()
			f.Oracle, f.Fault, f.Want, f.Got = oracleHang, t.fault, "an end, whatever it is", "none for "+patience.String()
			f.complete(t.format)
			return &f
		}
		before = beats
	}
}

// beat returns the case that runs now, and how many ran before.
func (t *tester) beat() (now kase, beats int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now, t.beats
}
