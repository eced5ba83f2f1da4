package fuzz_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

// A proof checks all that must be true when a payload is decoded into a type.
type proof struct {
	codec codec.Msgpack
	typ   reflect.Type
}

// errorBytes is more than an Error takes.
const errorBytes = 256

func (p *proof) check(t *testing.T, payload []byte) {
	guard := p.codec.Decode(payload, new(msgpack.RawMessage)) // reads whatever the guard lets through
	value, err := p.decode(payload)
	switch {
	case guard != nil:
		requireCodecError(t, guard)
		require.Equal(t, guard, err, "what the guard refuses, it refuses for every type")
		require.LessOrEqual(t, p.allocated(payload, errorBytes), uint64(errorBytes), "and allocates no more than the error")
	case err != nil:
		e := requireCodecError(t, err)
		require.NotErrorIs(t, err, codec.ErrPanic)
		require.True(t, value.IsZero(), "nothing stands in the target")
		require.Less(t, e.Offset, len(payload)+1)
		p.requireBounded(t, payload)
	default:
		p.requireBounded(t, payload)
		requireSkipped(t, payload)
		p.requireAsLibrary(t, payload, value)
		p.requireRoundTrip(t, value)
	}
}

func (p *proof) decode(payload []byte) (reflect.Value, error) {
	v := reflect.New(p.typ)
	err := p.codec.Decode(payload, v.Interface())
	return v.Elem(), err
}

func (p *proof) allocated(payload []byte, most uint64) uint64 {
	return allocated(most, func() func() {
		target := reflect.New(p.typ).Interface()
		return func() { _ = p.codec.Decode(payload, target) }
	})
}

// allocated returns how many bytes the function allocates that prepare returns. What is not the decoder's, such as a buffer that a
// pool has lost, is not there every time, so it tries again while the result is above most. Under the race detector a pool loses
// every fourth buffer on purpose, so a few tries would not be enough for some thousand payloads.
func allocated(most uint64, prepare func() func()) uint64 {
	least := uint64(math.MaxUint64)
	for try := 0; try < 50 && least > most; try++ {
		work := prepare()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		work()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// requireBounded requires that decoding allocates no more than docs/codec.md says may stay alive. What stays alive is at most what
// was allocated.
func (p *proof) requireBounded(t *testing.T, payload []byte) {
	most := 128*len(payload) + 64<<10
	if k := p.typ.Kind(); k != reflect.Interface && k != reflect.Map {
		most = countElements(payload)*elementSize(p.typ) + 2*len(payload) + errorBytes
	}
	require.LessOrEqual(t, p.allocated(payload, uint64(most)), uint64(most))
}

// countElements counts as the guard does, without it: arrays, maps, and each of what is in them.
func countElements(payload []byte) (n int) {
	d := msgpack.NewDecoder(bytes.NewReader(payload))
	for left := 1; left > 0; left-- {
		n++
		switch c, _ := d.PeekCode(); {
		case c&0xf0 == 0x90 || c == 0xdc || c == 0xdd:
			inside, _ := d.DecodeArrayLen()
			left += inside
		case c&0xf0 == 0x80 || c == 0xde || c == 0xdf:
			inside, _ := d.DecodeMapLen()
			left += 2 * inside
		default:
			_ = d.Skip()
		}
	}
	return n
}

// elementSize returns the most memory that one element can take in a value of type t, as docs/codec.md defines it.
func elementSize(t reflect.Type) int {
	size, seen := 0, map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		size = max(size, int(t.Size()))
		switch t.Kind() {
		case reflect.Interface:
			size = max(size, 400)
		case reflect.Map:
			size = max(size, 64+10*int(t.Key().Size()+t.Elem().Size()))
			visit(t.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		}
	}
	visit(t)
	return size + size/4 + 16 // the allocator rounds up
}

// requireSkipped requires that msgpack/v5 sees the same one value in the payload.
func requireSkipped(t *testing.T, payload []byte) {
	in := bytes.NewReader(payload)
	require.NoError(t, msgpack.NewDecoder(in).Skip())
	require.Zero(t, in.Len())
}

// requireAsLibrary requires that msgpack/v5, which is safe behind the guard, reads the payload as the same value.
func (p *proof) requireAsLibrary(t *testing.T, payload []byte, value reflect.Value) {
	v := reflect.New(p.typ)
	err := msgpack.NewDecoder(bytes.NewReader(payload)).Decode(v.Interface())
	if err != nil && p.accepts(payload) {
		return
	}
	require.NoError(t, err)
	requireSame(t, value, v.Elem())
}

// accepts reports whether the payload has what the codec reads and msgpack/v5 does not: a float of 64 bits for one of 32.
func (p *proof) accepts(payload []byte) bool {
	return p.typ == reflect.TypeFor[[]typed]() && bytes.Contains(payload, []byte{0xcb})
}

// requireRoundTrip requires that what was decoded can be sent again and comes out equal, unless it has a text that came as a bin and
// is not UTF-8.
func (p *proof) requireRoundTrip(t *testing.T, value reflect.Value) {
	again, err := p.codec.Append(nil, value.Addr().Interface())
	if errors.Is(err, codec.ErrUTF8) {
		return
	}
	require.NoError(t, err)
	second, err := p.decode(again)
	require.NoError(t, err)
	requireSame(t, value, second)
}

// requireSame requires that two values of one type are equal: floats by their bits, and numbers in an any by what they are, as the
// width of an integer is not kept there.
func requireSame(t *testing.T, a, b reflect.Value) {
	require.True(t, same(a, b), "%#v\n%#v", a, b)
}

func same(a, b reflect.Value) bool {
	if a.Kind() == reflect.Interface && b.Kind() == reflect.Interface {
		a, b = a.Elem(), b.Elem()
		if number(a) != nil {
			return number(a) == number(b)
		}
	}
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return a.IsValid() == b.IsValid() && !a.IsValid()
	}
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || same(a.Elem(), b.Elem()))
	case reflect.Slice, reflect.Array:
		return sameList(a, b)
	case reflect.Map:
		return sameMap(a, b)
	case reflect.Struct:
		return sameStruct(a, b)
	}
	return a.Equal(b)
}

// number returns the integer in v in a form that can be compared, or nil if there is none.
func number(v reflect.Value) any {
	switch {
	case v.IsValid() && v.CanInt() && v.Int() < 0:
		return v.Int()
	case v.IsValid() && v.CanInt():
		return uint64(v.Int())
	case v.IsValid() && v.CanUint():
		return v.Uint()
	}
	return nil
}

func sameList(a, b reflect.Value) bool {
	if a.Len() != b.Len() || a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() {
		return false
	}
	for i := range a.Len() {
		if !same(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}

func sameMap(a, b reflect.Value) bool {
	if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
		return false
	}
	for it := a.MapRange(); it.Next(); {
		if !same(it.Value(), b.MapIndex(it.Key())) {
			return false
		}
	}
	return true
}

func sameStruct(a, b reflect.Value) bool {
	if a.Type() == reflect.TypeFor[time.Time]() {
		return a.Interface().(time.Time).Equal(b.Interface().(time.Time))
	}
	for i := range a.NumField() {
		if !same(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}
