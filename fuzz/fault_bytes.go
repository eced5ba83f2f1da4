package fuzz

import (
	"math/rand/v2"
	"slices"
)

// faultFlip inverts every bit of a stream.
func faultFlip(t *tester) {
	for i := range t.samples.short {
		for bit := range 8 {
			stream := slices.Clone(t.samples.short)
			stream[i] ^= 1 << bit
			t.checkSpoiled(stream, i)
		}
	}
}

// faultInsert puts a byte in every place.
func faultInsert(t *tester) {
	for i := range t.samples.short {
		for _, b := range []byte{0, 1, '\n', '0', 0x80, 0xff} {
			t.checkSpoiled(slices.Insert(slices.Clone(t.samples.short), i, b), i)
		}
	}
}

// faultDelete takes a byte out of every place, two, and four.
func faultDelete(t *tester) {
	for i := range t.samples.short {
		for _, n := range []int{1, 2, 4} {
			end := min(i+n, len(t.samples.short))
			t.checkSpoiled(slices.Delete(slices.Clone(t.samples.short), i, end), i)
		}
	}
}

// faultDouble has every byte twice, and every four bytes.
func faultDouble(t *tester) {
	for i := range t.samples.short {
		for _, n := range []int{1, 4} {
			end := min(i+n, len(t.samples.short))
			t.checkSpoiled(slices.Insert(slices.Clone(t.samples.short), i, t.samples.short[i:end]...), i)
		}
	}
}

// checkSpoiled reads a stream that is wrong at one place: whole, in single
// bytes, and cut on both sides of that place. It leaves out parsers that take
// whatever memory a stream says, since one of these might take all there is.
func (t *tester) checkSpoiled(stream []byte, at int) {
	if t.bomb() {
		return
	}
	t.check(stream, Plan{1, Repeat})
	t.check(stream, SplitAt(at))
	t.check(stream, SplitAt(at+1))
}

// faultAlphabet reads all short streams of bytes that mean something.
func faultAlphabet(t *tester) {
	letters := t.alphabet()
	size := 4
	if t.quick || raceEnabled {
		size = 3
	}
	var grow func(stream []byte)
	grow = func(stream []byte) {
		if t.bomb() {
			return
		}
		t.check(slices.Clone(stream), Plan{1, Repeat})
		for _, b := range letters {
			if len(stream) < size {
				grow(append(stream, b))
			}
		}
	}
	grow(make([]byte, 0, size))
}

// alphabet returns bytes that stand where frames of the format begin and end,
// and some that mean something to many.
func (t *tester) alphabet() []byte {
	letters := []byte{0, 1, '\n', 0xff}
	for _, one := range t.samples.good {
		for _, b := range []byte{one.wire[0], one.wire[len(one.wire)-1]} {
			if len(letters) < 8 && !slices.Contains(letters, b) {
				letters = append(letters, b)
			}
		}
	}
	return letters
}

// faultNoise reads bytes drawn at random, always the same ones, alone and behind
// good frames.
func faultNoise(t *tester) {
	random := rand.NewChaCha8([32]byte{'d', 'e', 'm', 'a', 'r', 'c'})
	for n := range 200 {
		if t.bomb() {
			return
		}
		noise := make([]byte, 1+n)
		random.Read(noise)
		if n%2 > 0 {
			noise = slices.Concat(t.samples.tiny, noise)
		}
		t.check(noise, Plan{1, Repeat})
		t.check(noise, Plan{7, 0, Repeat})
	}
}
