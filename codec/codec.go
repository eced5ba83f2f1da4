package codec

import (
	"fmt"
	"reflect"
)

// A Codec turns a Go value into a payload and a payload into a Go value.
//
// A codec is safe for use by many goroutines. Two sides can talk when their codecs have the same name.
type Codec interface {
	// Name returns the name that two sides compare: short, lower case, the same for every set of options.
	Name() string

	// Append appends the payload for v to dst and returns the longer slice. After an error it returns dst with the length
	// that it came with. It keeps neither dst nor v.
	Append(dst []byte, v any) ([]byte, error)

	// Decode reads the whole payload p into the value that ptr points to, which it first sets to zero. ptr must be a pointer
	// and not nil. After an error the value is zero. It keeps no part of p, unless the codec says so.
	Decode(p []byte, ptr any) error
}

var (
	_ Codec = Msgpack{}
	_ Codec = JSON{}
	_ Codec = Raw{}
	_ Codec = Text{}
)

// target returns the value that ptr points to, set to zero.
func target(ptr any) (reflect.Value, *Error) {
	v := reflect.ValueOf(ptr)
	if v.Kind() != reflect.Pointer {
		return v, unfit("cannot decode into a %T, which is no pointer", ptr)
	}
	if v.IsNil() {
		return v, unfit("cannot decode into a nil %T", ptr)
	}
	v = v.Elem()
	v.SetZero()
	return v, nil
}

// unfit is an ErrValue with a text of our own.
func unfit(format string, args ...any) *Error {
	return &Error{Err: ErrValue, Offset: -1, Cause: fmt.Errorf(format, args...)}
}
