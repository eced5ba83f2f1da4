package codec

import (
	"errors"
	"reflect"
)

// An encoder writes a Go value as msgpack, and refuses on the way what a scanner would refuse to read.
type encoder struct {
	buf    []byte
	start  int // where the payload begins in buf
	limits limits
	exts   *Exts
	depth  int // open containers
	hops   int // pointers that have been followed to the value
	total  int // elements announced so far

	scanner scanner // for what methods of their own have written, and for the keys of maps
	scratch []byte  // the body of an ext
	kept    []int   // of each open struct: the fields that are not left out

	typ  reflect.Type // the type that plan is for: most often the next value has it too
	plan *plan
}

// begin makes e ready to append a payload to dst under e.limits.
func (e *encoder) begin(dst []byte) {
	if exts := e.limits.exts; e.exts != exts {
		e.exts, e.typ = exts, nil
	}
	e.buf, e.start = dst, len(dst)
	e.depth, e.hops, e.total, e.kept = 0, 0, 1, e.kept[:0]
}

// end lets go of the caller's memory.
func (e *encoder) end() {
	e.buf = nil
	e.scanner.keys.reset()
	if cap(e.scratch) > keepBytes {
		e.scratch = nil
	}
}

// payload returns what has been written.
func (e *encoder) payload() []byte { return e.buf[e.start:] }

// at returns the offset in the payload of what is written next.
func (e *encoder) at() int { return len(e.buf) - e.start }

// write writes v, which is the whole payload.
func (e *encoder) write(v any) (err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if err := e.any(v); err != nil {
		return err
	}
	return e.limits.size(e.at())
}

// value writes v, whose type has the plan t.
func (e *encoder) value(v reflect.Value, t *plan) *Error {
	switch t.out {
	case opBool:
		e.buf = appendBool(e.buf, v.Bool())
	case opInt:
		e.buf = appendInt(e.buf, v.Int())
	case opUint:
		e.buf = appendUint(e.buf, v.Uint())
	case opFloat32:
		e.buf = appendFloat32(e.buf, float32(v.Float()))
	case opFloat64:
		e.buf = appendFloat64(e.buf, v.Float())
	case opString:
		return e.text(v.String())
	case opStruct:
		return e.structure(v, t.fields)
	case opPointer:
		return e.pointer(v, t)
	case opBytes:
		return e.bytes(v.Bytes())
	case opByteArray:
		return e.bytes(addressable(v).Bytes())
	case opAny, opInterface:
		return e.any(v.Interface())
	case opError:
		return e.failure(v)
	case opSlice, opArray:
		return e.sequence(v, t)
	case opMap:
		return e.mapping(v, t)
	case opNever:
		return failed(t.err, -1)
	default:
		return e.own(v, t)
	}
	return nil
}

// text writes a str.
func (e *encoder) text(s string) *Error {
	if err := e.limits.size(e.at() + len(s)); err != nil {
		return err
	}
	e.buf = append(appendStrHead(e.buf, len(s)), s...)
	if end := len(e.buf); !e.limits.invalidUTF8 && !validUTF8(e.buf[end-len(s):]) {
		return invalidUTF8(e.payload(), e.at()-len(s), e.at())
	}
	return nil
}

// bytes writes a bin, or nil.
func (e *encoder) bytes(b []byte) *Error {
	if b == nil {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if err := e.limits.size(e.at() + len(b)); err != nil {
		return err
	}
	e.buf = append(appendBinHead(e.buf, len(b)), b...)
	return nil
}

var errCircle = errors.New("the Go value holds itself")

// pointer writes what v points to. A circle of pointers and interfaces writes nothing, so it is found by counting.
func (e *encoder) pointer(v reflect.Value, t *plan) *Error {
	if v.IsNil() {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if e.hops > maxHops*(e.depth+1) {
		return &Error{Err: ErrTooDeep, Offset: -1, Cause: errCircle}
	}
	e.hops++
	err := e.value(v.Elem(), t.elem)
	e.hops--
	return err
}

// failure writes the text of an error.
func (e *encoder) failure(v reflect.Value) *Error {
	if v.IsNil() {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	return e.text(v.Interface().(error).Error())
}
