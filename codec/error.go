package codec

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a value or a payload. The codecs of this package return one of these inside an [*Error], which has
// the details; test with errors.Is.
var (
	// ErrTooLarge: the payload has more bytes than MaxBytes.
	ErrTooLarge = errors.New("payload is too large")

	// ErrTooDeep: more containers stand inside one another than MaxDepth, or a Go value holds itself.
	ErrTooDeep = errors.New("nested too deep")

	// ErrTooManyElements: the payload has or announces more elements than MaxElements.
	ErrTooManyElements = errors.New("too many elements")

	// ErrTruncated: the payload ends inside its value, or announces more than the bytes that are left can hold.
	ErrTruncated = errors.New("payload ends too early")

	// ErrTrailing: bytes follow the value.
	ErrTrailing = errors.New("bytes after the value")

	// ErrMalformed: these bytes are not of the format.
	ErrMalformed = errors.New("malformed payload")

	// ErrExt: a msgpack ext that is not in the Exts of the codec, or that stands where none may; or Exts that cannot be.
	ErrExt = errors.New("unexpected msgpack ext")

	// ErrMapKey: a msgpack map has a nil, a float, an ext, an array or a map as a key.
	ErrMapKey = errors.New("unsupported map key")

	// ErrDuplicateKey: a map has the same key twice.
	ErrDuplicateKey = errors.New("duplicate key")

	// ErrUTF8: a string is not valid UTF-8.
	ErrUTF8 = errors.New("invalid UTF-8")

	// ErrRange: a number does not fit its Go type, or would change in it.
	ErrRange = errors.New("number does not fit")

	// ErrMemory: values of unknown type would take more than 128 bytes of memory for each byte of the payload.
	ErrMemory = errors.New("payload takes too much memory")

	// ErrValue: the Go value has no payload, or the payload does not fit the Go type. Cause says more.
	ErrValue = errors.New("payload and Go value do not fit")

	// ErrPanic: a method of the Go type, or the library below, panicked. Cause says with what.
	ErrPanic = errors.New("panic")
)

// An Error says what was wrong, where, what was found and what was allowed.
//
// Its fields are for programs that want the numbers; its message has all of them. errors.Is finds Err and Cause.
type Error struct {
	Codec string // the codec's name
	Op    string // "append" or "decode", or "new" for what is wrong with a codec
	Err   error  // the class: one of the Err values of this package

	// Offset is the byte of the payload at which it happened, counted from 0; for Append, of the payload that would
	// have been. It is -1 when no byte is to blame.
	Offset int

	// What names what stands at Offset, such as "array" or "str", or is empty.
	What string

	// Found and Allowed are the numbers of the class:
	//
	//	ErrTooLarge          bytes                      MaxBytes
	//	ErrTooDeep           level it would open        MaxDepth
	//	ErrTooManyElements   elements with this one     MaxElements
	//	ErrTruncated         bytes needed at least      bytes left
	//	ErrTrailing          bytes that follow          0
	//	ErrMalformed         the byte                   0
	//	ErrExt               the ext type, -128 to 127  0
	//	ErrDuplicateKey      offset of the first        0
	//	ErrUTF8              the byte                   0
	//	ErrMemory            bytes of memory            bytes of memory
	Found, Allowed int64

	// Cause is the error or the panic of the Go type's methods or of the library below, or nil.
	Cause error
}

// Error returns one line, such as
//
//	codec: nested too deep: msgpack decode, byte 32: array opens level 33, MaxDepth allows 32
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "codec: %v: %s %s", e.Err, e.Codec, e.Op)
	if e.Offset >= 0 {
		fmt.Fprintf(&b, ", byte %d", e.Offset)
	}
	if d := e.detail(); d != "" {
		b.WriteString(": " + d)
	}
	return b.String()
}

// Unwrap returns the class and, if there is one, the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// detail says what was found and what was allowed. It is made here, not where the error is found, so that a refused payload
// costs no more than the Error itself.
func (e *Error) detail() string {
	if e.Cause != nil {
		return e.Cause.Error()
	}
	switch e.Err {
	case ErrTooLarge:
		return fmt.Sprintf("%d bytes, MaxBytes allows %d", e.Found, e.Allowed)
	case ErrTooDeep:
		return fmt.Sprintf("%s opens level %d, MaxDepth allows %d", e.What, e.Found, e.Allowed)
	case ErrTooManyElements:
		return fmt.Sprintf("%s makes it %d, MaxElements allows %d", e.What, e.Found, e.Allowed)
	case ErrTruncated:
		return fmt.Sprintf("%s needs %d bytes or more, %d left", e.What, e.Found, e.Allowed)
	case ErrTrailing:
		return fmt.Sprintf("%d too many", e.Found)
	case ErrMalformed, ErrUTF8:
		return fmt.Sprintf("0x%02x %s", e.Found, e.What)
	case ErrExt:
		return extDetail(e.Found, e.What)
	case ErrMapKey:
		return e.What + " as a key"
	case ErrMemory:
		return fmt.Sprintf("%d bytes, %d are allowed", e.Found, e.Allowed)
	case ErrDuplicateKey:
		return fmt.Sprintf("%s is also at byte %d", e.What, e.Found)
	}
	return e.What
}

// extTime is the ext type that the msgpack specification gives to times.
const extTime = -1

func extDetail(number int64, where string) string {
	switch {
	case where != "":
		return fmt.Sprintf("type %d %s", number, where)
	case number == extTime:
		return "type -1, a time: put Timestamp into Exts, or send int64 nanoseconds"
	}
	return fmt.Sprintf("type %d", number)
}

// in fills in which codec did what. It returns an error interface, nil for a nil Error.
func (e *Error) in(codec, op string) error {
	if e == nil {
		return nil
	}
	e.Codec, e.Op = codec, op
	return e
}

// panicked turns what recover returned into an Error.
func panicked(r any) *Error {
	cause, ok := r.(error)
	if !ok {
		cause = fmt.Errorf("%v", r)
	}
	return &Error{Err: ErrPanic, Offset: -1, Cause: cause}
}

// failed wraps an error of the library below or of a method of the Go type.
func failed(err error, offset int) *Error {
	return &Error{Err: ErrValue, Offset: offset, Cause: err}
}
