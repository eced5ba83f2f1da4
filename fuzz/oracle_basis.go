package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime/metrics"
)

// basis returns what the parser makes of the first n bytes of the stream when
// they come in one piece. The first time, it asks all oracles that need no plan.
func (t *tester) basis(n int) *basis {
	if b := t.bases[n]; b != nil {
		return b
	}
	b := &basis{size: n}
	t.bases[n] = b
	stream := t.stream[:n:n]
	t.begins(kase{stream: stream})
	t.measured(b, stream)
	t.locate(b, stream)
	t.checkModel(b, stream)
	if b.broken != "" {
		t.report(Finding{Oracle: b.broken, Stream: stream, Want: b.want, Got: b.got})
	}
	return b
}

// freeMemory is how many bytes a parser may take whatever its peer sends, and
// paidMemory how many for each byte that came: a frame of one byte that is
// allocated costs as much.
const (
	freeMemory = 512 << 10
	paidMemory = 64
)

// measured reads stream and asks how much memory that took. Other goroutines
// take memory too, for a long time if this one has to wait: what seems too much
// has to be too much every time.
func (t *tester) measured(b *basis, stream []byte) {
	allowed := uint64(freeMemory + paidMemory*len(stream))
	least := uint64(math.MaxUint64)
	for tries := range 50 {
		before := allocated()
		r := begin(t.format, stream, nil, &b.outcome)
		r.run()
		r.again()
		r.end()
		least = min(least, allocated()-before)
		if least <= allowed || b.broken != "" {
			return
		}
		if tries > 6 && least > 16*allowed {
			break // no neighbour takes as much every time
		}
	}
	b.fail(oracleMemory, fmt.Sprintf("at most %d KiB allocated for these %d bytes", allowed>>10, len(stream)),
		fmt.Sprintf("%d KiB", least>>10))
}

// allocated returns how many bytes the process has ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// locate finds out where the frames end in the stream: where what was read, and
// appended again, gives the same bytes, or where the samples stand.
func (t *tester) locate(b *basis, stream []byte) {
	if b.broken != "" {
		return
	}
	wires := t.again(b)
	rest := stream
	for i, wire := range wires {
		if len(wire) == 0 || !bytes.HasPrefix(rest, wire) {
			t.otherwise(b, i, wire, rest)
			return
		}
		rest = rest[len(wire):]
		b.bounds = append(b.bounds, len(stream)-len(rest))
	}
	b.known = len(rest) == 0 && isEOF(b.err) && len(wires) == len(b.items)
}

// again returns the frames of b as they stand on the wire: from the encoder, or
// from the samples.
func (t *tester) again(b *basis) [][]byte {
	var wires [][]byte
	for i, it := range b.items {
		if it.skipped {
			break
		}
		var wire []byte
		var err error
		if t.format.writes() {
			wire, err = t.format.encode(nil, b.frame(i))
		} else {
			wire = t.samples.wireOf(b.frame(i))
		}
		if err != nil {
			wire = nil
		}
		wires = append(wires, wire)
	}
	return wires
}

// otherwise deals with a frame that is written in other bytes than those that
// it was read from: a canonical format never does that, and for every other one
// those bytes have to be the same frame.
func (t *tester) otherwise(b *basis, i int, wire, rest []byte) {
	if t.format.Canonical {
		b.fail(oracleCanonical, fmt.Sprintf("%s written again as %s", showBytes(b.frame(i)), showBytes(rest[:min(len(wire), len(rest))])),
			showBytes(wire))
		return
	}
	if len(wire) > 0 && t.format.writes() {
		t.checkPayloads(nil, [][]byte{bytes.Clone(b.frame(i))})
	}
}

// checkModel asks whether the model reads the same.
func (t *tester) checkModel(b *basis, stream []byte) {
	if b.broken != "" || t.format.Model == nil {
		return
	}
	frames, err := t.format.Model(bytes.Clone(stream))
	got := b.frames()
	same := len(frames) == len(got) && isEOF(err) == isEOF(b.err)
	for i := 0; same && i < len(frames); i++ {
		same = bytes.Equal(frames[i], got[i])
	}
	for _, class := range t.format.classes() {
		same = same && errors.Is(err, class) == errors.Is(b.err, class)
	}
	if !same {
		b.fail(oracleModel, showFrames(frames, showError(err))+", as the model says", b.String())
	}
}
