package codec

import (
	"fmt"
	"reflect"
)

// structure reads a map, or an array with one element for each field, into a struct.
func (d *decoder) structure(v reflect.Value, t *plan) *Error {
	at := d.at
	switch k := d.kind(); k {
	case kindArray:
		return d.tuple(v, t)
	case kindMap:
	default:
		return d.mismatch(k, t.typ)
	}
	if d.twice {
		v.SetZero()
	}
	_, n := d.open()
	if t.fields.aliases && n > 1 {
		return d.aliased(v, t, at, n)
	}
	next := 0
	for range n {
		f, err := d.named(t, &next)
		if err == nil && f != nil {
			err = d.field(v, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// named reads the name of a field and returns the field. It is most often the one at next, as who writes keeps the order. If there
// is none, named passes over its value.
func (d *decoder) named(t *plan, next *int) (*field, *Error) {
	at, list := d.at, t.fields.list
	name, err := d.text(t.typ)
	if err != nil {
		return nil, err
	}
	if i := *next; i < len(list) && list[i].name == string(name) {
		*next = i + 1
		return &list[i], nil
	}
	if i, known := t.fields.byName[string(name)]; known {
		*next = i + 1
		return &list[i], nil
	}
	if d.strict {
		return nil, failed(fmt.Errorf("%v has no field for %q", t.typ, name), at)
	}
	d.skip()
	return nil, nil
}

// aliased reads a map into a struct that has a field with two names. Each field may be named once.
func (d *decoder) aliased(v reflect.Value, t *plan, begin, n int) *Error {
	seen := map[*field]bool{}
	next := 0
	for range n {
		at := d.at
		f, err := d.named(t, &next)
		if err == nil && f != nil {
			if seen[f] && !d.twice {
				return &Error{Err: ErrDuplicateKey, Offset: at, What: "alias", Found: int64(begin)}
			}
			seen[f] = true
			err = d.field(v, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tuple reads an array into a struct. An empty array is the zero value, as it is what PHP makes of an empty map.
func (d *decoder) tuple(v reflect.Value, t *plan) *Error {
	at, list := d.at, t.fields.list
	_, n := d.open()
	if n == 0 {
		return nil
	}
	if n != len(list) {
		return failed(fmt.Errorf("an array of %d cannot be read into %v, which has %d fields", n, t.typ, len(list)), at)
	}
	for i := range list {
		if err := d.field(v, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// field reads the next element into a field of the struct v. A nil makes no embedded struct.
func (d *decoder) field(v reflect.Value, f *field) *Error {
	if len(f.index) == 1 {
		return d.value(v.Field(f.index[0]), f.plan)
	}
	if value, ok := f.of(v); ok {
		return d.value(value, f.plan)
	}
	if d.p[d.at] == codeNil {
		d.at++
		return nil
	}
	value, err := f.make(v)
	if err != nil {
		return failed(err, d.at)
	}
	return d.value(value, f.plan)
}
