package codec

import "encoding/binary"

// A wire is how a tag and a value stand together in a payload. What it makes and what it reads is a head with the tag, the
// value, and a tail.
type wire interface {
	numbered(tag uint32) (head []byte)
	named(tag string) (head []byte)
	tail() string

	// cut finds the tag and the value in p, and looks at the value no more than it has to.
	cut(p []byte) (cut, *Error)

	// finish returns the error of the whole payload p, which has been cut and decoded: err is that of the value, or nil.
	finish(p []byte, c cut, err *Error) *Error
}

// A cut is what a wire has found in a payload.
type cut struct {
	at     int  // where the tag stands
	named  bool // it is a name
	name   []byte
	number uint64

	from, to int  // where the value stands
	open     bool // the payload ends before its tail
}

// wireOf returns the wire for values that c makes, and for tags that are names or else numbers.
func wireOf(c Codec, names bool) wire {
	switch c.Name() {
	case msgpackName:
		return msgpackWire{}
	case jsonName:
		return jsonWire{}
	}
	return prefixWire{names}
}

// cutShort says that the payload p ends inside what, which stands at at and needs need bytes or more.
func cutShort(p []byte, at int, what string, need uint64) *Error {
	return &Error{Err: ErrTruncated, Offset: at, What: what, Found: int64(need), Allowed: int64(len(p) - at)}
}

// misshapen says what is wrong with the byte at at, where a tag, a value, or what is around them should be.
func misshapen(p []byte, at int, what string) *Error {
	return &Error{Err: ErrShape, Offset: at, What: what, Found: int64(p[at])}
}

// A prefixWire puts the tag before the value: a number as a varint, a name as its length, a varint, and its bytes. It knows
// nothing of the value, which ends with the payload.
type prefixWire struct{ names bool }

func (prefixWire) numbered(tag uint32) []byte { return binary.AppendUvarint(nil, uint64(tag)) }

func (prefixWire) named(tag string) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(tag))), tag...)
}

func (prefixWire) tail() string { return "" }

func (w prefixWire) cut(p []byte) (cut, *Error) {
	n, size := binary.Uvarint(p)
	switch {
	case size == 0:
		return cut{}, cutShort(p, 0, "tag", uint64(len(p)+1))
	case size < 0 || size > 1 && p[size-1] == 0:
		return cut{}, misshapen(p, 0, "begins no varint in its minimal form")
	case !w.names:
		return cut{number: n, from: size, to: len(p)}, nil
	case n > uint64(len(p)-size):
		return cut{}, cutShort(p, 0, "tag", uint64(size)+n)
	}
	from := size + int(n)
	return cut{named: true, name: p[size:from], from: from, to: len(p)}, nil
}

func (prefixWire) finish(_ []byte, _ cut, err *Error) *Error { return err }
