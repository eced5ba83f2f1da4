package codec

import "encoding/binary"

// A kind is what a msgpack element is, as far as the scan has to know.
type kind uint8

const (
	kindNil kind = iota
	kindFalse
	kindTrue
	kindUnsigned
	kindSigned
	kindFloat
	kindStr
	kindBin
	kindArray
	kindMap
	kindExt
	kindNever // c1, which the specification leaves unused
)

var kindNames = [...]string{
	"nil", "bool", "bool", "integer", "integer", "float", "str", "bin", "array", "map", "ext", "nothing",
}

func (k kind) String() string { return kindNames[k] }

// canBeKey reports whether a map may have keys of kind k: what can be compared, and is not nil.
func (k kind) canBeKey() bool {
	switch k {
	case kindFalse, kindTrue, kindUnsigned, kindSigned, kindStr, kindBin, kindNever:
		return true
	}
	return false
}

// A form is how an element whose first byte is known goes on. The table is the one of the msgpack specification
// (github.com/msgpack/msgpack/blob/master/spec.md, "Overview").
type form struct {
	kind kind
	head uint8 // bytes of the first byte, a number's value or a length's digits, and an ext's type
	size uint8 // what a length without digits of its own says
	wide uint8 // digits of the length: 0, 1, 2 or 4 bytes, big-endian
}

var forms = makeForms()

func makeForms() (f [256]form) {
	span := func(from, to int, k kind, mask uint8) {
		for c := from; c <= to; c++ {
			f[c] = form{kind: k, head: 1, size: uint8(c) & mask}
		}
	}
	span(0x00, 0x7f, kindUnsigned, 0)
	span(0x80, 0x8f, kindMap, 0x0f)
	span(0x90, 0x9f, kindArray, 0x0f)
	span(0xa0, 0xbf, kindStr, 0x1f)
	span(0xe0, 0xff, kindSigned, 0)
	f[0xc0] = form{kind: kindNil, head: 1}
	f[0xc1] = form{kind: kindNever, head: 1}
	f[0xc2] = form{kind: kindFalse, head: 1}
	f[0xc3] = form{kind: kindTrue, head: 1}
	f[0xca] = form{kind: kindFloat, head: 5}
	f[0xcb] = form{kind: kindFloat, head: 9}
	for i := range 4 {
		f[0xcc+i] = form{kind: kindUnsigned, head: 1 + 1<<i}
		f[0xd0+i] = form{kind: kindSigned, head: 1 + 1<<i}
	}
	for i := range 3 {
		wide := uint8(1) << i
		f[0xc4+i] = form{kind: kindBin, head: 1 + wide, wide: wide}
		f[0xc7+i] = form{kind: kindExt, head: 2 + wide, wide: wide}
		f[0xd9+i] = form{kind: kindStr, head: 1 + wide, wide: wide}
	}
	for i := range 5 {
		f[0xd4+i] = form{kind: kindExt, head: 2, size: 1 << i}
	}
	for i := range 2 {
		wide := uint8(2) << i
		f[0xdc+i] = form{kind: kindArray, head: 1 + wide, wide: wide}
		f[0xde+i] = form{kind: kindMap, head: 1 + wide, wide: wide}
	}
	return f
}

// widths are the sizes of elements whose first byte says it all, and that are no more than that and a number.
var widths = makeWidths()

func makeWidths() (w [256]uint8) {
	for c := range w {
		if k := forms[c].kind; k >= kindFalse && k <= kindFloat {
			w[c] = forms[c].head
		}
	}
	return w
}

// length returns the length that the head of an element of form f says.
func (f form) length(head []byte) uint64 {
	switch f.wide {
	case 1:
		return uint64(head[1])
	case 2:
		return uint64(binary.BigEndian.Uint16(head[1:]))
	case 4:
		return uint64(binary.BigEndian.Uint32(head[1:]))
	}
	return uint64(f.size)
}

// number returns the integer whose head is given as the size and the head of a key: the same for each way to write it.
func (f form) number(digits []byte) (size int32, bits uint64) {
	if len(digits) > 1 {
		digits = digits[1:] // the first byte is a number itself only where it stands alone
	}
	if f.kind == kindSigned && int8(digits[0]) < 0 {
		size, bits = sizeNegative, ^uint64(0)
	} else {
		size = sizeUnsigned
	}
	for _, d := range digits {
		bits = bits<<8 | uint64(d)
	}
	return size, bits
}
