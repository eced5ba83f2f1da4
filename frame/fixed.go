package frame

import (
	"cmp"
	"errors"
	"math"
)

// Fixed puts a length of a fixed number of bytes in front of the payload: the framing of most binary protocols. The zero value
// is the commonest form, four bytes with the highest first, which count the payload alone; [NewFixed] makes any other.
//
//	┌───────────┬─────────────────────┐
//	│ length: 4 │ payload             │            "hi":   00 00 00 02 │ 68 69
//	└───────────┴─────────────────────┘
//
// Every layout that can be read can be written. Bytes of the head that are neither handed over nor magic nor length are passed
// over when reading, whatever they are, and written as zeros. With a layout that has none of those it is canonical: what it
// accepts re-encodes to the same bytes.
type Fixed struct {
	layout *Layout // with all its numbers; nil stands for fourBytes
}

var fourBytes = &Layout{Width: 4}

// NewFixed returns the framing of layout, or [ErrConfig] if there can be no such frames: a Width of more than 8, a head of more
// than 64 KiB, Counts or Keep that are more than the head has, a length that could never be as large as what it counts.
func NewFixed(layout Layout) (Fixed, error) {
	layout, err := layout.resolved()
	if err != nil {
		return Fixed{}, err
	}
	return Fixed{&layout}, nil
}

func (f Fixed) resolved() *Layout { return cmp.Or(f.layout, fourBytes) }

// AppendFrame appends payload as one frame to dst. Its errors are [ErrTooLarge], for a length that Width bytes cannot tell;
// [ErrEmpty]; and, where a part of the head is kept, [ErrLength] and [ErrMagic] for a payload that does not begin with the
// right one.
func (f Fixed) AppendFrame(dst, payload []byte) ([]byte, error) {
	l := f.resolved()
	if len(payload) < l.Keep {
		return dst, &Error{Op: "write", Err: ErrLength, At: len(payload)}
	}
	head, err := l.appendHead(dst, uint64(len(payload)-l.Keep))
	if err != nil {
		return dst, err
	}
	frame := append(head[:len(head)-l.Keep], payload...)
	if l.Keep > 0 {
		if err := f.gives(frame[len(dst):]); err != nil {
			return dst, refused(err, l.drop())
		}
	}
	return frame, nil
}

// appendHead appends the whole head of a frame with n bytes behind it.
func (l *Layout) appendHead(dst []byte, n uint64) ([]byte, error) {
	most := l.most() - uint64(l.Counts)
	switch {
	case n > most:
		limit := min(most+uint64(l.Keep), math.MaxInt64)
		return dst, &Error{Op: "write", Err: ErrTooLarge, Size: n + uint64(l.Keep), Limit: int64(limit)}
	case n == 0 && l.NoEmpty:
		return dst, &Error{Op: "write", Err: ErrEmpty}
	}
	dst = append(dst, l.Magic...)
	dst = append(dst, make([]byte, l.Before)...)
	dst = l.appendNumber(dst, n+uint64(l.Counts))
	return append(dst, make([]byte, l.After)...), nil
}

// AppendHead appends the head of a frame with a payload of size bytes to dst; see [Wrapper]. A layout that keeps some of it is
// not supported. Its other errors are those of AppendFrame.
func (f Fixed) AppendHead(dst []byte, size int64) ([]byte, error) {
	l := f.resolved()
	if l.Keep > 0 {
		return dst, errors.ErrUnsupported
	}
	return l.appendHead(dst, uint64(size))
}

// AppendTail appends nothing, since nothing follows the payload; see [Wrapper].
func (Fixed) AppendTail(dst []byte) []byte { return dst }

// gives returns an error if Scan does not find frame, and all of it.
func (f Fixed) gives(frame []byte) error {
	s, err := f.Scan(frame, Scan{}, false)
	if err == nil && s.Size != int64(len(frame)) {
		l := f.resolved()
		err = &Error{Err: ErrLength, At: l.end() - 1}
	}
	return err
}

// refused returns err, which Scan found in a frame that was to be written. Its payload begins after the first drop bytes.
func refused(err error, drop int) error {
	e := asError(err)
	e.Op, e.At = "write", max(e.At-drop, 0)
	return e
}

// Scan finds the frame at the start of buf; see [Framing]. Its errors are [ErrMagic]; [ErrLength], for a length that is negative
// or smaller than what it counts; [ErrEmpty], behind which the stream goes on; and [ErrTooLarge] for a frame whose size no int64
// holds. The first two come with the first byte that decides, the others once all is there of the head that is not handed over
// and of the length.
func (f Fixed) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size > 0 {
		return s.arrived(len(buf)), nil
	}
	l := f.resolved()
	if err := l.check(buf, s.Mark); err != nil {
		return Scan{}, err
	}
	if len(buf) < max(l.end(), l.drop()) {
		return Scan{Head: len(buf), Size: -1, Need: l.head() - len(buf), Mark: len(buf)}, nil
	}
	payload := l.number(buf[l.at():l.end()]) - uint64(l.Counts)
	s, err := sized(l.head(), payload, 0, len(buf))
	if err != nil {
		return Scan{}, err
	}
	s.Head = l.drop()
	if payload == 0 && l.NoEmpty {
		err = &Error{Err: ErrEmpty, At: l.end() - 1}
	}
	return s.arrived(len(buf)), err
}

// check looks for the first byte of the head that cannot stand there. The first mark bytes were looked at before.
func (l *Layout) check(buf []byte, mark int) error {
	for i := mark; i < min(len(l.Magic), len(buf)); i++ {
		if buf[i] != l.Magic[i] {
			return &Error{Err: ErrMagic, At: i}
		}
	}
	end := min(l.end(), len(buf))
	if end == l.end() && l.fits(l.number(buf[l.at():end])) {
		return nil
	}
	for i := max(mark, l.at()); i < end; i++ {
		if !l.fits(l.ceiling(buf[l.at() : i+1])) {
			return &Error{Err: ErrLength, At: i}
		}
	}
	return nil
}
