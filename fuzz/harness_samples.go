package fuzz

import (
	"bytes"
	"slices"
	"strings"
)

// hard are payloads that one framing or another finds hard: nothing, what ends
// lines, zeros, the marks of SLIP, what looks like a length, and one whose length
// takes a second byte in a varint.
var hard = []string{
	"", "x", "hi", strings.Repeat("z", 130), "\n", "\r", "a\r", "a\nb", "\r\n", "\x00", "\x00\xff\x00", "\xc0", "\xdb\xdc", "12:", "hello", "\x80\x01", "\xff\xff",
	"\x00\x00\x00\x02", "yy",
}

// The sizes of the streams that are cut: at every two places, and where every
// case is dear.
const (
	shortSize = 176
	tinySize  = 48
)

// samples are the payloads, frames and streams that a format is tested with.
type samples struct {
	payloads [][]byte // those that are written, whether they come back or not
	good     []sample // those that come back
	short    []byte   // a stream of them
	tiny     []byte   // another, of small ones
	tinies   [][]byte // its payloads, if the format writes
	turned   []byte   // all of them, the last one first
}

// A sample is one frame.
type sample struct{ payload, wire []byte }

func newSamples(f *Format) *samples {
	s := &samples{payloads: f.payloads()}
	if f.writes() {
		s.encode(f)
	} else {
		s.read(f)
	}
	s.short, _ = s.stream(shortSize, shortSize)
	s.tiny, s.tinies = s.stream(tinySize, tinySize/3)
	for _, one := range slices.Backward(s.good) {
		s.turned = append(s.turned, one.wire...)
	}
	return s
}

// payloads returns what is to be written.
func (f *Format) payloads() [][]byte {
	if len(f.Payloads) > 0 {
		return f.Payloads
	}
	var payloads [][]byte
	for _, p := range hard {
		if f.Max <= 0 || len(p) <= f.Max {
			payloads = append(payloads, []byte(p))
		}
	}
	return payloads
}

// encode makes samples of the payloads that come back; of all that can be
// written, if none does.
func (s *samples) encode(f *Format) {
	var written []sample
	for _, p := range s.payloads {
		var wire []byte
		if quiet(func() { wire, _ = f.encode(nil, bytes.Clone(p)) }); len(wire) == 0 {
			continue
		}
		written = append(written, sample{p, wire})
		var o outcome
		readStream(f, wire, nil, &o)
		if o.broken == "" && len(o.items) == 1 && bytes.Equal(o.buf, p) && isEOF(o.err) {
			s.good = append(s.good, sample{p, wire})
		}
	}
	if len(s.good) == 0 {
		s.good = written
	}
}

// read makes samples of frames for which there is no encoder.
func (s *samples) read(f *Format) {
	for _, wire := range f.Samples {
		var o outcome
		readStream(f, wire, nil, &o)
		s.good = append(s.good, sample{bytes.Clone(o.buf), wire})
	}
}

// quiet calls f and reports whether it came back without a panic.
func quiet(f func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	f()
	return true
}

// stream returns a stream of at most size bytes: the samples of at most most
// bytes, again and again, but for those that have no room.
func (s *samples) stream(size, most int) (stream []byte, payloads [][]byte) {
	for before := -1; before < len(stream); {
		before = len(stream)
		for _, one := range s.good {
			if len(one.wire) <= min(most, size-len(stream)) {
				stream = append(stream, one.wire...)
				payloads = append(payloads, one.payload)
			}
		}
	}
	if len(stream) == 0 && len(s.good) > 0 {
		return s.good[0].wire, [][]byte{s.good[0].payload}
	}
	return stream, payloads
}

// wireOf returns the frame of payload, if it is one of the samples.
func (s *samples) wireOf(payload []byte) []byte {
	for _, one := range s.good {
		if bytes.Equal(one.payload, payload) {
			return one.wire
		}
	}
	return nil
}
