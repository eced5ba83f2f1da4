package codec

import (
	"errors"
	"fmt"
	"reflect"
)

// A decoder reads a payload that a scanner has passed: each element is whole, in its place, and inside the limits. It has no more
// to check than whether the payload fits the Go type. What it reads into is zero.
type decoder struct {
	p      []byte
	at     int // offset of the next element
	exts   *Exts
	strict bool  // unknown fields are refused
	twice  bool  // a map may have a key twice, and a field be read twice
	budget int64 // how much memory values of unknown type may still take

	limits  limits
	scanner scanner

	typ  reflect.Type // the type that plan is for: most often the next value has it too
	plan *plan
}

// begin passes over p, which is a whole payload, under d.limits, and makes d ready to read it.
func (d *decoder) begin(p []byte, strict bool) *Error {
	l := &d.limits
	if err := l.size(len(p)); err != nil {
		return err
	}
	d.scanner.begin(l)
	if err := d.scanner.check(p); err != nil {
		return err
	}
	if d.exts != l.exts {
		d.exts, d.typ = l.exts, nil
	}
	d.p, d.at, d.strict, d.twice = p, 0, strict, l.duplicates
	d.budget = budget(p)
	return nil
}

// end lets go of the payload.
func (d *decoder) end() {
	d.p = nil
	d.scanner.keys.reset()
}

// read reads the whole payload into v, which ptr points to.
func (d *decoder) read(v reflect.Value, ptr any) (err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if t := v.Type(); t != d.typ {
		d.typ, d.plan = t, d.exts.plan(t)
	}
	if d.plan.in == opGenerated && d.p[0] != codeNil {
		d.at = len(d.p)
		return d.generated(d.p[:d.at:d.at], 0, ptr.(unmarshalMsg))
	}
	return d.value(v, d.plan)
}

// kind returns what the next element is.
func (d *decoder) kind() kind { return forms[d.p[d.at]].kind }

// open passes over the head of the next element, which has a length, and returns both.
func (d *decoder) open() (kind, int) {
	f := forms[d.p[d.at]]
	body := d.at + int(f.head)
	n := int(f.length(d.p[d.at:body]))
	d.at = body
	return f.kind, n
}

// skip passes over the next element and all in it. It returns the offset of the first ext, or -1.
func (d *decoder) skip() (ext int) {
	ext = -1
	for left := 1; left > 0; left-- {
		at := d.at
		switch k, n := d.open(); k {
		case kindExt:
			if ext < 0 {
				ext = at
			}
			d.at += n
		case kindStr, kindBin:
			d.at += n
		case kindArray:
			left += n
		case kindMap:
			left += 2 * n
		}
	}
	return ext
}

// mismatch says that the next element, which is of kind k, is nothing for the type t.
func (d *decoder) mismatch(k kind, t reflect.Type) *Error {
	return failed(fmt.Errorf("%v cannot be read into %v", k, t), d.at)
}

// value reads the next element into v, whose type has the plan t. A nil is the zero value of every type.
func (d *decoder) value(v reflect.Value, t *plan) *Error {
	if d.p[d.at] == codeNil && t.in != opNever {
		d.at++
		if d.twice {
			v.SetZero()
		}
		return nil
	}
	switch t.in {
	case opBool:
		return d.bool(v, t)
	case opInt:
		return d.int(v, t)
	case opUint:
		return d.uint(v, t)
	case opFloat32, opFloat64:
		return d.float(v, t)
	case opString:
		return d.string(v, t)
	case opStruct:
		return d.structure(v, t)
	case opPointer:
		v.Set(reflect.New(t.elem.typ))
		return d.value(v.Elem(), t.elem)
	case opBytes:
		return d.bytes(v, t)
	case opByteArray:
		return d.byteArray(v, t)
	case opAny:
		return d.boxed(v)
	case opError, opInterface:
		return d.failure(v, t)
	case opSlice:
		return d.slice(v, t)
	case opArray:
		return d.array(v, t)
	case opMap:
		return d.mapping(v, t)
	case opNever:
		return failed(t.err, -1)
	}
	return d.own(v, t)
}

func (d *decoder) bool(v reflect.Value, t *plan) *Error {
	k := d.kind()
	if k != kindFalse && k != kindTrue {
		return d.mismatch(k, t.typ)
	}
	d.at++
	v.SetBool(k == kindTrue)
	return nil
}

// text passes over a str or a bin and returns its bytes.
func (d *decoder) text(t reflect.Type) ([]byte, *Error) {
	if c := d.p[d.at]; c >= 0xa0 && c < 0xc0 {
		text := d.p[d.at+1:][:c&0x1f]
		d.at += 1 + len(text)
		return text, nil
	}
	if k := d.kind(); k != kindStr && k != kindBin {
		return nil, d.mismatch(k, t)
	}
	_, n := d.open()
	d.at += n
	return d.p[d.at-n : d.at], nil
}

func (d *decoder) string(v reflect.Value, t *plan) *Error {
	text, err := d.text(t.typ)
	if err != nil {
		return err
	}
	v.SetString(string(text))
	return nil
}

func (d *decoder) bytes(v reflect.Value, t *plan) *Error {
	text, err := d.text(t.typ)
	if err != nil {
		return err
	}
	v.SetBytes(append(make([]byte, 0, len(text)), text...))
	return nil
}

func (d *decoder) byteArray(v reflect.Value, t *plan) *Error {
	at := d.at
	text, err := d.text(t.typ)
	if err != nil {
		return err
	}
	if len(text) != v.Len() {
		return failed(fmt.Errorf("%d bytes cannot be read into %v", len(text), t.typ), at)
	}
	copy(v.Bytes(), text)
	return nil
}

// failure reads a str into an error. What else is in an interface with methods, nobody knows.
func (d *decoder) failure(v reflect.Value, t *plan) *Error {
	if t.in == opInterface || d.kind() != kindStr {
		return d.mismatch(d.kind(), t.typ)
	}
	text, _ := d.text(t.typ)
	v.Set(reflect.ValueOf(errors.New(string(text))))
	return nil
}
