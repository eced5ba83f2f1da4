// Package exercise answers the exercise of chapter 3.
package exercise

import "errors"

// What can be wrong with a varint.
var (
	ErrPadded   = errors.New("varint has needless bytes")
	ErrOverflow = errors.New("varint has more than 64 bits")
)

// Uvarint reads the varint at the start of b and returns its value and how many bytes it has.
func Uvarint(b []byte) (value uint64, n int, err error) {
	for i, c := range b {
		if i == 9 && c > 1 {
			return 0, 0, ErrOverflow
		}
		value |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				return 0, 0, ErrPadded
			}
			return value, i + 1, nil
		}
	}
	return 0, 0, nil
}
