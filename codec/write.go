package codec

import (
	"encoding/binary"
	"math"
)

// The functions below append elements in the form with the fewest bytes, as the msgpack specification has them
// (github.com/msgpack/msgpack/blob/master/spec.md, "Formats").

const (
	codeNil   = 0xc0
	codeFalse = 0xc2
	codeTrue  = 0xc3
)

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, codeTrue)
	}
	return append(b, codeFalse)
}

func appendInt(b []byte, i int64) []byte {
	switch {
	case i >= 0:
		return appendUint(b, uint64(i))
	case i >= -32:
		return append(b, byte(i))
	case i >= math.MinInt8:
		return append(b, 0xd0, byte(i))
	case i >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(b, 0xd1), uint16(i))
	case i >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(b, 0xd2), uint32(i))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xd3), uint64(i))
}

func appendUint(b []byte, u uint64) []byte {
	switch {
	case u <= math.MaxInt8:
		return append(b, byte(u))
	case u <= math.MaxUint8:
		return append(b, 0xcc, byte(u))
	case u <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, 0xcd), uint16(u))
	case u <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(u))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcf), u)
}

func appendFloat32(b []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0xca), math.Float32bits(f))
}

func appendFloat64(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0xcb), math.Float64bits(f))
}

// appendLength appends the head of an element of length n, by the first byte of the form whose length has one byte of digits;
// the forms with two and four follow it.
func appendLength(b []byte, one byte, n int) []byte {
	switch {
	case n <= math.MaxUint8:
		return append(b, one, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, one+1), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, one+2), uint32(n))
}

func appendStrHead(b []byte, n int) []byte {
	if n < 32 {
		return append(b, 0xa0|byte(n))
	}
	return appendLength(b, 0xd9, n)
}

func appendBinHead(b []byte, n int) []byte { return appendLength(b, 0xc4, n) }

func appendArrayHead(b []byte, n int) []byte { return appendCount(b, 0x90, 0xdc, n) }

func appendMapHead(b []byte, n int) []byte { return appendCount(b, 0x80, 0xde, n) }

// appendCount appends the head of an array or map, by the first byte of its short form and of its form with two bytes of digits.
func appendCount(b []byte, short, two byte, n int) []byte {
	switch {
	case n < 16:
		return append(b, short|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, two), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, two+1), uint32(n))
}

func appendExtHead(b []byte, number int8, n int) []byte {
	switch n {
	case 1, 2, 4, 8, 16:
		return append(b, 0xd4+byte(log2(n)), byte(number))
	}
	return append(appendLength(b, 0xc7, n), byte(number))
}

// log2 returns the logarithm of n, which is a power of two.
func log2(n int) (l int) {
	for ; n > 1; n >>= 1 {
		l++
	}
	return l
}
