package codec

import (
	"fmt"
	"reflect"
)

// slice reads an array into a new slice. The scan has seen a byte or more for each of its elements.
func (d *decoder) slice(v reflect.Value, t *plan) *Error {
	if k := d.kind(); k != kindArray {
		return d.mismatch(k, t.typ)
	}
	_, n := d.open()
	v.Set(reflect.MakeSlice(t.typ, n, n))
	return d.elements(v, t)
}

func (d *decoder) array(v reflect.Value, t *plan) *Error {
	at := d.at
	if k := d.kind(); k != kindArray {
		return d.mismatch(k, t.typ)
	}
	if _, n := d.open(); n != v.Len() {
		return failed(fmt.Errorf("%d elements cannot be read into %v", n, t.typ), at)
	}
	return d.elements(v, t)
}

func (d *decoder) elements(v reflect.Value, t *plan) *Error {
	for i := range v.Len() {
		if err := d.value(v.Index(i), t.elem); err != nil {
			return err
		}
	}
	return nil
}

// mapping reads a map into a new one. It is an error if two of its keys differ on the wire and are the same in Go.
func (d *decoder) mapping(v reflect.Value, t *plan) *Error {
	if k := d.kind(); k != kindMap {
		return d.mismatch(k, t.typ)
	}
	if m, ok := v.Addr().Interface().(*map[string]any); ok {
		dict, err := d.dict()
		*m = dict
		return err
	}
	begin := d.at
	_, n := d.open()
	v.Set(reflect.MakeMapWithSize(t.typ, n))
	key, value := reflect.New(t.key.typ).Elem(), reflect.New(t.elem.typ).Elem()
	for range n {
		key.SetZero()
		value.SetZero()
		if err := d.mapKey(key, t); err != nil {
			return err
		}
		if err := d.value(value, t.elem); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	if v.Len() < n && !d.twice {
		return &Error{Err: ErrDuplicateKey, Offset: begin, What: "map", Found: int64(begin)}
	}
	return nil
}

// mapKey reads a key. One behind an interface may be of a type that cannot be a key.
func (d *decoder) mapKey(key reflect.Value, t *plan) *Error {
	at, k := d.at, d.kind()
	if err := d.value(key, t.key); err != nil {
		return err
	}
	if !key.Comparable() {
		return &Error{Err: ErrMapKey, Offset: at, What: k.String()}
	}
	return nil
}
