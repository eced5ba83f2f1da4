package codec

import "sync"

// A scanner passes over one msgpack value and refuses what the limits do not allow, and what would make msgpack/v5 panic,
// allocate on the peer's word, or read something else than stands there. It decodes nothing, does not recurse, and allocates
// nothing once its stacks have grown.
//
// It can stop where the bytes end and go on when there are more, so that Append can check while it encodes.
type scanner struct {
	limits *limits
	exts   *Exts   // that the payload may have
	around int     // levels around the value, which count too
	whole  bool    // the payload is complete: what it announces must be there
	at     int     // offset of the next element
	depth  int     // index of the innermost open level
	outer  uint64  // elements that the levels outside the innermost have left
	total  uint64  // elements announced so far
	levels []level // one for each open container; the first holds the value itself
	keys   keySet
	cut    Error // the ErrTruncated of advance, kept here because Append drops most of them
}

// A level is an open container.
type level struct {
	left int  // elements still to come; in a map, keys and values
	keys bool // it is a map: while left is even, a key is next
	mark mark
}

// begin makes s ready for a payload under the limits l, which it keeps.
func (s *scanner) begin(l *limits) { s.beginInside(l, l.exts, 0, 1) }

// beginInside makes s ready for a value that has containers around it, and that is element number total of its payload.
func (s *scanner) beginInside(l *limits, exts *Exts, around, total int) {
	if len(s.levels) <= l.depth {
		s.levels = make([]level, l.depth+1)
	}
	s.levels[0] = level{left: 1}
	s.limits, s.exts, s.around, s.total = l, exts, around, uint64(total)
	s.whole, s.at, s.depth, s.outer = false, 0, 0, 0
}

var scanners = sync.Pool{New: func() any { return &scanner{keys: newKeySet()} }}

// free lets go of the payload and puts s back into the pool.
func (s *scanner) free() {
	s.keys.reset()
	scanners.Put(s)
}

// check scans the payload p, which is complete, to its end.
func (s *scanner) check(p []byte) *Error {
	s.whole = true
	if err := s.advance(p); err == &s.cut {
		cut := s.cut
		return &cut
	} else if err != nil {
		return err
	}
	if s.at < len(p) {
		return &Error{Err: ErrTrailing, Offset: s.at, Found: int64(len(p) - s.at)}
	}
	return nil
}

// checkSoFar scans the part p of a payload that is still growing. Each call gets the bytes of the last and more.
func (s *scanner) checkSoFar(p []byte) *Error {
	if err := s.advance(p); err != &s.cut {
		return err
	}
	return nil
}

// advance scans from s.at to the end of the value. If p ends before, it leaves s.at at the element that is cut off and
// returns &s.cut. It works on copies of s.at and of the innermost level, which are in registers, and tells the commonest
// elements apart by branches, which the processor foresees, rather than by the table of forms, for which it would wait.
func (s *scanner) advance(p []byte) (err *Error) {
	s.keys.payload = p
	at, top := s.at, s.levels[s.depth]
	for {
		for top.left == 0 {
			if s.depth == 0 {
				s.at, s.levels[0] = at, top
				return nil
			}
			top = s.close(top)
		}
		if at >= len(p) {
			err = s.truncated(p, at, "the next element", 1)
			break
		}
		isKey := top.keys && top.left&1 == 0
		end := at + 1
		c := p[at]
		switch {
		case c < 0x80 || c >= 0xe0: // an integer that is its own first byte
		case c >= 0xa0 && c < 0xc0: // a short str
			end += int(c & 0x1f)
			if end > len(p) || !s.limits.invalidUTF8 && !validUTF8(p[at+1:end]) {
				end, err = s.other(p, at, isKey)
			}
		case widths[c] != 0: // a bool or a number
			end += int(widths[c]) - 1
			if end > len(p) || isKey {
				end, err = s.other(p, at, isKey)
			}
		case !isKey && (c < 0xa0 || c >= 0xdc): // an array or map
			n, isMap := uint64(c&0x0f), c < 0x90
			if c >= 0xdc {
				n, isMap, end, err = s.long(p, at)
			}
			if err != nil {
				break
			}
			top.left--
			s.outer += uint64(top.left)
			if n, err = s.open(p, at, end, n, isMap); err == nil {
				s.levels[s.depth] = top
				s.depth++
				top = level{left: int(n), keys: isMap, mark: s.keys.open()}
				at = end
				continue
			}
		default:
			end, err = s.other(p, at, isKey)
		}
		if err == nil && isKey && !s.limits.duplicates {
			err = s.keys.unique(p, at, end, top.mark)
		}
		if err != nil {
			break
		}
		top.left--
		at = end
	}
	s.at, s.levels[s.depth] = at, top
	return err
}

// long returns the length of the array or map at at, which has digits for it, and where its head ends.
func (s *scanner) long(p []byte, at int) (n uint64, isMap bool, end int, err *Error) {
	f := forms[p[at]]
	if end = at + int(f.head); end > len(p) {
		return 0, false, 0, s.truncated(p, at, f.kind.String(), uint64(f.head))
	}
	return f.length(p[at:end]), f.kind == kindMap, end, nil
}

// open checks and counts the array or map of n elements or keys at at, whose head ends at end. It returns how many elements are inside.
func (s *scanner) open(p []byte, at, end int, n uint64, isMap bool) (uint64, *Error) {
	if isMap {
		n *= 2
	}
	if depth := s.depth + s.around; depth == s.limits.depth {
		return 0, &Error{Err: ErrTooDeep, Offset: at, What: s.what(p, at), Found: int64(depth + 1), Allowed: int64(depth)}
	}
	s.total += n
	if most := uint64(s.limits.elements); s.total > most {
		return 0, &Error{Err: ErrTooManyElements, Offset: at, What: s.what(p, at), Found: int64(s.total), Allowed: int64(most)}
	}
	// Each element has a byte or more. What the outer levels have left counts too: else containers inside containers could
	// each lay claim to the same bytes.
	if need := s.outer + n; s.whole && need > uint64(len(p)-end) {
		return 0, s.truncated(p, at, s.what(p, at), uint64(end-at)+need)
	}
	return n, nil
}

// what names the element at at.
func (s *scanner) what(p []byte, at int) string { return forms[p[at]].kind.String() }

// close leaves the innermost level, which is given, and returns the one around it.
func (s *scanner) close(top level) (outer level) {
	s.keys.close(top.mark)
	s.depth--
	outer = s.levels[s.depth]
	s.outer -= uint64(outer.left)
	return outer
}

// other scans the element at at, which advance has no short way for, and returns where it ends.
func (s *scanner) other(p []byte, at int, isKey bool) (end int, err *Error) {
	f := forms[p[at]]
	body := at + int(f.head)
	if body > len(p) {
		return 0, s.truncated(p, at, f.kind.String(), uint64(f.head))
	}
	if f.kind == kindExt && !s.exts.knows(int8(p[body-1])) {
		return 0, &Error{Err: ErrExt, Offset: at, Found: int64(int8(p[body-1]))}
	}
	if isKey && !f.kind.canBeKey() {
		return 0, &Error{Err: ErrMapKey, Offset: at, What: f.kind.String()}
	}
	switch f.kind {
	case kindStr, kindBin, kindExt: // what is in the body of an ext is up to the ext
		n := f.length(p[at:body])
		if n > uint64(len(p)-body) {
			return 0, s.truncated(p, at, f.kind.String(), uint64(f.head)+n)
		}
		end = body + int(n)
		if f.kind == kindStr && !s.limits.invalidUTF8 && !validUTF8(p[body:end]) {
			return 0, invalidUTF8(p, body, end)
		}
		return end, nil
	case kindNever:
		return 0, &Error{Err: ErrMalformed, Offset: at, What: "begins no element", Found: int64(p[at])}
	}
	return body, nil
}

// truncated says that the payload ends inside the element at at, which has need bytes or more.
func (s *scanner) truncated(p []byte, at int, what string, need uint64) *Error {
	s.cut = Error{Err: ErrTruncated, Offset: at, What: what, Found: int64(need), Allowed: int64(len(p) - at)}
	return &s.cut
}
