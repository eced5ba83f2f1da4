package codec

import "reflect"

// open writes the head of an array of n elements or a map of n keys. A circle through containers ends here.
func (e *encoder) open(k kind, n int) *Error {
	count := n
	if k == kindMap {
		count *= 2
	}
	if e.depth == e.limits.depth {
		return &Error{Err: ErrTooDeep, Offset: e.at(), What: k.String(), Found: int64(e.depth + 1), Allowed: int64(e.depth)}
	}
	if count > e.limits.elements-e.total {
		found := int64(e.total) + int64(count)
		return &Error{Err: ErrTooManyElements, Offset: e.at(), What: k.String(), Found: found, Allowed: int64(e.limits.elements)}
	}
	if err := e.limits.size(e.at()); err != nil {
		return err
	}
	e.depth++
	e.total += count
	if k == kindMap {
		e.buf = appendMapHead(e.buf, n)
	} else {
		e.buf = appendArrayHead(e.buf, n)
	}
	return nil
}

// sequence writes a slice or an array.
func (e *encoder) sequence(v reflect.Value, t *plan) *Error {
	if t.out == opSlice && v.IsNil() {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	n := v.Len()
	if err := e.open(kindArray, n); err != nil {
		return err
	}
	for i := range n {
		if err := e.value(v.Index(i), t.elem); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

// mapping writes a map, and refuses keys that no map on the wire may have.
func (e *encoder) mapping(v reflect.Value, t *plan) *Error {
	if v.IsNil() {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if err := e.open(kindMap, v.Len()); err != nil {
		return err
	}
	m := e.scanner.keys.open()
	key, value := reflect.New(t.key.typ).Elem(), reflect.New(t.elem.typ).Elem()
	for it := v.MapRange(); it.Next(); {
		key.SetIterKey(it)
		value.SetIterValue(it)
		at := e.at()
		if err := e.value(key, t.key); err != nil {
			return err
		}
		if err := e.key(at, t, m); err != nil {
			return err
		}
		if err := e.value(value, t.elem); err != nil {
			return err
		}
	}
	e.scanner.keys.close(m)
	e.depth--
	return nil
}

// key checks the key that has been written from the offset at on, of the map that began at m.
func (e *encoder) key(at int, t *plan, m mark) *Error {
	if t.distinct {
		return nil
	}
	p := e.payload()
	if k := forms[p[at]].kind; !k.canBeKey() {
		return &Error{Err: ErrMapKey, Offset: at, What: k.String()}
	}
	if e.limits.duplicates {
		return nil
	}
	e.scanner.keys.payload = p
	return e.scanner.keys.unique(p, at, len(p), m)
}
