package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// integer passes over an integer and returns it: u if it is zero or more, else i.
func (d *decoder) integer(t *plan) (u uint64, i int64, err *Error) {
	c := d.p[d.at]
	switch {
	case c < 0x80:
		d.at++
		return uint64(c), 0, nil
	case c >= 0xe0:
		d.at++
		return 0, int64(int8(c)), nil
	}
	f := forms[c]
	if f.kind != kindUnsigned && f.kind != kindSigned {
		return 0, 0, d.mismatch(f.kind, t.typ)
	}
	size, bits := f.number(d.p[d.at : d.at+int(f.head)])
	d.at += int(f.head)
	if size == sizeNegative {
		return 0, int64(bits), nil
	}
	return bits, 0, nil
}

func (d *decoder) int(v reflect.Value, t *plan) *Error {
	at := d.at
	u, i, err := d.integer(t)
	if err != nil {
		return err
	}
	if i == 0 {
		if i = int64(u); i < 0 {
			return tooWide(u, t, at)
		}
	}
	if spare := 64 - t.bits; i<<spare>>spare != i {
		return tooWide(i, t, at)
	}
	v.SetInt(i)
	return nil
}

func (d *decoder) uint(v reflect.Value, t *plan) *Error {
	at := d.at
	u, i, err := d.integer(t)
	if err != nil {
		return err
	}
	if i < 0 {
		return tooWide(i, t, at)
	}
	if spare := 64 - t.bits; u<<spare>>spare != u {
		return tooWide(u, t, at)
	}
	v.SetUint(u)
	return nil
}

// tooWide says that the number n, at the offset at, does not fit.
func tooWide(n any, t *plan, at int) *Error {
	return &Error{Err: ErrRange, Offset: at, What: fmt.Sprintf("%v does not fit %v", n, t.typ)}
}

// float reads a float, or an integer that a float can hold, and refuses one that would change.
func (d *decoder) float(v reflect.Value, t *plan) *Error {
	at := d.at
	f, exact, err := d.number(t)
	if err != nil {
		return err
	}
	if t.in == opFloat32 {
		exact = exact && (float64(float32(f)) == f || math.IsNaN(f))
	}
	if !exact {
		return tooWide(d.numberAt(at), t, at)
	}
	v.SetFloat(f)
	return nil
}

// number passes over a number and returns it as a float, and whether that is the number exactly.
func (d *decoder) number(t *plan) (f float64, exact bool, err *Error) {
	switch b := d.p[d.at:]; b[0] {
	case 0xca:
		d.at += 5
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b[1:]))), true, nil
	case 0xcb:
		d.at += 9
		return math.Float64frombits(binary.BigEndian.Uint64(b[1:])), true, nil
	}
	u, i, err := d.integer(t)
	if i < 0 {
		f = float64(i)
		return f, int64(f) == i, err
	}
	f = float64(u)
	return f, f < 1<<64 && uint64(f) == u, err
}

// numberAt returns the number at the offset at, for an error.
func (d *decoder) numberAt(at int) any {
	n, _ := (&decoder{p: d.p, at: at}).any()
	return n
}
