package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// An outcome is what a parser made of a stream.
type outcome struct {
	buf   []byte // the frames, one behind the other
	items []item
	err   error // what ended it

	seen   seen // by the source
	passed int  // errors of the source after which it went on

	// broken is the oracle that was broken on the way, if one was, and how.
	broken    Oracle
	want, got string
}

// An item is a frame, or one that was passed over.
type item struct {
	end     int // of the frame in buf
	skipped bool
}

func (o *outcome) reset() {
	*o = outcome{buf: o.buf[:0], items: o.items[:0]}
}

// frame returns the i-th item's frame.
func (o *outcome) frame(i int) []byte {
	begin := 0
	if i > 0 {
		begin = o.items[i-1].end
	}
	return o.buf[begin:o.items[i].end:o.items[i].end]
}

// frames returns the frames, without those that were passed over.
func (o *outcome) frames() [][]byte {
	frames := [][]byte{}
	for i, it := range o.items {
		if !it.skipped {
			frames = append(frames, o.frame(i))
		}
	}
	return frames
}

// begins reports whether the first n items of o and p are the same.
func (o *outcome) begins(p *outcome, n int) bool {
	if len(o.items) < n || len(p.items) < n {
		return false
	}
	for i := range n {
		if o.items[i] != p.items[i] {
			return false
		}
	}
	return n == 0 || bytes.Equal(o.buf[:o.items[n-1].end], p.buf[:p.items[n-1].end])
}

func (o *outcome) String() string {
	var shown []string
	for i, it := range o.items {
		switch {
		case i == 6:
			shown = append(shown, fmt.Sprintf("... (%d frames)", len(o.items)))
		case i > 6:
		case it.skipped:
			shown = append(shown, "one passed over")
		default:
			shown = append(shown, showBytes(o.frame(i)))
		}
	}
	return strings.Join(append(shown, showError(o.err)), ", ")
}

// showError returns err for a report.
func showError(err error) string {
	if err == nil {
		return "no error"
	}
	if errors.Is(err, io.EOF) {
		return "io.EOF"
	}
	return fmt.Sprintf("error %q", err)
}

// fail notes the first oracle that was broken.
func (o *outcome) fail(oracle Oracle, want, got string) {
	if o.broken == "" {
		o.broken, o.want, o.got = oracle, want, got
	}
}

// A reading is one run of a parser over a source.
type reading struct {
	format *Format
	next   func() ([]byte, error)
	source *source
	o      *outcome
	size   int      // of the stream
	bounds []int    // where frames end in the stream, if that is known
	kept   [][]byte // all frames as they were returned, if they are the caller's own
	lean   bool     // frames are not looked at
}

// readStream reads stream as plan says.
func readStream(f *Format, stream []byte, plan Plan, o *outcome) {
	r := begin(f, stream, plan, o)
	r.run()
	r.end()
}

// begin makes a parser that reads stream as plan says.
func begin(f *Format, stream []byte, plan Plan, o *outcome) (r reading) {
	defer o.recover()
	o.reset()
	r = reading{format: f, source: newSource(stream, plan), o: o, size: len(stream)}
	r.next = f.Reader(r.source)
	return r
}

// run reads to the end, or to an error after which it does not go on.
func (r *reading) run() {
	defer r.o.recover()
	for calls := 0; r.o.broken == "" && r.step(); calls++ {
		if calls > r.size+16 && calls > r.size+16+r.source.sees().faults {
			r.o.fail(oracleProgress, "no more frames than there were bytes",
				fmt.Sprintf("%d returns of the reading function, for %d bytes", calls, r.size))
		}
	}
	r.o.seen = r.source.sees()
	r.checkKept()
}

// end closes the source.
func (r *reading) end() { r.source.Close() }

// again asks whether the error at the end stays.
func (r *reading) again() {
	defer r.o.recover()
	if r.o.broken != "" || !r.format.Sticky && !isEOF(r.o.err) {
		return
	}
	for range 3 {
		r.source.called()
		frame, err := r.next()
		if err == nil {
			r.o.fail(oracleSticky, showError(r.o.err)+" again", showBytes(frame))
		} else if err != r.o.err && err.Error() != r.o.err.Error() {
			r.o.fail(oracleSticky, showError(r.o.err)+" again", showError(err))
		}
	}
}

// step calls the parser once and reports whether it goes on.
func (r *reading) step() bool {
	o := r.o
	r.source.called()
	frame, err := r.next()
	switch {
	case err == nil && r.lean:
	case err == nil:
		o.buf = append(o.buf, frame...)
		o.items = append(o.items, item{end: len(o.buf)})
		r.checkFrame(frame)
	case r.format.skips(err):
		o.items = append(o.items, item{end: len(o.buf), skipped: true})
	case r.format.Resumes && passes(err):
		o.passed++
	default:
		o.err = err
		return false
	}
	return true
}

// checkFrame asks what can be asked as soon as there is a frame.
func (r *reading) checkFrame(frame []byte) {
	f, n := r.format, len(r.o.items)
	if f.Exact && n <= len(r.bounds) {
		if given := r.source.sees().given; given > r.bounds[n-1] {
			r.o.fail(oracleOverRead, fmt.Sprintf("%d bytes taken for %d frames", r.bounds[n-1], n), fmt.Sprintf("%d bytes taken", given))
		}
	}
	if f.Owned {
		r.kept = append(r.kept, frame)
	}
}

// checkKept asks whether the frames that are the caller's own are still what
// they were.
func (r *reading) checkKept() {
	i := 0
	for n, it := range r.o.items {
		if it.skipped || i >= len(r.kept) {
			continue
		}
		if was := r.o.frame(n); !bytes.Equal(r.kept[i], was) {
			r.o.fail(oracleView, fmt.Sprintf("frame %d to stay %s", i, showBytes(was)), showBytes(r.kept[i])+" at the end")
		}
		i++
	}
}

// recover turns a panic of the parser into a broken oracle.
func (o *outcome) recover() {
	switch p := recover().(type) {
	case nil:
	case spin:
		o.fail(oracleProgress, "an end or an error", p.String())
	default:
		o.fail(oraclePanic, "no panic", fmt.Sprintf("panic: %v%s", p, culprit(string(debug.Stack()))))
	}
}

// culprit returns the line of the stack in which the panic arose.
func culprit(stack string) string {
	_, below, _ := strings.Cut(stack, "panic(")
	lines := strings.Split(below, "\n")
	for i := 3; i < len(lines); i += 2 {
		at := strings.TrimSpace(lines[i])
		if at, _, ok := strings.Cut(at, " +0x"); ok && !strings.Contains(at, "/src/runtime/") {
			return " at " + filepath.Base(at)
		}
	}
	return ""
}

// passes reports whether err is an error of a source after which it goes on.
func passes(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ErrTransient)
}
