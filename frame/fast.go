package frame

import (
	"bytes"
	"math"
)

// Most frames of a busy stream are easy: whole in the buffer, with a prefix of one or two bytes or with one byte behind them. For
// them there is a shorter way than Scan, whose call through an interface and whose many fields cost several times what
// 16 bytes of payload do; BenchmarkRead and BenchmarkReadLines show it. What is not easy the general path does, and what is, it
// would give as well: the laws, which read the same streams whole and in pieces, see to that.

// easy says which frames readFast takes.
type easy struct {
	varint bool // those of a strict Varint
	line   bool // those that end in the byte end
	end    byte
	cr     bool // before which a CR does not count
}

// easyOf returns which frames of framing are easy.
func easyOf(framing Framing) easy {
	switch f := framing.(type) {
	case Varint:
		return easy{varint: f == Varint{}}
	case Lines:
		return easy{line: !f.Strict && !f.Keep, end: '\n', cr: true}
	case Delimiter:
		if delims, err := f.delims(); err == nil && len(delims) == 1 && len(delims[0]) == 1 && !f.Keep {
			return easy{line: true, end: delims[0][0]}
		}
	}
	return easy{}
}

// readFast returns the next frame if it is an easy one. Otherwise it returns nil and has done nothing. It is for a Reader that is
// between two frames, with nothing left to do of the one before, and without an error.
func (r *Reader) readFast() []byte {
	if r.easy.varint {
		return r.readVarint()
	}
	if r.easy.line {
		return r.readLine()
	}
	return nil
}

func (r *Reader) readVarint() []byte {
	buf := r.in.buf[r.in.start:r.in.end]
	if len(buf) < 2 {
		return nil
	}
	head, size := 1, int(buf[0])
	if size >= 0x80 {
		if buf[1]-1 >= 0x7f { // 0 is not minimal, 0x80 and more has a third byte
			return nil
		}
		head, size = 2, size&0x7f|int(buf[1])<<7
	}
	end := head + size
	if end > len(buf) || size > r.Max && r.Max > 0 { // two bytes of prefix never exceed DefaultMax
		return nil
	}
	r.in.start += end
	return buf[head:end:end]
}

func (r *Reader) readLine() []byte {
	buf := r.in.buf[r.in.start:r.in.end]
	size := bytes.IndexByte(buf, r.easy.end)
	if size < 0 {
		return nil
	}
	end := size + 1
	if r.easy.cr && size > 0 && buf[size-1] == '\r' {
		size--
	}
	if int64(size) > r.limit() {
		return nil
	}
	r.in.start += end
	return buf[:size:size]
}

// scanFast brings r.scan up to date with buf, as Scan would, and reports true, if the frame is easy to follow: one whose size is
// known, or a line.
func (r *Reader) scanFast(buf []byte) bool {
	s := &r.scan
	switch {
	case r.easy.varint && s.Size > 0:
		s.Body = int(min(int64(len(buf)-s.Head), s.payload()))
		s.Need = int(min(max(s.Size-int64(len(buf)), 0), math.MaxInt))
		return true
	case r.easy.line:
		i := bytes.IndexByte(buf[s.Mark:], r.easy.end)
		body := s.Mark + i
		if i < 0 {
			body = len(buf)
		}
		size := body + 1
		if r.easy.cr && body > 0 && buf[body-1] == '\r' {
			body--
		}
		if i < 0 {
			s.Body, s.Mark, s.Size, s.Need = body, body, -1, 1
		} else {
			s.Body, s.Tail, s.Size, s.Need = body, size-body, int64(size), 0
		}
		return true
	}
	return false
}
