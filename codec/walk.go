package codec

import (
	"errors"
	"reflect"
)

// maxHops is how many pointers and interfaces may follow one another before a value.
const maxHops = 32

// slack is how many times MaxElements a walk may visit.
const slack = 16

var errCircle = errors.New("the Go value holds itself")

// check looks for circles of pointers and interfaces in v, whose type has the shape s. Any other circle goes through a struct,
// a map, an array or a slice, which write something, so that the appender ends it. Most types cannot have such a circle, and
// cost nothing.
func (s *shape) check(v any, l limits) *Error {
	if s.err != nil {
		return failed(s.err, -1)
	}
	if !s.interfaces {
		return nil
	}
	w := walk{limits: l}
	return w.any(v, 0, 0)
}

// A walk visits the values behind interfaces. In its methods, level is how many
// containers are around a value, and hops how many pointers and interfaces lead from the last of them to it.
type walk struct {
	limits limits
	total  int64 // containers and elements visited
}

func (w *walk) any(v any, level, hops int) *Error {
	switch v := v.(type) {
	case nil, bool, string, int, int64, uint64, float64, []byte:
		return nil
	case []any:
		return w.slice(v, level)
	case map[string]any:
		return w.dict(v, level)
	}
	return w.value(reflect.ValueOf(v), level, hops)
}

func (w *walk) slice(v []any, level int) *Error {
	if err := w.enter(level, len(v)); err != nil {
		return err
	}
	for _, e := range v {
		if err := w.any(e, level+1, 0); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) dict(v map[string]any, level int) *Error {
	if err := w.enter(level, 2*len(v)); err != nil {
		return err
	}
	for _, e := range v {
		if err := w.any(e, level+1, 0); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) value(v reflect.Value, level, hops int) *Error {
	s := shapeOf(v.Type())
	if s.err != nil {
		return failed(s.err, -1)
	}
	if !s.interfaces {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return w.pointer(v, level, hops)
	case reflect.Interface:
		return w.boxed(v, level, hops)
	case reflect.Struct:
		return w.structure(v, s, level)
	case reflect.Map:
		return w.mapping(v, level)
	}
	return w.sequence(v, level)
}

func (w *walk) pointer(v reflect.Value, level, hops int) *Error {
	if v.IsNil() {
		return nil
	}
	if hops >= maxHops {
		return &Error{Err: ErrTooDeep, Offset: -1, Cause: errCircle}
	}
	return w.value(v.Elem(), level, hops+1)
}

func (w *walk) boxed(v reflect.Value, level, hops int) *Error {
	if v.IsNil() {
		return nil
	}
	return w.any(v.Interface(), level, hops+1)
}

func (w *walk) structure(v reflect.Value, s *shape, level int) *Error {
	if err := w.enter(level, 0); err != nil {
		return err
	}
	for _, i := range s.fields {
		if err := w.value(v.Field(i), level+1, 0); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) mapping(v reflect.Value, level int) *Error {
	if err := w.enter(level, 2*v.Len()); err != nil {
		return err
	}
	for it := v.MapRange(); it.Next(); {
		if err := w.value(it.Key(), level+1, 0); err != nil {
			return err
		}
		if err := w.value(it.Value(), level+1, 0); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) sequence(v reflect.Value, level int) *Error {
	if err := w.enter(level, v.Len()); err != nil {
		return err
	}
	for i := range v.Len() {
		if err := w.value(v.Index(i), level+1, 0); err != nil {
			return err
		}
	}
	return nil
}

// enter counts a container of n elements. It must refuse what is too much, not just stop: the encoder may come to the elements
// in another order, and to a circle first. It allows more than the scan will, as the encoder leaves out what
// is empty if it is told to, and gives an embedded struct no level of its own.
func (w *walk) enter(level, n int) *Error {
	if level >= w.limits.depth+maxHops {
		return &Error{Err: ErrTooDeep, Offset: -1, What: "Go value", Found: int64(level + 1), Allowed: int64(w.limits.depth)}
	}
	w.total += int64(n) + 1
	if w.total > slack*int64(w.limits.elements) {
		return &Error{Err: ErrTooManyElements, Offset: -1, What: "Go value", Found: w.total, Allowed: int64(w.limits.elements)}
	}
	return nil
}
