package codec

import "reflect"

// any writes a value of any type. It tells the commonest apart without reflection.
func (e *encoder) any(v any) *Error {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, codeNil)
	case bool:
		e.buf = appendBool(e.buf, v)
	case int:
		e.buf = appendInt(e.buf, int64(v))
	case int64:
		e.buf = appendInt(e.buf, v)
	case float64:
		e.buf = appendFloat64(e.buf, v)
	case string:
		return e.text(v)
	case []byte:
		return e.bytes(v)
	case []any:
		return e.list(v)
	case map[string]any:
		return e.dict(v)
	default:
		t := e.planOf(reflect.TypeOf(v))
		if t.out == opPointer && t.elem.out == opGenerated && !reflect.ValueOf(v).IsNil() {
			return e.generated(v.(marshalMsg))
		}
		return e.value(reflect.ValueOf(v), t)
	}
	return nil
}

func (e *encoder) planOf(t reflect.Type) *plan {
	if t != e.typ {
		e.typ, e.plan = t, e.exts.plan(t)
	}
	return e.plan
}

func (e *encoder) list(v []any) *Error {
	if v == nil {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if err := e.open(kindArray, len(v)); err != nil {
		return err
	}
	for i := range v {
		if err := e.any(v[i]); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

func (e *encoder) dict(v map[string]any) *Error {
	if v == nil {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if err := e.open(kindMap, len(v)); err != nil {
		return err
	}
	for key, value := range v {
		if err := e.text(key); err != nil {
			return err
		}
		if err := e.any(value); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}
