package codec

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

const (
	// pairs is the number of keys up to which comparing each with each is cheaper than a table.
	pairs = 32

	// keepKeys is the number of keys and of slots above which a keySet gives its memory back.
	keepKeys = 8192
)

// A key is a map key in a form that compares fast: two keys are the same if head, size and, beyond eight bytes, the rest of
// the text are.
type key struct {
	head uint64 // a number, or eight bytes or fewer of a text
	size int32  // the length of a text, or one of the negative sizes below
	text int32  // offset of the text in the payload; below zero, ^offset in the unescaped text
	from int32  // offset of the key in the payload, for the error
}

// The sizes of keys that are no text.
const (
	sizeUnsigned = -1 - iota // an integer of zero or more
	sizeNegative             // an integer below zero
	sizeBool
)

// A keySet finds duplicate keys in maps that stand inside one another. It is a stack, like the maps: the keys and the hash
// table of the innermost map lie on top. A small map has no table.
type keySet struct {
	payload   []byte
	unescaped []byte // JSON keys that had escapes, one behind the other
	list      []key
	slots     []int32 // tables of 1 + index into list, 0 is free; each table's length is a power of two
	seed      maphash.Seed
}

// A mark is where the keys and the table of one map begin.
type mark struct{ list, slots int32 }

func newKeySet() keySet { return keySet{seed: maphash.MakeSeed()} }

// unique adds the msgpack key in p[at:end] to the map that began at m. It is an error if the map has it already.
func (s *keySet) unique(p []byte, at, end int, m mark) *Error {
	f := forms[p[at]]
	body := at + int(f.head)
	k := key{from: int32(at), text: int32(body)}
	switch f.kind {
	case kindStr, kindBin:
		k.size, k.head = int32(end-body), head(p[body:end])
	case kindUnsigned, kindSigned:
		k.size, k.head = f.number(p[at:body])
	case kindFalse, kindTrue:
		k.size, k.head = sizeBool, uint64(f.kind)
	}
	if first, duplicate := s.add(m, k); duplicate {
		return &Error{Err: ErrDuplicateKey, Offset: at, What: f.kind.String(), Found: int64(first)}
	}
	return nil
}

func (s *keySet) open() mark {
	return mark{int32(len(s.list)), int32(len(s.slots))}
}

// close forgets the keys of the map that began at m.
func (s *keySet) close(m mark) {
	s.list, s.slots = s.list[:m.list], s.slots[:m.slots]
}

// reset forgets everything and gives back what grew too large.
func (s *keySet) reset() {
	s.payload = nil
	if cap(s.list) > keepKeys || cap(s.slots) > keepKeys || cap(s.unescaped) > keepKeys {
		s.list, s.slots, s.unescaped = nil, nil, nil
	}
	s.list, s.slots, s.unescaped = s.list[:0], s.slots[:0], s.unescaped[:0]
}

// add adds k to the map that began at m. If the map has it already, add returns where.
func (s *keySet) add(m mark, k key) (first int, duplicate bool) {
	mine := s.list[m.list:]
	if len(mine) >= pairs {
		return s.addHashed(m, k)
	}
	for i := range mine {
		if mine[i].head == k.head && s.same(&mine[i], k) {
			return int(mine[i].from), true
		}
	}
	s.list = append(s.list, k)
	return 0, false
}

// addHashed is add by the table, which it makes or doubles when it is more than half full.
func (s *keySet) addHashed(m mark, k key) (first int, duplicate bool) {
	n := len(s.list) - int(m.list)
	if 2*n >= len(s.slots)-int(m.slots) {
		s.rehash(m, 4*n)
	}
	table := s.slots[m.slots:]
	free, other := s.find(table, k)
	if other != nil {
		return int(other.from), true
	}
	s.list = append(s.list, k)
	table[free] = int32(len(s.list))
	return 0, false
}

// rehash gives the innermost map an empty table of at least size slots and enters its keys.
func (s *keySet) rehash(m mark, size int) {
	length := 4 * pairs
	for length < size {
		length *= 2
	}
	s.slots = zeroed(s.slots[:m.slots], length)
	table := s.slots[m.slots:]
	for i := int(m.list); i < len(s.list); i++ {
		free, _ := s.find(table, s.list[i])
		table[free] = int32(i + 1)
	}
}

// zeroed returns s with n zeros appended.
func zeroed(s []int32, n int) []int32 {
	if cap(s)-len(s) < n {
		return append(s, make([]int32, n)...)
	}
	s = s[:len(s)+n]
	clear(s[len(s)-n:])
	return s
}

// find returns the key in the table that is the same as k, or else the free slot where k belongs.
func (s *keySet) find(table []int32, k key) (free int, other *key) {
	last := len(table) - 1
	for i := int(s.hash(k)) & last; ; i = (i + 1) & last {
		if table[i] == 0 {
			return i, nil
		}
		if other := &s.list[table[i]-1]; s.same(other, k) {
			return 0, other
		}
	}
}

// hash is seeded for each keySet, so that no peer can choose keys that collide.
func (s *keySet) hash(k key) uint64 {
	if k.size > 8 {
		return maphash.Bytes(s.seed, s.text(k))
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], k.head)
	return maphash.Bytes(s.seed, b[:])
}

func (s *keySet) same(a *key, b key) bool {
	return a.head == b.head && a.size == b.size && (a.size <= 8 || bytes.Equal(s.text(*a), s.text(b)))
}

func (s *keySet) text(k key) []byte {
	if k.text < 0 {
		return s.unescaped[^k.text:][:k.size]
	}
	return s.payload[k.text:][:k.size]
}

// head packs the first eight bytes of a text, or all of a shorter one: texts of the same length up to eight have the same
// head only if they are the same.
func head(text []byte) uint64 {
	n := len(text)
	switch {
	case n >= 8:
		return binary.LittleEndian.Uint64(text)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<32
	case n > 0:
		return uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	return 0
}
