package codec

import (
	"fmt"
	"unicode/utf8"
)

// Raw is the codec for payloads that are bytes already. It passes them on as they are, without a limit of its own.
//
// Append takes a []byte or a *[]byte, Decode a *[]byte. Decode makes a copy, which is never nil.
type Raw struct{}

const rawName = "raw"

// Name returns "raw".
func (Raw) Name() string { return rawName }

// Append appends the bytes of v to dst. Its one error is [ErrValue].
func (Raw) Append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return append(dst, v...), nil
	case *[]byte:
		if v != nil {
			return append(dst, *v...), nil
		}
	}
	return dst, unfit("cannot append a %s: it takes a []byte", typeName(v)).in(rawName, "append")
}

// Decode sets the []byte that ptr points to, to a copy of p. Its one error is [ErrValue].
func (Raw) Decode(p []byte, ptr any) error {
	b, ok := ptr.(*[]byte)
	if !ok || b == nil {
		return unfit("cannot decode into a %s: it takes a *[]byte", typeName(ptr)).in(rawName, "decode")
	}
	*b = append([]byte{}, p...)
	return nil
}

// Text is the codec for payloads that are UTF-8 text, without a limit of its own.
//
// Append takes a string or a *string, Decode a *string. Both refuse what is not UTF-8.
type Text struct{}

const textName = "text"

// Name returns "text".
func (Text) Name() string { return textName }

// Append appends the bytes of the string v to dst. Its errors are [ErrValue] and [ErrUTF8].
func (Text) Append(dst []byte, v any) ([]byte, error) {
	s, ok := v.(string)
	if p, isPtr := v.(*string); isPtr && p != nil {
		s, ok = *p, true
	}
	if !ok {
		return dst, unfit("cannot append a %s: it takes a string", typeName(v)).in(textName, "append")
	}
	if !utf8.ValidString(s) {
		return dst, invalidUTF8([]byte(s), 0, len(s)).in(textName, "append")
	}
	return append(dst, s...), nil
}

// Decode sets the string that ptr points to, to p. Its errors are [ErrValue] and [ErrUTF8].
func (Text) Decode(p []byte, ptr any) error {
	s, ok := ptr.(*string)
	if !ok || s == nil {
		return unfit("cannot decode into a %s: it takes a *string", typeName(ptr)).in(textName, "decode")
	}
	*s = ""
	if !utf8.Valid(p) {
		return invalidUTF8(p, 0, len(p)).in(textName, "decode")
	}
	*s = string(p)
	return nil
}

// typeName names the type of v for an error, and tells a nil pointer from others.
func typeName(v any) string {
	switch v := v.(type) {
	case *[]byte:
		if v == nil {
			return "nil *[]byte"
		}
	case *string:
		if v == nil {
			return "nil *string"
		}
	}
	return fmt.Sprintf("%T", v)
}
