package frame

import (
	"bytes"
	"slices"
)

// COBS ends each payload with a zero byte, and takes the zeros out of the payload: Consistent Overhead Byte Stuffing, by
// Cheshire and Baker, 1999. The payload, with one more zero imagined behind it, is cut after each of its zeros. Each piece is
// written as a block: a code, which is one more than the number of bytes that follow, and those bytes; the zero itself is left
// out. Where 254 bytes hold no zero, they are a block of their own with the code ff, and no zero is left out.
//
//	┌──────┬───────────────┬─ ─ ─ ─┬────┐
//	│ code │ code-1 bytes  │       │ 00 │         11 22 00 33:   03 11 22 │ 02 33 │ 00
//	├──────┴───────────────┼─ ─ ─ ─┼────┘         00:            01 │ 01 │ 00
//	│◄────── block ───────►│       │              "":            01 │ 00
//
// It suits serial lines and whatever else may lose bytes: after any loss, the next zero is the end of a frame. It costs two
// bytes, and one more for each 254 of payload at most. A payload may hold anything.
//
// Zeros that follow each other directly stand for no frames. It is not canonical: a last block 01 behind one with the code ff
// adds nothing; some encoders write it, and Scan accepts it.
type COBS struct{}

const (
	cobsRun  = 254         // bytes that the largest block holds
	cobsFull = cobsRun + 1 // its code
)

var zero = []byte{0}

// AppendFrame appends payload in blocks, and a zero, to dst. It returns no error.
func (COBS) AppendFrame(dst, payload []byte) ([]byte, error) {
	dst = slices.Grow(dst, len(payload)+len(payload)/cobsRun+2)
	for more := true; more; {
		var run []byte
		run, payload, more = bytes.Cut(payload, zero)
		dst = appendRun(dst, run, more)
	}
	return append(dst, 0), nil
}

// appendRun appends the blocks of bytes without a zero among them. If more, a zero follows them in the payload.
func appendRun(dst, run []byte, more bool) []byte {
	full := false
	for len(run) >= cobsRun {
		dst = append(append(dst, cobsFull), run[:cobsRun]...)
		run, full = run[cobsRun:], true
	}
	if full && len(run) == 0 && !more {
		return dst
	}
	return append(append(dst, byte(len(run)+1)), run...)
}

// Scan finds the frame at the start of buf; see [Framing]. It looks at each byte once, however the bytes arrive. Its one error
// is [ErrStuffing], behind which a Reader can go on.
func (COBS) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size == 0 && buf[0] == 0 {
		return Scan{Tail: 1, Size: 1, Blank: true}, nil
	}
	end, ended := len(buf), false
	if i := bytes.IndexByte(buf[s.Body:], 0); i >= 0 {
		end, ended = s.Body+i, true
	}
	code, plain, n := codes(buf[:end], s.Mark, s.Note)
	stuff := s.Stuff + n
	if !ended {
		return Scan{Body: end, Stuff: stuff, Size: -1, Need: 1, Mark: code, Note: plain}, nil
	}
	var err error
	if code > end {
		err = &Error{Err: ErrStuffing, At: end}
	}
	return Scan{Body: end, Tail: 1, Stuff: stuff, Size: int64(end) + 1}, err
}

// codes goes from code to code through body, and returns where the next one stands. A code also stands for the zero that the
// block before it left out, except at plain: the first code of a frame, and one behind a full block. Of these there were n.
func codes(body []byte, code, plain int) (next, nextPlain, n int) {
	for code < len(body) {
		if code == plain {
			n++
		}
		size := int(body[code])
		code += size
		if size == cobsFull {
			plain = code
		}
	}
	return code, plain, n
}

// Unstuff appends the payload that the blocks of body stand for to dst; see [Unstuffer].
func (COBS) Unstuff(dst, body []byte) []byte {
	dst = slices.Grow(dst, len(body))
	for len(body) > 0 {
		code := max(1, int(body[0]))
		n := min(code, len(body))
		dst = append(dst, body[1:n]...)
		if body = body[n:]; code < cobsFull && len(body) > 0 {
			dst = append(dst, 0)
		}
	}
	return dst
}
