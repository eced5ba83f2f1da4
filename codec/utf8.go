package codec

import "unicode/utf8"

// validUTF8 is utf8.Valid with a short way for the texts that most keys and many values are: up to 16 bytes of ASCII.
func validUTF8(text []byte) bool {
	const notASCII = 0x8080808080808080
	n := len(text)
	if n <= 8 && head(text)&notASCII == 0 {
		return true
	}
	if n > 8 && n <= 16 && (head(text)|head(text[n-8:]))&notASCII == 0 {
		return true
	}
	return utf8.Valid(text)
}

// invalidUTF8 points at the byte at which the text p[from:end] stops being UTF-8.
func invalidUTF8(p []byte, from, end int) *Error {
	for {
		r, n := utf8.DecodeRune(p[from:end])
		if r == utf8.RuneError && n <= 1 {
			return &Error{Err: ErrUTF8, Offset: from, What: "does not belong there", Found: int64(p[from])}
		}
		from += n
	}
}
