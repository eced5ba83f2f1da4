package codec

import (
	"encoding"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"sync"

	"github.com/vmihailenco/msgpack/v5"
)

// A shape is what the guard has to know of a Go type: whether msgpack/v5 could follow its pointers for ever without writing
// a byte, which no writer could stop.
type shape struct {
	err        error // the type itself is endless
	interfaces bool  // its values hold interfaces, whose values may be endless
	fields     []int // of a struct: the fields that make interfaces true
}

var shapes sync.Map // reflect.Type to *shape

// shapeOf returns the shape of t, which is worked out once for each type.
func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s, _ := shapes.LoadOrStore(t, newShape(t))
	return s.(*shape)
}

func newShape(t reflect.Type) *shape {
	y := survey{seen: map[reflect.Type]bool{}}
	y.visit(t)
	s := &shape{err: y.err, interfaces: y.interfaces}
	if t.Kind() != reflect.Struct || !s.interfaces {
		return s
	}
	for i, f := range encodedFields(t) {
		y := survey{seen: map[reflect.Type]bool{}}
		if y.visit(f.Type); y.interfaces {
			s.fields = append(s.fields, i)
		}
	}
	return s
}

// A survey visits all types that values of a type can hold, as far as the type tells.
type survey struct {
	seen       map[reflect.Type]bool
	interfaces bool
	err        error
}

func (y *survey) visit(t reflect.Type) {
	if y.seen[t] || opaque(t) {
		return
	}
	y.seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		y.interfaces = y.interfaces || t != errorType // of an error, msgpack/v5 writes the text
	case reflect.Pointer:
		if endlessPointer(t) {
			y.err = fmt.Errorf("type %v points to itself", t)
			return
		}
		y.visit(t.Elem())
	case reflect.Slice, reflect.Array:
		y.visit(t.Elem())
	case reflect.Map:
		y.visit(t.Key())
		y.visit(t.Elem())
	case reflect.Struct:
		if embedsItself(t, nil) {
			y.err = fmt.Errorf("type %v embeds itself", t)
			return
		}
		for _, f := range encodedFields(t) {
			y.visit(f.Type)
		}
	}
}

// endlessPointer reports whether t is like "type P *P".
func endlessPointer(t reflect.Type) bool {
	for hops := 0; t.Kind() == reflect.Pointer; hops++ {
		if hops == maxHops {
			return true
		}
		t = t.Elem()
	}
	return false
}

// embedsItself reports whether the struct t is like "type S struct{ *S }". The path has the structs around t.
func embedsItself(t reflect.Type, path []reflect.Type) bool {
	for _, outer := range path {
		if outer == t {
			return true
		}
	}
	path = append(path, t)
	for _, f := range encodedFields(t) {
		inner := f.Type
		for inner.Kind() == reflect.Pointer && !endlessPointer(inner) {
			inner = inner.Elem()
		}
		if f.Anonymous && inner.Kind() == reflect.Struct && !opaque(inner) && embedsItself(inner, path) {
			return true
		}
	}
	return false
}

// encodedFields yields the fields of the struct t that msgpack/v5 looks at, with their indexes.
func encodedFields(t reflect.Type) iter.Seq2[int, reflect.StructField] {
	return func(yield func(int, reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("msgpack"), ",")
			if name == "-" || !f.IsExported() && !f.Anonymous {
				continue
			}
			if !yield(i, f) {
				return
			}
		}
	}
}

var (
	errorType    = reflect.TypeFor[error]()
	encoderTypes = []reflect.Type{
		reflect.TypeFor[msgpack.CustomEncoder](),
		reflect.TypeFor[msgpack.Marshaler](),
		reflect.TypeFor[encoding.BinaryMarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](),
	}
)

// opaque reports whether values of t are encoded by methods of their own, so that msgpack/v5 does not look into them.
func opaque(t reflect.Type) bool {
	for _, encoder := range encoderTypes {
		if t.Implements(encoder) || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(encoder) {
			return true
		}
	}
	return false
}
