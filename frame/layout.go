package frame

import (
	"encoding/binary"
	"fmt"
)

// Layout describes the frames of [Fixed]: what stands before the payload, which of that the length counts, and which of it is
// handed over.
//
//	│◄────────────────── head ───────────────────►│
//	┌─────────┬───────────┬───────────┬───────────┬───────────────────┐
//	│ Magic   │ Before    │ Width     │ After     │                   │
//	│ always  │ any bytes │ length    │ any bytes │ payload           │
//	│ these   │           │           │           │                   │
//	└─────────┴───────────┴───────────┴───────────┴───────────────────┘
//	                      │◄─────── Counts ──────►│◄─────────────────►│   what the length says is the size of this
//	                                  │◄── Keep ─►│◄─────────────────►│   this is handed over
//
// Some layouts in use:
//
//	{}                                                                       Erlang's {packet, 4}
//	{Signed: true}                                                           Kafka
//	{Width: 2}                                                               DNS over TCP, RFC 1035 section 4.2.2
//	{Magic: "\x03", Before: 1, Width: 2, Counts: WholeHead}                  TPKT, RFC 1006 section 6
//	{Before: 1, Signed: true, Counts: 4, Keep: WholeHead}                    PostgreSQL: a type, then a length with itself
//	{LittleEndian: true, Signed: true, Counts: WholeHead, Keep: WholeHead}   MongoDB: the size of the whole message
//	{Width: 3, After: 6, Keep: WholeHead}                                    HTTP/2, RFC 9113 section 4.1
type Layout struct {
	// Magic are the first bytes of every frame. Empty means none.
	Magic string

	// Before is how many other bytes stand before the length.
	Before int

	// Width is how many bytes the length has: 1 to 8; 0 means 4.
	Width int

	// LittleEndian puts the lowest byte of the length first. Otherwise the highest is first, the order of most networks.
	LittleEndian bool

	// Signed refuses a length whose top bit is set, as a negative one. Otherwise it is a large one.
	Signed bool

	// After is how many bytes stand between the length and the payload.
	After int

	// Counts is how many bytes of the head the length counts besides the payload; they are the last ones. 0 means that it is
	// the size of the payload alone, After that it is the size of all that follows it, Width+After that it counts itself too,
	// [WholeHead] that it is the size of the whole frame.
	Counts int

	// Keep is how many bytes of the head are handed over in front of the payload; they are the last ones. 0 means none,
	// [WholeHead] all. They count to the limit. When writing, the payload must begin with them, and a length and a magic
	// among them must be right.
	Keep int

	// NoEmpty refuses a frame that ends with its head.
	NoEmpty bool
}

// WholeHead stands for the size of the head of a [Layout].
const WholeHead = -1

// maxHead is the largest head in bytes. It is no limit that a real protocol comes near.
const maxHead = 64 << 10

// at is where the length stands, and end where it ends, in bytes from the start of the frame.
func (l *Layout) at() int { return len(l.Magic) + l.Before }

func (l *Layout) end() int { return l.at() + l.Width }

// head is the size of everything before the payload.
func (l *Layout) head() int { return l.end() + l.After }

// drop is how much of the head is not handed over.
func (l *Layout) drop() int { return l.head() - l.Keep }

// most is the largest length that Width bytes can tell.
func (l *Layout) most() uint64 {
	bits := 8 * l.Width
	if l.Signed {
		bits--
	}
	return 1<<bits - 1
}

// fits reports whether length is neither negative nor smaller than what it counts of the head.
func (l *Layout) fits(length uint64) bool {
	return length >= uint64(l.Counts) && length <= l.most()
}

// resolved returns l with the numbers that its zeros and WholeHead stand for, or an error if there are no such frames.
func (l Layout) resolved() (Layout, error) {
	if l.Width == 0 {
		l.Width = 4
	}
	switch {
	case l.Width < 1 || l.Width > 8:
		return l, impossible("a length of %d bytes, where 1 to 8 are possible", l.Width)
	case l.Before < 0 || l.After < 0:
		return l, impossible("%d bytes before the length and %d after it", l.Before, l.After)
	case max(len(l.Magic), l.Before, l.After) > maxHead || l.head() > maxHead:
		return l, impossible("a head of more than %d bytes", maxHead)
	}
	var err error
	if l.Counts, err = l.ofHead(l.Counts, "counts"); err != nil {
		return l, err
	}
	if l.Keep, err = l.ofHead(l.Keep, "keeps"); err != nil {
		return l, err
	}
	if most := l.most(); uint64(l.Counts) > most || uint64(l.Counts) == most && l.NoEmpty {
		return l, impossible("a length that counts %d bytes of the head, and is at most %d", l.Counts, most)
	}
	return l, nil
}

// ofHead returns how many bytes of the head n stands for.
func (l *Layout) ofHead(n int, does string) (int, error) {
	switch {
	case n == WholeHead:
		return l.head(), nil
	case n < 0 || n > l.head():
		return 0, impossible("it %s %d bytes of a head of %d", does, n, l.head())
	}
	return n, nil
}

func impossible(format string, args ...any) error {
	return fmt.Errorf("frame: %w: "+format, append([]any{ErrConfig}, args...)...)
}

// number returns the value of a length, of which all bytes are there.
func (l *Layout) number(length []byte) uint64 {
	var b [8]byte
	if l.LittleEndian {
		copy(b[:], length)
		return binary.LittleEndian.Uint64(b[:])
	}
	copy(b[8-len(length):], length)
	return binary.BigEndian.Uint64(b[:])
}

// appendNumber appends the length n.
func (l *Layout) appendNumber(dst []byte, n uint64) []byte {
	var b [8]byte
	if l.LittleEndian {
		binary.LittleEndian.PutUint64(b[:], n)
		return append(dst, b[:l.Width]...)
	}
	binary.BigEndian.PutUint64(b[:], n)
	return append(dst, b[8-l.Width:]...)
}

// ceiling returns the largest number that a length which begins with these bytes can still become.
func (l *Layout) ceiling(begin []byte) uint64 {
	var b [8]byte
	n := copy(b[:], begin)
	for i := n; i < l.Width; i++ {
		b[i] = 0xff
	}
	sign := 0
	if l.LittleEndian {
		sign = l.Width - 1
	}
	if l.Signed && sign >= n {
		b[sign] = 0x7f
	}
	return l.number(b[:l.Width])
}
