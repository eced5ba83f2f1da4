package frame

import (
	"io"
	"math"
)

// skipFactor bounds what a Reader passes over to get behind a bad frame, in multiples of its limit.
const skipFactor = 4

// skipMax returns how many bytes the Reader passes over at most for one bad frame.
func (r *Reader) skipMax() int64 {
	if limit := r.limit(); limit < math.MaxInt64/skipFactor {
		return limit * skipFactor
	}
	return math.MaxInt64
}

// pass drops what is left of a bad frame, unless that is too much. A stream that ends there ends without a further error. After
// an error of the source it can be called again.
func (r *Reader) pass() error {
	for r.rest != 0 {
		if r.passed > r.skipMax() {
			return r.refuse(&Error{Err: ErrTooLarge, Limit: r.limit()})
		}
		got, err := r.passBuffered()
		if err == nil && !got {
			err = r.fill()
		}
		if err == io.EOF {
			r.in.discard(len(r.in.bytes()))
			r.next()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// passBuffered drops what is there of the frame, and reports whether it got any further.
func (r *Reader) passBuffered() (got bool, err error) {
	buf := r.in.bytes()
	switch {
	case len(buf) == 0:
		return false, nil
	case r.rest < 0:
		return r.passUnsized(buf)
	}
	n := min(r.rest, int64(len(buf)))
	r.in.discard(int(n))
	if r.rest -= n; r.rest == 0 {
		r.next()
	}
	return true, nil
}

// passUnsized drops what is certain to be payload of a frame whose size is not known, or learns its size.
func (r *Reader) passUnsized(buf []byte) (got bool, err error) {
	s, err := r.framing.Scan(buf, r.scan, false)
	if err != nil && s.Size == 0 {
		return false, r.refuse(asError(err))
	}
	n := s.Head + s.Body
	r.passed += int64(s.Body)
	if s.Size > 0 {
		r.scan, r.rest = Scan{}, s.Size
		return true, nil
	}
	r.in.discard(n)
	r.scan = s.cut(n)
	return n > 0, nil
}
