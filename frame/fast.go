package frame

import (
	"bytes"
	"encoding/binary"
)

// Most frames of a busy stream are easy: whole in the buffer, with a prefix of one or two bytes or with one byte behind them. For
// them there is a shorter way than Scan, whose call through an interface and whose many fields cost several times what
// 16 bytes of payload do; BenchmarkRead and BenchmarkReadLines show it. What is not easy the general path does, and what is, it
// would give as well: the laws, which read the same streams whole and in pieces, see to that.

// easy says which frames are easy.
type easy struct {
	kind easyKind
	end  byte // easyLine: what stands behind the payload
	cr   bool // easyLine: a CR before the end does not count
}

type easyKind uint8

const (
	easyNone   easyKind = iota
	easyVarint          // those of a strict Varint
	easyLine            // those that end in one byte
)

// easyOf returns which frames of framing are easy.
func easyOf(framing Framing) easy {
	switch f := framing.(type) {
	case Varint:
		if f == (Varint{}) {
			return easy{kind: easyVarint}
		}
	case Lines:
		if !f.Strict && !f.Keep {
			return easy{kind: easyLine, end: '\n', cr: true}
		}
	case Delimiter:
		if delims, err := f.delims(); err == nil && len(delims) == 1 && len(delims[0]) == 1 && !f.Keep {
			return easy{kind: easyLine, end: delims[0][0]}
		}
	}
	return easy{}
}

// readVarint and readLine return the next frame if it is an easy one, and otherwise nil. They are for a Reader that is between
// two frames, with nothing left to do of the one before, and without an error; and so they leave it, if perhaps with more bytes
// in the buffer, for the general path. An error of the source they put back, for the general path to meet again.
func (r *Reader) readVarint() []byte {
	for {
		buf := r.in.buf[r.in.start:r.in.end]
		head, size := easyPrefix(buf)
		if size > r.Max && r.Max > 0 || head == 0 { // two bytes of prefix never exceed DefaultMax
			return nil
		}
		end := head + size
		if end <= len(buf) {
			r.in.start += end
			return buf[head:end:end]
		}
		if !r.more(end - len(buf)) {
			return nil
		}
	}
}

// easyPrefix returns the size of the prefix at the start of buf, and what it says, if it is a minimal varint of one or two bytes.
// Otherwise it returns zeros.
func easyPrefix(buf []byte) (head, size int) {
	if len(buf) > 0 && buf[0] < 0x80 {
		return 1, int(buf[0])
	}
	if len(buf) > 1 && 0 < buf[1] && buf[1] < 0x80 {
		return 2, int(buf[0]&0x7f) | int(buf[1])<<7
	}
	return 0, 0
}

func (r *Reader) readLine() []byte {
	for mark := 0; ; {
		buf := r.in.buf[r.in.start:r.in.end]
		size := bytes.IndexByte(buf[mark:], r.easyFrames.end)
		if size < 0 {
			if mark = len(buf); r.overLimit(mark) || !r.more(1) {
				return nil
			}
			continue
		}
		size += mark
		end := size + 1
		if r.easyFrames.cr && size > 0 && buf[size-1] == '\r' {
			size--
		}
		if r.overLimit(size) {
			return nil
		}
		r.in.start += end
		r.in.last = end
		return buf[:size:size]
	}
}

// overLimit reports whether a payload of size bytes, or of more, is too large.
func (r *Reader) overLimit(size int) bool {
	return size > r.Max && (r.Max > 0 || r.Max == 0 && size > DefaultMax)
}

// more reads more of a frame that lacks need bytes, and reports whether some came.
func (r *Reader) more(need int) bool {
	err := r.in.fill(need, r.Exact)
	if err != nil {
		r.in.err = err
	}
	return err == nil
}

// appendVarint appends payload as an easyVarint frame to dst, without a call through an interface.
func appendVarint(dst, payload []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(payload))), payload...)
}
