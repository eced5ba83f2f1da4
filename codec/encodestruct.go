package codec

import "reflect"

// structure writes a struct as a map, or as an array if its tag says so.
func (e *encoder) structure(v reflect.Value, fs *fields) *Error {
	switch {
	case fs.asArray:
		return e.tuple(v, fs)
	case fs.omits:
		return e.sparse(v, fs)
	}
	if err := e.open(kindMap, len(fs.list)); err != nil {
		return err
	}
	for i := range fs.list {
		if err := e.field(v, &fs.list[i], true); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

// tuple writes a struct as an array.
func (e *encoder) tuple(v reflect.Value, fs *fields) *Error {
	if err := e.open(kindArray, len(fs.list)); err != nil {
		return err
	}
	for i := range fs.list {
		if err := e.field(v, &fs.list[i], false); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

// sparse writes a struct some of whose fields are left out when they are empty. It asks each field once, as a method may answer.
func (e *encoder) sparse(v reflect.Value, fs *fields) *Error {
	base := len(e.kept)
	for i := range fs.list {
		if !e.omits(v, &fs.list[i]) {
			e.kept = append(e.kept, i)
		}
	}
	end := len(e.kept)
	if err := e.open(kindMap, end-base); err != nil {
		return err
	}
	for at := base; at < end; at++ {
		if err := e.field(v, &fs.list[e.kept[at]], true); err != nil {
			return err
		}
	}
	e.kept = e.kept[:base]
	e.depth--
	return nil
}

// field writes a field of the struct v, with its name before it if it is named.
func (e *encoder) field(v reflect.Value, f *field, named bool) *Error {
	if named {
		e.buf = append(e.buf, f.key...)
	}
	value, ok := f.of(v)
	if !ok {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	return e.value(value, f.plan)
}

// omits reports whether the field is left out of the struct v.
func (e *encoder) omits(v reflect.Value, f *field) bool {
	value, ok := f.of(v)
	return !ok || f.omitEmpty && e.empty(value)
}

// empty reports whether v is what omitempty leaves out: nil, or what its method IsZero says, or else zero, without elements, or a
// struct all of whose fields are left out.
func (e *encoder) empty(v reflect.Value) bool {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return true
		}
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return e.emptyStruct(v)
	case reflect.Float32, reflect.Float64:
		return v.Float() == 0 // -0 too
	}
	return v.IsZero()
}

func (e *encoder) emptyStruct(v reflect.Value) bool {
	fs := e.exts.plan(v.Type()).fields
	if fs == nil { // a type with methods of its own
		return v.IsZero()
	}
	for i := range fs.list {
		if !e.omits(v, &fs.list[i]) {
			return false
		}
	}
	return true
}
