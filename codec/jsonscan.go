package codec

import "unicode/utf8"

// A jsonScanner passes over one JSON text, without recursion, and refuses what is no JSON or what the limits do not allow. Its
// grammar is that of RFC 8259, section by section.
type jsonScanner struct {
	limits limits
	p      []byte
	at     int
	total  int // elements so far
	levels []jsonLevel
	keys   keySet
}

// A jsonLevel is an open array or object.
type jsonLevel struct {
	object bool
	mark   mark
}

// check scans the payload p.
func (s *jsonScanner) check(p []byte, l limits) *Error {
	s.limits, s.p, s.at, s.total, s.levels = l, p, 0, 0, s.levels[:0]
	s.keys.payload = p
	if !l.invalidUTF8 && !utf8.Valid(p) {
		return invalidUTF8(p, 0, len(p))
	}
	for more := true; more; {
		opened, err := s.value()
		if err == nil && !opened {
			more, err = s.after()
		}
		if err != nil {
			return err
		}
	}
	if s.space(); s.at < len(p) {
		return &Error{Err: ErrTrailing, Offset: s.at, Found: int64(len(p) - s.at)}
	}
	return nil
}

// value scans a value, or only its beginning if it is an array or an object with something inside: then the next value is the
// first inside it.
func (s *jsonScanner) value() (opened bool, err *Error) {
	c, err := s.next("a value")
	if err != nil {
		return false, err
	}
	if err := s.count("value"); err != nil {
		return false, err
	}
	switch {
	case c == '{':
		return s.open("object", '}')
	case c == '[':
		return s.open("array", ']')
	case c == '"':
		_, err = s.text()
	case c == '-' || isDigit(c):
		err = s.number()
	case c == 't':
		err = s.literal("true")
	case c == 'f':
		err = s.literal("false")
	case c == 'n':
		err = s.literal("null")
	default:
		err = s.malformed("begins no value")
	}
	return false, err
}

// open scans the beginning of an array or object, with the first name of an object, or an empty one to its end.
func (s *jsonScanner) open(what string, closing byte) (opened bool, err *Error) {
	if depth := len(s.levels); depth == s.limits.depth {
		return false, &Error{Err: ErrTooDeep, Offset: s.at, What: what, Found: int64(depth + 1), Allowed: int64(depth)}
	}
	s.at++
	c, err := s.next(what)
	if err != nil {
		return false, err
	}
	if c == closing {
		s.at++
		return false, nil
	}
	s.levels = append(s.levels, jsonLevel{object: closing == '}', mark: s.keys.open()})
	if closing == '}' {
		return true, s.name()
	}
	return true, nil
}

// after scans what follows a value: the ends of the arrays and objects that it closes, then a comma, and in an object the name
// of the next value. There is no more when the outermost value is at its end.
func (s *jsonScanner) after() (more bool, err *Error) {
	for len(s.levels) > 0 {
		top := s.levels[len(s.levels)-1]
		c, err := s.next(top.String())
		switch {
		case err != nil:
			return false, err
		case c == ',':
			s.at++
			if top.object {
				return true, s.name()
			}
			return true, nil
		case c != top.closing():
			return false, s.malformed("stands where a comma or the end of the " + top.String() + " belongs")
		}
		s.at++
		s.keys.close(top.mark)
		s.levels = s.levels[:len(s.levels)-1]
	}
	return false, nil
}

func (l jsonLevel) String() string {
	if l.object {
		return "object"
	}
	return "array"
}

func (l jsonLevel) closing() byte {
	if l.object {
		return '}'
	}
	return ']'
}

// name scans an object's name and the colon after it.
func (s *jsonScanner) name() *Error {
	c, err := s.next("object")
	if err != nil {
		return err
	}
	if c != '"' {
		return s.malformed("begins no name")
	}
	if err := s.count("name"); err != nil {
		return err
	}
	from := s.at
	escaped, err := s.text()
	if err != nil {
		return err
	}
	if err := s.unique(from, escaped); err != nil {
		return err
	}
	if c, err = s.next("object"); err != nil {
		return err
	}
	if c != ':' {
		return s.malformed("stands where a colon belongs")
	}
	s.at++
	return nil
}

// unique checks the name that begins at from and ends at s.at against the other names of its object.
func (s *jsonScanner) unique(from int, escaped bool) *Error {
	if s.limits.duplicates {
		return nil
	}
	text := s.p[from+1 : s.at-1]
	k := key{from: int32(from), text: int32(from + 1)}
	if escaped {
		begin := len(s.keys.unescaped)
		s.keys.unescaped = s.appendUnescaped(s.keys.unescaped, text, from+1)
		text, k.text = s.keys.unescaped[begin:], ^int32(begin)
	}
	k.size, k.head = int32(len(text)), head(text)
	first, duplicate := s.keys.add(s.levels[len(s.levels)-1].mark, k)
	if duplicate {
		return &Error{Err: ErrDuplicateKey, Offset: from, What: "name", Found: int64(first)}
	}
	return nil
}

// literal scans true, false or null.
func (s *jsonScanner) literal(word string) *Error {
	for i := range len(word) {
		if s.at+i == len(s.p) {
			return s.truncated(s.at, word)
		}
		if s.p[s.at+i] != word[i] {
			s.at += i
			return s.malformed("does not belong into " + word)
		}
	}
	s.at += len(word)
	return nil
}

// next skips white space and returns the byte behind it, which belongs to what.
func (s *jsonScanner) next(what string) (byte, *Error) {
	if s.space(); s.at == len(s.p) {
		return 0, s.truncated(s.at, what)
	}
	return s.p[s.at], nil
}

func (s *jsonScanner) space() {
	for s.at < len(s.p) {
		switch s.p[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// count counts an element.
func (s *jsonScanner) count(what string) *Error {
	if s.total++; s.total > s.limits.elements {
		return &Error{Err: ErrTooManyElements, Offset: s.at, What: what, Found: int64(s.total), Allowed: int64(s.limits.elements)}
	}
	return nil
}

func (s *jsonScanner) malformed(what string) *Error {
	return &Error{Err: ErrMalformed, Offset: s.at, What: what, Found: int64(s.p[s.at])}
}

// truncated says that the payload ends inside what began at from.
func (s *jsonScanner) truncated(from int, what string) *Error {
	left := int64(len(s.p) - from)
	return &Error{Err: ErrTruncated, Offset: from, What: what, Found: left + 1, Allowed: left}
}
