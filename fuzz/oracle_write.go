package fuzz

import (
	"bytes"
	"errors"
	"fmt"
)

// checkPayloads writes payloads, with a Writer as plan says, and asks all
// oracles about what is on the wire, and about what is read from it.
func (t *tester) checkPayloads(plan Plan, payloads [][]byte) {
	if t.enough() {
		return
	}
	t.begins(kase{plan: plan, payloads: payloads})
	t.w.reset()
	t.writeAndRead(plan, payloads)
	if t.w.broken != "" {
		t.report(Finding{Oracle: t.w.broken, Plan: plan, Payloads: payloads, Want: t.w.want, Got: t.w.got})
	}
}

func (t *tester) writeAndRead(plan Plan, payloads [][]byte) {
	defer t.w.recover()
	var wires [][]byte
	for _, p := range payloads {
		wires = append(wires, t.checkEncoder(p))
	}
	if t.w.broken == "" && len(plan) == 0 {
		t.checkRoundTrip(payloads, wires)
	}
	if t.w.broken == "" && t.format.Writer != nil {
		t.checkWriter(plan, payloads, wires)
	}
}

// checkEncoder returns the frame of p, or nil if it is refused, and asks whether
// the encoder leaves alone what is not its own.
func (t *tester) checkEncoder(p []byte) []byte {
	const neighbour = "neighbour"
	room := append(bytes.Clone(p), neighbour...)
	dst := append(make([]byte, 0, 2*len(p)+64), "before"...)
	out, err := t.format.encode(dst, room[:len(p)])
	if !bytes.Equal(room[:len(p)], p) || string(room[len(p):]) != neighbour {
		t.w.fail(oracleEncoder, "the payload to be left alone, and what stands behind it", showBytes(room))
	}
	if err == nil && !bytes.HasPrefix(out, []byte("before")) {
		t.w.fail(oracleEncoder, "the frame to be appended to dst", showBytes(out))
	}
	if err != nil || t.w.broken != "" {
		return nil
	}
	return out[len("before"):]
}

// checkRoundTrip asks whether the payloads that the encoder took come back. One
// that is above the limit has to be refused by the reader, if not before.
func (t *tester) checkRoundTrip(payloads, wires [][]byte) {
	var stream []byte
	want := []string{}
	end, oracle := "io.EOF", oracleRoundTrip
	for i, wire := range wires {
		if wire == nil {
			continue
		}
		stream = append(stream, wire...)
		if t.format.Max > 0 && len(payloads[i]) > t.format.Max {
			end, oracle = "an error that it is too large", oracleLimit
			break
		}
		want = append(want, string(payloads[i]))
	}
	var got outcome
	readStream(t.format, stream, nil, &got)
	if got.broken != "" {
		t.w.fail(got.broken, got.want, got.got)
		return
	}
	t.compareRead(&got, want, end, oracle)
}

// compareRead asks whether got are the frames that are wanted, and whether the
// end is right.
func (t *tester) compareRead(got *outcome, want []string, end string, oracle Oracle) {
	frames, i := [][]byte{}, 0
	same := len(got.items) >= len(want)
	for ; i < len(want); i++ {
		frames = append(frames, []byte(want[i]))
		same = same && !got.items[i].skipped && string(got.frame(i)) == want[i]
	}
	if oracle == oracleLimit {
		skipped := i < len(got.items) && got.items[i].skipped
		same = same && (skipped || i == len(got.items) && t.refuses(got.err))
	} else {
		same = same && i == len(got.items) && isEOF(got.err)
		for _, p := range frames {
			if t.format.Max > 0 && len(p) >= t.format.Max-1 {
				oracle = oracleLimit
			}
		}
	}
	if !same {
		t.w.fail(oracle, showFrames(frames, end), got.String())
	}
}

// refuses reports whether err says that a payload is too large.
func (t *tester) refuses(err error) bool {
	if t.format.TooLarge == nil {
		return !isEOF(err)
	}
	return errors.Is(err, t.format.TooLarge)
}

// checkWriter writes payloads to a connection that takes them as plan says, and
// asks whether what is on the wire is what the writer says it is.
func (t *tester) checkWriter(plan Plan, payloads, wires [][]byte) {
	sink := newSource(nil, nil)
	sink.writes = script{plan: plan}
	write := t.format.Writer(sink)
	var errs []error
	for i, p := range payloads {
		sink.called()
		err := write(bytes.Clone(p))
		if errs = append(errs, err); err != nil && len(plan) > 0 && !t.format.Wary {
			break
		}
		if len(plan) == 0 && err != nil && wires[i] != nil && (t.format.Max == 0 || len(p) <= t.format.Max) {
			t.w.fail(oracleWrite, showBytes(p)+" to be written", showError(err))
		}
	}
	if !accounted(sink.wire(), wires[:len(errs)], errs) {
		t.w.fail(oracleWrite, "whole frames on the wire, one for each call that returned no error, and no bytes behind half a frame",
			fmt.Sprintf("%s after %s", showBytes(sink.wire()), showErrors(errs)))
	}
}

// accounted reports whether wire is what calls that returned errs may have left
// there: of a frame whose call returned no error all bytes, of any other all,
// none, or the first ones, if nothing follows them.
func accounted(wire []byte, wires [][]byte, errs []error) bool {
	if len(wires) == 0 {
		return len(wire) == 0
	}
	next := wires[0]
	whole := next != nil && bytes.HasPrefix(wire, next)
	if errs[0] == nil {
		return whole && accounted(wire[len(next):], wires[1:], errs[1:])
	}
	if whole && accounted(wire[len(next):], wires[1:], errs[1:]) {
		return true
	}
	if next != nil && bytes.HasPrefix(next, wire) && accounted(nil, wires[1:], errs[1:]) {
		return true
	}
	return accounted(wire, wires[1:], errs[1:])
}

// showErrors returns the results of calls in one line.
func showErrors(errs []error) string {
	text := ""
	for i, err := range errs {
		if i > 0 {
			text += ", "
		}
		text += showError(err)
	}
	return text
}
