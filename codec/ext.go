package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"
)

// An Ext ties a msgpack ext, which is a number and some bytes, to a Go type. [NewExt] makes one; an [Exts] has them in use.
type Ext struct {
	number int8
	typ    reflect.Type
	append func(dst []byte, v reflect.Value) ([]byte, error)
	parse  func(v reflect.Value, body []byte) error
}

// NewExt returns the Ext of the given number for the type T, which is neither an interface nor a pointer. The msgpack specification
// keeps the numbers below zero for itself, and gives -1 to times, which [Timestamp] is.
//
// body appends the bytes for v to dst. parse gets all of these bytes, which no one has looked at: it must not trust them, change
// them or keep them. Both may be called by many goroutines at once.
func NewExt[T any](number int8, body func(dst []byte, v T) ([]byte, error), parse func(body []byte) (T, error)) Ext {
	return Ext{
		number: number,
		typ:    reflect.TypeFor[T](),
		append: func(dst []byte, v reflect.Value) ([]byte, error) { return body(dst, *v.Addr().Interface().(*T)) },
		parse: func(v reflect.Value, body []byte) error {
			value, err := parse(body)
			if err == nil {
				*v.Addr().Interface().(*T) = value
			}
			return err
		},
	}
}

// Exts is a set of Exts, for the field Exts of [Msgpack]. It never changes, so any number of codecs and goroutines may use it. Each
// set works out its own plans for the Go types that it meets, so make few.
type Exts struct {
	byNumber map[int8]*Ext
	byType   map[reflect.Type]*Ext
	plans    sync.Map // reflect.Type to *plan
}

// noExts is the set that a codec without one has.
var noExts = &Exts{}

// NewExts returns the set of the given Exts. The error is an [*Error] of the class ErrExt: two of them have the same number or the
// same type, or a type is an interface or a pointer.
func NewExts(exts ...Ext) (*Exts, error) {
	x := &Exts{byNumber: map[int8]*Ext{}, byType: map[reflect.Type]*Ext{}}
	for _, e := range exts {
		if err := x.add(&e); err != nil {
			return nil, (&Error{Err: ErrExt, Offset: -1, Cause: err}).in(msgpackName, "new")
		}
	}
	return x, nil
}

// MustExts is NewExts that panics instead of returning an error, for variables of a package.
func MustExts(exts ...Ext) *Exts {
	x, err := NewExts(exts...)
	if err != nil {
		panic(err)
	}
	return x
}

func (x *Exts) add(e *Ext) error {
	if e.typ == nil {
		return errors.New("an Ext that NewExt has not made")
	}
	if k := e.typ.Kind(); k == reflect.Interface || k == reflect.Pointer {
		return fmt.Errorf("the type of ext %d is %v, an interface or a pointer", e.number, e.typ)
	}
	if other := x.byNumber[e.number]; other != nil {
		return fmt.Errorf("ext %d stands for both %v and %v", e.number, other.typ, e.typ)
	}
	if other := x.byType[e.typ]; other != nil {
		return fmt.Errorf("%v has both ext %d and ext %d", e.typ, other.number, e.number)
	}
	x.byNumber[e.number], x.byType[e.typ] = e, e
	return nil
}

// knows reports whether payloads may have an ext of that number.
func (x *Exts) knows(number int8) bool { return x != nil && x.byNumber[number] != nil }

func (x *Exts) extOf(t reflect.Type) *Ext { return x.byType[t] }

// Timestamp is the Ext for times: [time.Time] with nanoseconds, under the number -1 that the msgpack specification gives to it. A
// time that was read is in UTC: neither the zone nor the monotonic clock travels.
var Timestamp = NewExt(extTime, appendTime, parseTime)

// appendTime appends the seconds and nanoseconds of t in 4, 8 or 12 bytes, whichever are enough
// (github.com/msgpack/msgpack/blob/master/spec.md, "Timestamp extension type").
func appendTime(dst []byte, t time.Time) ([]byte, error) {
	seconds, nanos := uint64(t.Unix()), uint64(t.Nanosecond())
	switch {
	case seconds>>34 != 0:
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(dst, uint32(nanos)), seconds), nil
	case nanos == 0 && seconds <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(dst, uint32(seconds)), nil
	}
	return binary.BigEndian.AppendUint64(dst, nanos<<34|seconds), nil
}

func parseTime(body []byte) (time.Time, error) {
	var seconds int64
	var nanos uint32
	switch len(body) {
	case 4:
		seconds = int64(binary.BigEndian.Uint32(body))
	case 8:
		both := binary.BigEndian.Uint64(body)
		seconds, nanos = int64(both&(1<<34-1)), uint32(both>>34)
	case 12:
		seconds, nanos = int64(binary.BigEndian.Uint64(body[4:])), binary.BigEndian.Uint32(body)
	default:
		return time.Time{}, fmt.Errorf("a time of %d bytes", len(body))
	}
	if nanos > 999_999_999 {
		return time.Time{}, fmt.Errorf("a time with %d nanoseconds in its second", nanos)
	}
	return time.Unix(seconds, int64(nanos)).UTC(), nil
}

// ext writes v as the ext x.
func (e *encoder) ext(v reflect.Value, x *Ext) *Error {
	body, err := x.append(e.scratch[:0], addressable(v))
	if err != nil {
		return failed(err, e.at())
	}
	e.scratch = body[:0]
	if err := e.limits.size(e.at() + len(body)); err != nil {
		return err
	}
	e.buf = append(appendExtHead(e.buf, x.number, len(body)), body...)
	return nil
}

// ext reads an ext of type x into v, and nothing else: what is in an ext's body is never taken for an element.
func (d *decoder) ext(v reflect.Value, x *Ext) *Error {
	at := d.at
	if k := d.kind(); k != kindExt {
		return d.mismatch(k, x.typ)
	}
	number, body := d.extBody()
	if number != x.number {
		return failed(fmt.Errorf("ext %d where %v has ext %d", number, x.typ, x.number), at)
	}
	if err := x.parse(v, body); err != nil {
		return failed(err, at)
	}
	return nil
}

// anyExt reads an ext into a value of the type that it stands for.
func (d *decoder) anyExt() (any, *Error) {
	at := d.at
	number, body := d.extBody()
	x := d.exts.byNumber[number]
	if err := d.charge(boxSize + int(x.typ.Size())); err != nil {
		return nil, err
	}
	v := reflect.New(x.typ).Elem()
	if err := x.parse(v, body); err != nil {
		return nil, failed(err, at)
	}
	return v.Interface(), nil
}

// extAt returns the number of the ext at the offset at.
func (d *decoder) extAt(at int) int8 { return int8(d.p[at+int(forms[d.p[at]].head)-1]) }

// extBody passes over an ext and returns its number and its body.
func (d *decoder) extBody() (number int8, body []byte) {
	_, n := d.open()
	number = int8(d.p[d.at-1])
	body = d.p[d.at:][:n:n]
	d.at += n
	return number, body
}
