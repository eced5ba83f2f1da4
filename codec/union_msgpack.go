package codec

import "encoding/binary"

// A msgpackWire is an array of two elements, the tag and the value. It is written in the fewest bytes and read in any form.
type msgpackWire struct{}

// arrayOfTwo is the array of two elements as it is written.
const arrayOfTwo = 0x92

func (msgpackWire) numbered(tag uint32) []byte {
	head, _ := Msgpack{}.Append([]byte{arrayOfTwo}, tag) // no limit is near
	return head
}

func (msgpackWire) named(tag string) []byte {
	head, _ := Msgpack{}.Append([]byte{arrayOfTwo}, tag) // the tag is short and UTF-8
	return head
}

func (msgpackWire) tail() string { return "" }

func (msgpackWire) finish(_ []byte, _ cut, err *Error) *Error { return err }

func (w msgpackWire) cut(p []byte) (cut, *Error) {
	at, err := w.array(p)
	if err != nil {
		return cut{}, err
	}
	if at == len(p) {
		return cut{}, cutShort(p, at, "tag", 1)
	}
	switch p[at] {
	case 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3:
		return w.number(p, at, 1<<(p[at]&3))
	case 0xd9, 0xda, 0xdb:
		return w.name(p, at, 1<<(p[at]-0xd9))
	}
	switch c := p[at]; {
	case c < 0x80:
		return cut{at: at, number: uint64(c), from: at + 1, to: len(p)}, nil
	case c&0xe0 == 0xa0:
		return w.name(p, at, 0)
	}
	return cut{}, misshapen(p, at, noTag)
}

const noTag = "a tag is an integer, 0 or more, or a string"

// array returns where the head of an array of two elements ends.
func (msgpackWire) array(p []byte) (end int, err *Error) {
	wide := 0
	switch {
	case len(p) == 0:
		return 0, cutShort(p, 0, "array", 1)
	case p[0] == arrayOfTwo:
		return 1, nil
	case p[0] == 0xdc:
		wide = 2
	case p[0] == 0xdd:
		wide = 4
	default:
		return 0, misshapen(p, 0, noPair)
	}
	n, err := digits(p, 0, wide, "array")
	if err == nil && n != 2 {
		err = misshapen(p, 0, noPair)
	}
	return 1 + wide, err
}

const noPair = "no array of two elements, a tag and a value, begins here"

// number cuts a tag that is an integer of wide bytes after its first.
func (msgpackWire) number(p []byte, at, wide int) (cut, *Error) {
	n, err := digits(p, at, wide, "tag")
	if err != nil {
		return cut{}, err
	}
	if signed := p[at] >= 0xd0; signed && n>>(8*wide-1) != 0 {
		return cut{}, misshapen(p, at, noTag)
	}
	end := at + 1 + wide
	return cut{at: at, number: n, from: end, to: len(p)}, nil
}

// name cuts a tag that is a str, whose length has wide bytes, or is part of the first.
func (msgpackWire) name(p []byte, at, wide int) (cut, *Error) {
	n, err := digits(p, at, wide, "tag")
	if err != nil {
		return cut{}, err
	}
	if wide == 0 {
		n = uint64(p[at] & 0x1f)
	}
	begin := at + 1 + wide
	if n > uint64(len(p)-begin) {
		return cut{}, cutShort(p, at, "tag", uint64(1+wide)+n)
	}
	end := begin + int(n)
	return cut{at: at, named: true, name: p[begin:end], from: end, to: len(p)}, nil
}

// digits returns the number in the wide bytes, at most 8, after the one at at, which begins what.
func digits(p []byte, at, wide int, what string) (uint64, *Error) {
	if wide > len(p)-at-1 {
		return 0, cutShort(p, at, what, uint64(1+wide))
	}
	var b [8]byte
	copy(b[8-wide:], p[at+1:at+1+wide])
	return binary.BigEndian.Uint64(b[:]), nil
}
