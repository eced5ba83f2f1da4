package codec

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"sync"

	"github.com/vmihailenco/msgpack/v5"
)

// This file has the types that are written and read by methods or functions of their own. What these write is scanned, so that
// no such method can make a payload that Decode would refuse, nor break its neighbours.

// own writes v by the methods or functions of its type.
func (e *encoder) own(v reflect.Value, t *plan) *Error {
	at := e.at()
	switch t.out {
	case opRaw:
		return e.raw(v.Bytes(), at)
	case opExt:
		return e.ext(v, t.ext)
	case opGenerated:
		return e.generated(addressable(v).Addr().Interface().(marshalMsg))
	}
	if err := e.library(addressable(v)); err != nil {
		return err
	}
	return e.foreign(at, nil)
}

// raw writes a msgpack.RawMessage.
func (e *encoder) raw(b []byte, at int) *Error {
	if b == nil {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	if err := e.limits.size(at + len(b)); err != nil {
		return err
	}
	e.buf = append(e.buf, b...)
	return e.foreign(at, e.exts)
}

// generated writes a value by its method MarshalMsg.
func (e *encoder) generated(v marshalMsg) *Error {
	at := e.at()
	out, err := v.MarshalMsg(e.buf[len(e.buf):])
	if err != nil {
		return failed(err, at)
	}
	e.take(out)
	return e.foreign(at, e.exts)
}

// take appends what a method has appended to e.buf[len(e.buf):]. Most often it is in its place already; if the method wanted more
// room, it will find it the next time.
func (e *encoder) take(out []byte) {
	n := len(e.buf)
	if len(out) > 0 && cap(e.buf) >= n+len(out) && &out[0] == &e.buf[:n+1][n] {
		e.buf = e.buf[:n+len(out)]
		return
	}
	e.buf = append(slices.Grow(e.buf, cap(out)), out...)
}

// foreign scans what a method has written from the offset at on: one value, inside the limits that the containers around it leave.
func (e *encoder) foreign(at int, exts *Exts) *Error {
	if err := e.limits.size(e.at()); err != nil {
		return err
	}
	s := &e.scanner
	s.beginInside(&e.limits, exts, e.depth, e.total)
	err := s.check(e.payload()[at:])
	e.total = int(s.total)
	return e.moved(err, at)
}

// moved returns err, whose numbers count from the offset at on, with numbers for the whole payload.
func (e *encoder) moved(err *Error, at int) *Error {
	if err == nil {
		return nil
	}
	if err.Offset >= 0 {
		err.Offset += at
	}
	if err.Err == ErrDuplicateKey {
		err.Found += int64(at)
	}
	return err
}

// A library is an encoder and a decoder of msgpack/v5 with what they write to and read from. It goes back to the pool only if
// nothing went wrong, as a decoder is not clean after an error, and only if its buffers, which are hidden, cannot have grown
// large.
type library struct {
	enc *msgpack.Encoder
	out appender
	dec *msgpack.Decoder
	in  bytes.Reader
}

var libraries = sync.Pool{New: func() any {
	return &library{enc: msgpack.NewEncoder(nil), dec: msgpack.NewDecoder(nil)}
}}

// library lets msgpack/v5 write v.
func (e *encoder) library(v reflect.Value) *Error {
	l := libraries.Get().(*library)
	at := e.at()
	l.out.begin(e.buf, e.start, &e.limits)
	l.enc.Reset(&l.out)
	l.enc.UseCompactInts(true) // Reset has cleared it
	err := l.enc.EncodeValue(v)
	buf, stopped := l.out.end()
	if stopped != nil {
		return e.moved(stopped, at)
	}
	if err != nil {
		return failed(err, -1)
	}
	e.buf = buf
	if e.at()-at <= keepBytes {
		l.enc.Reset(nil)
		libraries.Put(l)
	}
	return nil
}

// errUnread says that a method of the Go type broke the rules: the scan has seen that its bytes are one value.
var errUnread = errors.New("a method that decodes has left bytes unread")

// library lets msgpack/v5 read p, which is one value at the offset at, into v.
func (d *decoder) library(p []byte, at int, v reflect.Value) *Error {
	l := libraries.Get().(*library)
	l.in.Reset(p)
	l.dec.Reset(&l.in)
	l.dec.DisallowUnknownFields(d.strict) // Reset has cleared it
	if err := l.dec.DecodeValue(v); err != nil {
		return failed(err, at+len(p)-l.in.Len())
	}
	if left := l.in.Len(); left > 0 {
		return failed(errUnread, at+len(p)-left)
	}
	if len(p) <= keepBytes {
		l.in.Reset(nil)
		l.dec.Reset(nil)
		libraries.Put(l)
	}
	return nil
}

// own reads the next element into v by the methods or functions of its type, which get its bytes and no more.
func (d *decoder) own(v reflect.Value, t *plan) *Error {
	if t.in == opExt {
		return d.ext(v, t.ext)
	}
	at := d.at
	ext := d.skip()
	p := d.p[at:d.at:d.at]
	if d.twice {
		v.SetZero()
	}
	switch {
	case t.in == opRaw:
		v.SetBytes(append(make([]byte, 0, len(p)), p...))
		return nil
	case t.in == opGenerated:
		return d.generated(p, at, v.Addr().Interface().(unmarshalMsg))
	case ext >= 0: // msgpack/v5 would take its body for a map
		return &Error{Err: ErrExt, Offset: ext, What: "in a type with methods of its own", Found: int64(d.extAt(ext))}
	}
	return d.library(p, at, v)
}

// generated lets UnmarshalMsg read p, which is one value at the offset at, into v.
func (d *decoder) generated(p []byte, at int, v unmarshalMsg) *Error {
	left, err := v.UnmarshalMsg(p)
	if err != nil {
		return failed(err, at)
	}
	if len(left) > 0 {
		return failed(errUnread, d.at-min(len(left), len(p)))
	}
	return nil
}
