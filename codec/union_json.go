package codec

import (
	"bytes"
	"strconv"
)

// A jsonWire is an array of two elements, the tag and the value.
type jsonWire struct{}

func (jsonWire) numbered(tag uint32) []byte {
	return append(strconv.AppendUint([]byte{'['}, uint64(tag), 10), ',')
}

func (jsonWire) named(tag string) []byte {
	head, _ := JSON{}.Append([]byte{'['}, tag) // no limit is near
	return append(head, ',')
}

func (jsonWire) tail() string { return "]" }

// cut looks at what stands before the value, and for the end of the array at the end of the payload. If the array does not end
// there, the value decides what is wrong.
func (w jsonWire) cut(p []byte) (c cut, err *Error) {
	at := skipSpace(p, 0)
	if at == len(p) {
		return c, cutShort(p, at, "array", 1)
	}
	if p[at] != '[' {
		return c, misshapen(p, at, noPair)
	}
	if c.at = skipSpace(p, at+1); c.at == len(p) {
		return c, cutShort(p, c.at, "tag", 1)
	}
	if at, err = w.tag(p, &c); err != nil {
		return c, err
	}
	if at = skipSpace(p, at); at == len(p) {
		return c, cutShort(p, at, "array", 1)
	}
	if p[at] != ',' {
		return c, misshapen(p, at, "no comma and value follow the tag")
	}
	c.from = skipSpace(p, at+1)
	trimmed := bytes.TrimRight(p, jsonSpace)
	c.to, c.open = len(trimmed)-1, trimmed[len(trimmed)-1] != ']'
	if c.open {
		c.to = len(p)
	}
	if c.from == c.to && !c.open {
		return c, misshapen(p, c.to, "no value follows the tag")
	}
	return c, nil
}

// jsonSpace is the white space of JSON (RFC 8259, section 2).
const jsonSpace = " \t\r\n"

// skipSpace returns where the white space at at ends.
func skipSpace(p []byte, at int) int {
	return len(p) - len(bytes.TrimLeft(p[at:], jsonSpace))
}

// tag reads the tag at c.at into c and returns where it ends.
func (w jsonWire) tag(p []byte, c *cut) (end int, err *Error) {
	switch first := p[c.at]; {
	case first == '"':
		return w.name(p, c)
	case '0' <= first && first <= '9':
		return w.number(p, c)
	}
	return 0, misshapen(p, c.at, noTag)
}

// number reads a tag of digits. One that is too large for a uint64 is unknown in any case, and becomes the largest.
func (jsonWire) number(p []byte, c *cut) (end int, err *Error) {
	for end = c.at; end < len(p) && '0' <= p[end] && p[end] <= '9'; end++ {
		digit := uint64(p[end] - '0')
		if c.number > (1<<64-1-digit)/10 {
			c.number = 1<<64 - 1
			continue
		}
		c.number = c.number*10 + digit
	}
	if p[c.at] == '0' && end > c.at+1 {
		return 0, misshapen(p, c.at, noTag)
	}
	return end, nil
}

// longestEscape is how many bytes may stand for one of a name: \u and four digits.
const longestEscape = 6

// name reads a tag that is a string.
func (jsonWire) name(p []byte, c *cut) (end int, err *Error) {
	escaped := false
	for end = c.at + 1; end < len(p) && p[end] != '"'; end++ {
		if p[end] == '\\' {
			escaped = true
			end++
		}
	}
	if end >= len(p) {
		return 0, cutShort(p, c.at, "tag", uint64(len(p)-c.at+1))
	}
	c.named, c.name = true, p[c.at+1:end]
	if !escaped || len(c.name) > longestEscape*longestName { // as it stands there, or too long to be known
		return end + 1, nil
	}
	var name string
	if wrong := (JSON{}).Decode(p[c.at:end+1], &name); wrong != nil {
		return 0, (&inside{}).around(wrong, c.at)
	}
	c.name = []byte(name)
	return end + 1, nil
}

// finish finds fault with an array that has more than a tag and a value, and with one that does not end.
func (jsonWire) finish(p []byte, c cut, err *Error) *Error {
	switch {
	case err == nil && c.open:
		return cutShort(p, len(p), "array", 1)
	case err != nil && err.Err == ErrTrailing && 0 <= err.Offset && err.Offset < len(p):
		return behindValue(p, err.Offset)
	}
	return err
}

// behindValue says what is wrong with the byte at at, which follows the value and is not the end of the payload.
func behindValue(p []byte, at int) *Error {
	switch p[at] {
	case ',':
		return misshapen(p, at, "a third element follows the value")
	case ']':
		at = skipSpace(p, at+1)
		return &Error{Err: ErrTrailing, Offset: at, Found: int64(len(p) - at)}
	}
	return &Error{Err: ErrMalformed, Offset: at, What: "stands where the end of the array belongs", Found: int64(p[at])}
}
