package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// faultLengths announces a payload of every power of two, one less and one more,
// in all the ways in which lengths are written, with a few bytes behind. A parser
// that takes memory for what is announced is not tried with more than one.
func faultLengths(t *tester) {
	if t.announce(); t.bomb() {
		return
	}
	for k := range 65 {
		for _, length := range around(k) {
			for _, head := range heads(length) {
				t.check(append(head, "some bytes"...), Plan{1, Repeat})
			}
		}
	}
}

// around returns 2^k-1, 2^k and 2^k+1, as far as 64 bits hold them.
func around(k int) []uint64 {
	if k == 64 {
		return []uint64{math.MaxUint64}
	}
	return []uint64{1<<k - 1, 1 << k, 1<<k + 1}
}

// heads are the ways in which a length is written in front of a payload: first
// those that mean little when they are read in another way.
func heads(length uint64) [][]byte {
	var heads [][]byte
	for _, width := range []int{4, 8, 3, 2, 1} {
		big, little := fixedLength(length, width)
		heads = append(heads, big, little)
	}
	return append(heads,
		binary.AppendUvarint(nil, length),
		binary.AppendUvarint(nil, length<<1), // zigzag
		fmt.Appendf(nil, "%d:", length),
		fmt.Appendf(nil, "%d ", length),
		fmt.Appendf(nil, "%d\r\n", length),
		fmt.Appendf(nil, "$%d\r\n", length),
		fmt.Appendf(nil, "%x\r\n", length),
		fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", length),
	)
}

// fixedLength returns the lowest bytes of length in both orders.
func fixedLength(length uint64, width int) (big, little []byte) {
	big = binary.BigEndian.AppendUint64(nil, length)[8-width:]
	little = slices.Clone(big)
	slices.Reverse(little)
	return big, little
}

// bombBits is the power of two with which it is tried whether a parser takes the
// memory that is announced: enough to notice, and no more.
const bombBits = 24

// announce announces one length at the start of a stream, and in every place in
// the first bytes of a frame, for formats whose length stands behind something
// else. It stops at the first that is believed.
func (t *tester) announce() {
	var frame []byte
	if len(t.samples.good) > 0 {
		frame = t.samples.good[len(t.samples.good)-1].wire
	}
	for at := range min(len(frame), 40) + 1 {
		for _, head := range heads(1 << bombBits) {
			if t.found[oracleMemory] > 0 {
				return
			}
			t.check(slices.Concat(frame[:at], head, frame[min(at+len(head), len(frame)):], make([]byte, 10)), nil)
		}
	}
}

// bomb reports whether the parser takes the memory that a stream announces, so
// that it must not be given just any stream.
func (t *tester) bomb() bool {
	if t.bombs == nil {
		gate := t.helper()
		gate.announce()
		t.cases += gate.cases
		found := gate.found[oracleMemory] > 0
		t.bombs = &found
	}
	return *t.bombs
}

// faultLimit writes and reads payloads on both sides of the limit.
func faultLimit(t *tester) {
	if t.format.Max <= 0 || !t.format.writes() {
		return
	}
	for _, size := range []int{t.format.Max - 1, t.format.Max, t.format.Max + 1, t.format.Max + 2, 2*t.format.Max + 1} {
		t.checkSize(size, 0)
	}
}

// faultSizes writes and reads payloads of every power of two, one less and one
// more.
func faultSizes(t *tester) {
	for k := 1; k <= 17 && t.format.writes(); k++ {
		if t.quick && k > 12 && k != 16 {
			continue
		}
		for _, size := range around(k) {
			if t.format.Max <= 0 || int(size) <= t.format.Max {
				t.checkSize(int(size), 8<<10)
			}
		}
	}
}

// checkSize writes and reads a payload of size bytes that mean nothing, and cuts
// its frame near both ends; in single bytes if it has at most single.
func (t *tester) checkSize(size, single int) {
	payload := bytes.Repeat([]byte("z"), size)
	t.checkPayloads(nil, [][]byte{payload})
	var wire []byte
	if quiet(func() { wire, _ = t.format.encode(nil, payload) }); wire == nil {
		return
	}
	for i := 1; i < min(6, len(wire)); i++ {
		t.check(wire, SplitAt(i))
		t.check(wire, SplitAt(len(wire)-i))
		t.check(wire, Plan{Step(len(wire) - i), EOF})
	}
	t.check(wire, Plan{1448, Repeat})
	if size <= max(single, 1<<10) {
		t.check(wire, Plan{1, Repeat})
	}
}
