package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of what guests say, in bytes.
const (
	maxText = 1 << 10 // a line
	maxName = 24
	maxLine = 4 << 10 // a line of the server: a text whose every byte became a �, and a name; or all names
)

// clean makes a line from a peer harmless: what a terminal might obey, such as an escape sequence or a change of direction,
// becomes a �, as do bytes that are no UTF-8. What joins emoji and letters stays.
func clean(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\u200c' || r == '\u200d':
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return utf8.RuneError
		}
		return r
	}, line)
}

// isName reports whether name may be a name. As it has neither spaces nor colons, nobody can look like somebody else or like
// the server; but for letters of two alphabets that look alike.
func isName(name string) bool {
	wrong := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	}
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && strings.IndexFunc(name, wrong) < 0
}

// key is what two names have in common that differ in upper and lower case only.
func key(name string) string { return strings.ToLower(strings.ToUpper(name)) }
