package frame

import (
	"encoding/binary"
	"math/bits"
)

// Varint puts the payload's length in front of it as an unsigned LEB128 varint: seven bits a byte, the low ones first, the
// top bit set in every byte but the last. Protocol Buffers streams, libp2p and many others frame their messages so.
//
//	┌─────────────────┬─────────────────────┐
//	│ length: 1 to 10 │ payload             │      a payload of 300 bytes:  ac 02 │ 300 bytes
//	└─────────────────┴─────────────────────┘      "hi":                    02    │ 68 69
//
// The zero value is the strict form: a length must be written in as few bytes as it needs, and has at most 63 bits, which is
// the unsigned-varint specification of multiformats. It is canonical: what it accepts re-encodes to the same bytes.
type Varint struct {
	// Lenient accepts lengths padded with needless bytes (80 00 for 0), as Protocol Buffers parsers do. Frames are always
	// written in the minimal form.
	Lenient bool

	// Bits is the number of bits that a length may have: 32, 63 or 64; 0 means 63. It bounds the prefix, to 5, 9 or 10
	// bytes; the size of the payload is bounded by the Reader's and the Writer's Max.
	Bits int
}

// AppendFrame appends the varint length of payload, then payload, to dst. Its one error is [ErrTooLarge], for a length of
// more than Bits bits, or [ErrConfig].
func (v Varint) AppendFrame(dst, payload []byte) ([]byte, error) {
	if v.Bits == 0 { // the usual form holds any length
		return appendVarint(dst, payload), nil
	}
	head, err := v.AppendHead(dst, int64(len(payload)))
	if err != nil {
		return dst, err
	}
	return append(head, payload...), nil
}

// AppendHead appends the varint of size to dst; see [Wrapper]. Its errors are those of AppendFrame.
func (v Varint) AppendHead(dst []byte, size int64) ([]byte, error) {
	max, err := v.maxBits()
	if err != nil {
		return dst, err
	}
	if bits.Len64(uint64(size)) > max {
		return dst, &Error{Err: ErrTooLarge, Size: uint64(size), Limit: int64(1)<<max - 1}
	}
	return binary.AppendUvarint(dst, uint64(size)), nil
}

// AppendTail appends nothing, since nothing follows the payload; see [Wrapper].
func (Varint) AppendTail(dst []byte) []byte { return dst }

// Scan finds the frame at the start of buf; see [Framing]. Its errors are [ErrOverflow], [ErrNotMinimal], [ErrTooLarge] for a
// length that no int64 holds, and [ErrConfig].
func (v Varint) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size > 0 {
		return s.arrived(len(buf)), nil
	}
	length, n, err := v.parse(buf)
	if err != nil {
		return Scan{}, err
	}
	if n == 0 {
		return Scan{Head: len(buf), Size: -1, Need: 1}, nil
	}
	return sized(n, length, 0, len(buf))
}

// parse reads the varint at the start of buf and returns its value and its size in bytes, which is 0 if buf ends inside it.
func (v Varint) parse(buf []byte) (value uint64, n int, err error) {
	max, err := v.maxBits()
	if err != nil {
		return 0, 0, err
	}
	last := (max - 1) / 7 // index of the last byte that a prefix may have, and
	top := max - 7*last   // how many bits of that byte may be in use
	for i, b := range buf {
		if i == last && b>>top != 0 {
			return 0, 0, &Error{Err: ErrOverflow, At: i}
		}
		value |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 && !v.Lenient {
				return 0, 0, &Error{Err: ErrNotMinimal, At: i}
			}
			return value, i + 1, nil
		}
	}
	return 0, 0, nil
}

func (v Varint) maxBits() (int, error) {
	switch v.Bits {
	case 0:
		return 63, nil
	case 32, 63, 64:
		return v.Bits, nil
	}
	return 0, &Error{Err: ErrConfig}
}
