// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/03-varints/exercise
package exercise

import "errors"

// What can be wrong with a varint.
var (
	ErrPadded   = errors.New("varint has needless bytes")
	ErrOverflow = errors.New("varint has more than 64 bits")
)

// Uvarint reads the varint at the start of b and returns its value and how many bytes it has.
//
// If b ends before the varint does, n is 0 and err is nil: more is needed. A varint that ends in a zero byte, and is not just that
// one byte, is ErrPadded: a shorter one says the same. One that does not fit into 64 bits is ErrOverflow, which is known at its
// tenth byte.
func Uvarint(b []byte) (value uint64, n int, err error) {
	return 0, 0, errors.ErrUnsupported // replace this
}
