package codec

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text scans the string at s.at (RFC 8259, section 7), and reports whether it has escapes.
func (s *jsonScanner) text() (escaped bool, err *Error) {
	from := s.at
	for s.at++; s.at < len(s.p); {
		switch c := s.p[s.at]; {
		case c == '"':
			s.at++
			return escaped, nil
		case c == '\\':
			escaped = true
			if _, err := s.escape(from); err != nil {
				return false, err
			}
		case c < ' ':
			return false, s.malformed("must be escaped in a string")
		default:
			s.at++
		}
	}
	return false, s.truncated(from, "string")
}

// escape scans the escape at s.at, in the string that began at from, and returns what it stands for.
func (s *jsonScanner) escape(from int) (rune, *Error) {
	begin := s.at
	if s.at++; s.at == len(s.p) {
		return 0, s.truncated(from, "string")
	}
	if s.p[s.at] != 'u' {
		return s.shortEscape()
	}
	r, err := s.hex(from)
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	after := s.at
	if s.at+1 < len(s.p) && s.p[s.at] == '\\' && s.p[s.at+1] == 'u' {
		s.at++
		low, err := s.hex(from)
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	if !s.limits.invalidUTF8 {
		return 0, &Error{Err: ErrUTF8, Offset: begin, What: "begins half a surrogate pair", Found: '\\'}
	}
	s.at = after
	return utf8.RuneError, nil
}

// shortEscape scans the letter at s.at, which follows a backslash.
func (s *jsonScanner) shortEscape() (rune, *Error) {
	for _, e := range [...]struct{ letter, means byte }{
		{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'},
	} {
		if s.p[s.at] == e.letter {
			s.at++
			return rune(e.means), nil
		}
	}
	return 0, s.malformed("is no escape")
}

// hex scans the letter u at s.at and the four hexadecimal digits behind it.
func (s *jsonScanner) hex(from int) (r rune, err *Error) {
	s.at++
	for range 4 {
		if s.at == len(s.p) {
			return 0, s.truncated(from, "string")
		}
		switch c := s.p[s.at]; {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, s.malformed("is no hexadecimal digit")
		}
		s.at++
	}
	return r, nil
}

// appendUnescaped appends text, which stands at the offset at and has been scanned, to dst, with what its escapes stand for.
func (s *jsonScanner) appendUnescaped(dst, text []byte, at int) []byte {
	behind := s.at
	end := at + len(text)
	for s.at = at; s.at < end; {
		if c := s.p[s.at]; c != '\\' {
			dst = append(dst, c)
			s.at++
			continue
		}
		r, _ := s.escape(at)
		dst = utf8.AppendRune(dst, r)
	}
	s.at = behind
	return dst
}

// number scans the number at s.at (RFC 8259, section 6).
func (s *jsonScanner) number() *Error {
	from := s.at
	if s.p[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.p) && s.p[s.at] == '0' {
		s.at++
	} else if err := s.digits(from); err != nil {
		return err
	}
	if s.at < len(s.p) && s.p[s.at] == '.' {
		s.at++
		if err := s.digits(from); err != nil {
			return err
		}
	}
	if s.at == len(s.p) || s.p[s.at]|0x20 != 'e' {
		return nil
	}
	if s.at++; s.at < len(s.p) && (s.p[s.at] == '+' || s.p[s.at] == '-') {
		s.at++
	}
	return s.digits(from)
}

// digits scans one digit or more, of the number that began at from.
func (s *jsonScanner) digits(from int) *Error {
	if s.at == len(s.p) {
		return s.truncated(from, "number")
	}
	if !isDigit(s.p[s.at]) {
		return s.malformed("stands where a digit belongs")
	}
	for s.at < len(s.p) && isDigit(s.p[s.at]) {
		s.at++
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
