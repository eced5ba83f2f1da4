package drive

import (
	"math/rand/v2"
	"reflect"
	"slices"
)

// largest is how many bytes a mutation makes at most: most faults show in few.
const largest = 1 << 12

// A mutator changes inputs at random.
type mutator struct {
	random *rand.Rand
	known  [][]reflect.Value // inputs, from which parts are taken
}

// mutate returns a copy of args, the first of which is the *testing.T, with something changed in one of the others: most often in one that
// is made of bytes.
func (m *mutator) mutate(args []reflect.Value) []reflect.Value {
	args = slices.Clone(args)
	i := 1 + m.random.IntN(len(args)-1)
	if !sequence(args[i]) && m.random.IntN(4) > 0 {
		i = 1
	}
	args[i] = m.value(args[i], i-1)
	return args
}

func sequence(v reflect.Value) bool { return v.Kind() == reflect.Slice || v.Kind() == reflect.String }

// value returns v, the i-th of an input, with something changed.
func (m *mutator) value(v reflect.Value, i int) reflect.Value {
	changed := reflect.New(v.Type()).Elem()
	switch {
	case v.Kind() == reflect.Slice:
		changed.SetBytes(m.bytes(v.Bytes(), m.other(i)))
	case v.Kind() == reflect.String:
		changed.SetString(string(m.bytes([]byte(v.String()), m.other(i))))
	case v.Kind() == reflect.Bool:
		changed.SetBool(!v.Bool())
	case v.CanInt():
		changed.SetInt(v.Int() ^ 1<<m.random.IntN(v.Type().Bits()))
	case v.CanUint():
		changed.SetUint(v.Uint() ^ 1<<m.random.IntN(v.Type().Bits()))
	default:
		panic("drive: an argument is a " + v.Type().String())
	}
	return changed
}

// other returns the i-th bytes of some input.
func (m *mutator) other(i int) []byte {
	v := m.known[m.random.IntN(len(m.known))][i]
	if v.Kind() == reflect.String {
		return []byte(v.String())
	}
	return v.Bytes()
}

// edges are bytes at which something changes in one format or another.
const edges = "\x00\x01\x02\x7f\x80\x81\xfe\xff\n\r :,09azAZ\xc0\xdb\xdc\xdd\"[{}]\\"

// bytes returns a changed copy of p, with parts of other or without.
func (m *mutator) bytes(p, other []byte) []byte {
	p = slices.Clone(p)
	for again := true; again; again = m.random.IntN(3) == 0 {
		p = m.change(p, other)
	}
	return p[:min(len(p), largest)]
}

func (m *mutator) change(p, other []byte) []byte {
	from, to := m.part(p)
	piece := make([]byte, 1+m.random.IntN(8))
	switch op := m.random.IntN(10); {
	case op == 0:
		return slices.Delete(p, from, to)
	case op == 1:
		return slices.Insert(p, to, slices.Clone(p[from:to])...)
	case op == 2:
		begin, end := m.part(other)
		return slices.Insert(p, from, other[begin:end]...)
	case op == 3:
		begin, end := m.part(other)
		return slices.Replace(p, from, to, other[begin:end]...)
	case op == 4:
		for i := range piece {
			piece[i] = byte(m.random.Uint32())
		}
		return slices.Insert(p, from, piece...)
	case op == 5:
		return slices.Insert(p, from, slices.Repeat([]byte{m.edge()}, len(piece))...)
	case from == len(p):
		return append(p, m.edge())
	case op == 6:
		p[from] = m.edge()
	case op == 7:
		p[from] += byte(m.random.IntN(17) - 8)
	default:
		p[from] ^= 1 << m.random.IntN(8)
	}
	return p
}

func (m *mutator) edge() byte { return edges[m.random.IntN(len(edges))] }

// part returns where a part of p begins and ends, most often a short one.
func (m *mutator) part(p []byte) (from, to int) {
	from = m.random.IntN(len(p) + 1)
	size := 1 + m.random.IntN(8)
	if m.random.IntN(4) == 0 {
		size = m.random.IntN(len(p) + 1)
	}
	return from, min(from+size, len(p))
}
