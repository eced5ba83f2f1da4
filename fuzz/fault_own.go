package fuzz

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"time"
)

// faultViews has a second parser read something else between the frames, and
// writes into frames that are the caller's own, and behind them.
func faultViews(t *tester) {
	for _, stream := range [][]byte{t.samples.short, t.samples.tiny} {
		for _, plan := range []Plan{nil, {1, Repeat}, {7, Repeat}, {64, Repeat}} {
			t.checkViews(stream, t.samples.turned, plan)
		}
	}
	if !t.format.writes() {
		return
	}
	for _, size := range []int{5_000, 70_000} {
		if t.format.Max > 0 && size > t.format.Max {
			continue
		}
		mine, err1 := t.format.encode(nil, bytes.Repeat([]byte("z"), size))
		other, err2 := t.format.encode(nil, bytes.Repeat([]byte("y"), size))
		if err1 == nil && err2 == nil {
			t.checkViews(append(mine, mine...), other, Plan{4_000, Repeat})
		}
	}
}

// checkViews reads stream, has another parser read other after each frame, and
// looks at the frame again before the next call.
func (t *tester) checkViews(stream, other []byte, plan Plan) {
	t.check(stream, plan)
	want := t.basis(len(stream))
	if want.broken != "" || t.o.broken != "" {
		return
	}
	t.begins(kase{stream: stream, plan: plan})
	o := &t.o
	r := begin(t.format, stream, plan, o)
	func() {
		defer o.recover()
		for range want.items {
			if !r.view(t.format, other) {
				return
			}
		}
	}()
	r.end()
	if o.broken == "" && !o.begins(&want.outcome, len(want.items)) {
		o.fail(oracleView, want.String()+", whatever is done with the frames before", o.String())
	}
	if o.broken != "" {
		t.report(Finding{Oracle: o.broken, Stream: stream, Plan: plan, Want: o.want, Got: o.got, Replay: t.rerun()})
	}
}

// view reads one frame, lets another parser read between, and writes to the
// frame if that is allowed.
func (r *reading) view(f *Format, other []byte) (goesOn bool) {
	r.source.called()
	frame, err := r.next()
	o := r.o
	if err != nil {
		o.err = err
		o.items = append(o.items, item{end: len(o.buf), skipped: true})
		return f.skips(err)
	}
	o.buf = append(o.buf, frame...)
	o.items = append(o.items, item{end: len(o.buf)})
	var ignored outcome
	readStream(f, other, nil, &ignored)
	if was := o.frame(len(o.items) - 1); !bytes.Equal(was, frame) {
		o.fail(oracleView, showBytes(was)+" until the next call", showBytes(frame)+" when another parser has read")
	}
	if f.Owned {
		for i := range frame {
			frame[i] = '!'
		}
		_ = append(frame, "!!!!!!!!"...)
	}
	return true
}

// A stream is so many times as long as the one that its time is compared with.
// Below linearMind nobody minds.
const (
	linearFactor = 8
	linearMind   = 8 * time.Millisecond
)

// faultLong reads streams of two sizes, and compares the times: one large frame
// in single bytes, many small ones, and bytes that never become a frame.
func faultLong(t *tester) {
	const few, many = 32 << 10, 128 << 10
	if raceEnabled {
		t.checkLong(few / 4)
		return
	}
	t.checkLarge(few)
	t.checkLarge(many)
	t.checkLong(few)
}

// checkLarge reads one frame of size bytes, or as many as are allowed.
func (t *tester) checkLarge(size int) {
	f := t.format
	if f.Max > 0 {
		size = min(size, f.Max)
	}
	if f.writes() && size >= 4<<10 {
		t.checkLinear(Plan{1, Repeat}, size, func(n int) []byte {
			wire, _ := f.encode(nil, bytes.Repeat([]byte("z"), n))
			return wire
		})
	}
}

// checkLong reads many frames, and bytes that may never become one.
func (t *tester) checkLong(size int) {
	t.checkLinear(nil, size, repeated(t.samples.tiny))
	t.checkLinear(Plan{7, Repeat}, size, repeated(t.samples.tiny))
	for _, b := range []byte{0, 1, ' ', 'z', '\r', 0xdb, 0xff} {
		if !t.bomb() {
			t.checkLinear(Plan{1, Repeat}, size, repeated([]byte{b}))
		}
	}
}

// repeated returns a function that returns about n bytes of part, again and
// again.
func repeated(part []byte) func(n int) []byte {
	return func(n int) []byte { return bytes.Repeat(part, n/max(1, len(part))) }
}

// checkLinear compares the time for a stream of most bytes with that for an
// eighth of it, and minds if it is three times as long as it should be: a time
// that grows as the square is eight times. What else goes on makes times longer
// and never shorter, so the shortest of some tries count. Where the system tells,
// it is the processor time of the goroutine that reads; what a parser does in
// goroutines of its own is then not looked at.
func (t *tester) checkLinear(plan Plan, most int, stream func(n int) []byte) {
	if t.found[oracleLinear] > 0 {
		return
	}
	small, large := stream(most/linearFactor), stream(most)
	part, whole := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for range 20 {
		whole = min(whole, t.timed(large, plan))
		if whole < linearMind || t.o.broken != "" {
			return
		}
		for range linearFactor {
			part = min(part, t.timed(small, plan))
		}
		if whole < 3*linearFactor*part {
			return
		}
	}
	t.report(Finding{
		Oracle: oracleLinear, Stream: large, Plan: plan, Replay: t.rerun(),
		Want: fmt.Sprintf("%d bytes to take about %d times as long as %d", len(large), linearFactor, len(small)),
		Got:  fmt.Sprintf("%.0f times as long, %v", float64(whole)/float64(part), whole.Round(time.Millisecond)),
	})
}

func (t *tester) timed(stream []byte, plan Plan) time.Duration {
	t.begins(kase{stream: stream, plan: plan})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := workTime()
	r := begin(t.format, stream, plan, &t.o)
	r.lean = true
	r.run()
	r.end()
	return workTime() - start
}

// rerun returns the command that runs this subtest.
func (t *tester) rerun() string {
	if t.tb == nil {
		return "fuzz.TestFormat"
	}
	return fmt.Sprintf("go test -run '^%s$'", t.tb.Name())
}
