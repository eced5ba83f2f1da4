package frame

import (
	"math"
	"strconv"
)

// Netstring puts the payload's length in front of it as a decimal number and a colon, and a comma behind it: binary bytes in a
// frame that a person can read, as SCGI and QMTP have them. It is the format of https://cr.yp.to/proto/netstrings.txt.
//
//	┌───────────────┬───┬─────────────────────┬───┐
//	│ length:       │ : │ payload             │ , │            "hi":    32 3a │ 68 69 │ 2c
//	│ 1 to 19 digits│   │                     │   │            empty:   30 3a │ 2c
//	└───────────────┴───┴─────────────────────┴───┘
//
// It is canonical: a length with a needless zero in front is refused, so that what it accepts re-encodes to the same bytes.
type Netstring struct{}

// AppendFrame appends payload as a netstring to dst. It returns no error.
func (n Netstring) AppendFrame(dst, payload []byte) ([]byte, error) {
	dst, _ = n.AppendHead(dst, int64(len(payload)))
	return n.AppendTail(append(dst, payload...)), nil
}

// AppendHead appends the length size and a colon to dst; see [Wrapper]. It returns no error.
func (Netstring) AppendHead(dst []byte, size int64) ([]byte, error) {
	return append(strconv.AppendInt(dst, size, 10), ':'), nil
}

// AppendTail appends a comma to dst; see [Wrapper].
func (Netstring) AppendTail(dst []byte) []byte { return append(dst, ',') }

// Scan finds the frame at the start of buf; see [Framing]. Its errors are [ErrLength], where no digit is; [ErrNotMinimal], for a
// zero in front of other digits; [ErrNoColon]; [ErrNoComma], as soon as another byte is there, behind which a Reader can go on; and [ErrTooLarge] for a length that
// no int64 holds, or has a twentieth digit.
func (Netstring) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size <= 0 {
		length, head, err := parseDigits(buf)
		if err != nil {
			return Scan{}, err
		}
		if head == 0 { // the rest has a colon, a comma and, whatever digits follow, at least length bytes between them
			need := int(min(length, math.MaxInt-2)) + 2
			return Scan{Head: len(buf), Size: -1, Need: need}, nil
		}
		if s, err = sized(head, length, 1, len(buf)); err != nil {
			return Scan{}, err
		}
	}
	s = s.arrived(len(buf))
	if s.Need == 0 && buf[s.Size-1] != ',' {
		return s, &Error{Err: ErrNoComma, At: int(s.Size) - 1}
	}
	return s, nil
}

// maxDigits is how many digits a length has at most. It is what an int64 needs, and no number of so many overflows a uint64.
const maxDigits = 19

// parseDigits reads the digits and the colon at the start of buf, and returns their value and their size in bytes, which is 0 if
// buf ends before the colon.
func parseDigits(buf []byte) (value uint64, size int, err error) {
	for i, b := range buf {
		switch digit := b - '0'; {
		case digit > 9 && i == 0:
			return 0, 0, &Error{Err: ErrLength, At: i}
		case b == ':':
			return value, i + 1, nil
		case digit > 9:
			return 0, 0, &Error{Err: ErrNoColon, At: i}
		case value == 0 && i > 0:
			return 0, 0, &Error{Err: ErrNotMinimal, At: i}
		case i == maxDigits:
			return 0, 0, &Error{Err: ErrTooLarge, Size: math.MaxUint64, At: i}
		default:
			value = 10*value + uint64(digit)
		}
	}
	return value, 0, nil
}
