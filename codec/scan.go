package codec

// A scanner passes over one msgpack value and refuses what the limits do not allow, and what would make msgpack/v5 panic,
// allocate on the peer's word, or read something else than stands there. It decodes nothing, does not recurse, and allocates
// nothing once its stacks have grown.
//
// It can stop where the bytes end and go on when there are more, so that Append can check while it encodes.
type scanner struct {
	limits limits
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

// begin makes s ready for a value under the limits l.
func (s *scanner) begin(l limits) {
	if len(s.levels) <= l.depth {
		s.levels = make([]level, l.depth+1)
	}
	s.levels[0] = level{left: 1}
	s.limits, s.whole, s.at, s.depth, s.outer, s.total = l, false, 0, 0, 0, 1
}

// end lets go of the payload.
func (s *scanner) end() { s.keys.reset() }

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
			if end > len(p) {
				err = s.truncated(p, at, "str", uint64(end-at))
			} else if !s.limits.invalidUTF8 && !validUTF8(p[at+1:end]) {
				err = invalidUTF8(p, at+1, end)
			}
		case forms[c].isContainer() && !isKey:
			if top, end, err = s.open(p, at, top); err == nil {
				at = end
				continue
			}
		default:
			end, err = s.other(p, at, isKey)
		}
		if err == nil && isKey && !s.limits.duplicates {
			err = s.key(p, at, end, top.mark)
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

// open scans the head of the array or map at at. It returns the new innermost level and where the head ends.
func (s *scanner) open(p []byte, at int, top level) (inner level, end int, err *Error) {
	f := forms[p[at]]
	if end = at + int(f.head); end > len(p) {
		return top, 0, s.truncated(p, at, f.kind.String(), uint64(f.head))
	}
	n := f.length(p[at:end])
	if f.kind == kindMap {
		n *= 2
	}
	if s.depth == s.limits.depth {
		return top, 0, &Error{Err: ErrTooDeep, Offset: at, What: f.kind.String(), Found: int64(s.depth + 1), Allowed: int64(s.depth)}
	}
	s.total += n
	if most := uint64(s.limits.elements); s.total > most {
		return top, 0, &Error{Err: ErrTooManyElements, Offset: at, What: f.kind.String(), Found: int64(s.total), Allowed: int64(most)}
	}
	// Each element has a byte or more. What the outer levels have left counts too: else containers inside containers could
	// each lay claim to the same bytes.
	top.left--
	s.outer += uint64(top.left)
	if need := s.outer + n; s.whole && need > uint64(len(p)-end) {
		return top, 0, s.truncated(p, at, f.kind.String(), uint64(f.head)+need)
	}
	s.levels[s.depth] = top
	s.depth++
	return level{left: int(n), keys: f.kind == kindMap, mark: s.keys.open()}, end, nil
}

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
	switch f.kind {
	case kindFloat, kindArray, kindMap:
		if isKey {
			return 0, &Error{Err: ErrMapKey, Offset: at, What: f.kind.String()}
		}
	case kindStr, kindBin:
		n := f.length(p[at:body])
		if n > uint64(len(p)-body) {
			return 0, s.truncated(p, at, f.kind.String(), uint64(f.head)+n)
		}
		end = body + int(n)
		if f.kind == kindStr && !s.limits.invalidUTF8 && !validUTF8(p[body:end]) {
			return 0, invalidUTF8(p, body, end)
		}
		return end, nil
	case kindExt:
		return 0, &Error{Err: ErrExt, Offset: at, Found: int64(int8(p[body-1]))}
	case kindNever:
		return 0, &Error{Err: ErrMalformed, Offset: at, What: "begins no element", Found: int64(p[at])}
	}
	return body, nil
}

// key checks the map key in p[at:end], which is no container, against the other keys of the map that began at m.
func (s *scanner) key(p []byte, at, end int, m mark) *Error {
	f := forms[p[at]]
	body := at + int(f.head)
	k := key{from: int32(at), text: int32(body)}
	switch f.kind {
	case kindStr, kindBin:
		k.size, k.head = int32(end-body), head(p[body:end])
	case kindUnsigned, kindSigned:
		k.size, k.head = f.number(p[at:body])
	case kindFalse, kindTrue:
		k.size, k.head = sizeBool, uint64(f.kind)
	case kindNil: // which msgpack/v5 reads as the empty text
	}
	if first, duplicate := s.keys.add(m, k); duplicate {
		return &Error{Err: ErrDuplicateKey, Offset: at, What: f.kind.String(), Found: int64(first)}
	}
	return nil
}

// truncated says that the payload ends inside the element at at, which has need bytes or more.
func (s *scanner) truncated(p []byte, at int, what string, need uint64) *Error {
	s.cut = Error{Err: ErrTruncated, Offset: at, What: what, Found: int64(need), Allowed: int64(len(p) - at)}
	return &s.cut
}
