package codec

import (
	"errors"
	"fmt"
	"reflect"
)

// What can be wrong with a union or with a payload of one, besides what can be wrong with the value inside.
var (
	// ErrUnion: the members that NewUnion was given are no union. Cause says which.
	ErrUnion = errors.New("impossible union")

	// ErrShape: the payload is not a tag and a value.
	ErrShape = errors.New("no tag and value")

	// ErrTag: the union has no member with the tag of the payload. Found has a tag that is a number; Cause says which tag
	// it is and which there are.
	ErrTag = errors.New("unknown tag")
)

// Tag is what stands for a Go type on the wire: a number from 0 to 4,294,967,295, or a name of 1 to 255 bytes of UTF-8
// without control characters. Numbers below 128 take one byte.
type Tag interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~string
}

// A Union is a codec for messages of several types: the values of the interface type M. The receiver switches on the type.
//
//	type Message interface{ message() }
//
//	var messages = codec.MustUnion(codec.Msgpack{}, map[int]Message{
//		1: Join{},
//		2: Say{},
//		3: Leave{},
//	})
//
// A member of the union is a type. Only its tag travels, never its Go name, so a type can be renamed. A type that is no M does
// not compile as a member, nor does a tag that stands there twice.
//
// # On the wire
//
// Each payload is a tag and a value, in the format of the codec inside:
//
//	Msgpack     an array of two elements    92 01 81 a2 …
//	JSON        an array of two elements    [1,{"id":7}]
//	others      the tag, then the payload of the value
//
// A codec is known by its name, so one of your own that is called "msgpack" or "json" writes arrays too. Before the payload of any
// other codec, a number stands as a varint (unsigned LEB128), and a name as its length, such a varint, and its bytes.
//
// # Values and pointers
//
// Decode takes a *M, and gives what was registered: a Join for Join{}, a *Join for &Join{} or (*Join)(nil). Of a member only the
// type counts, not what is in it. Append takes a Join and a *Join for either, and a *M too, but no nil.
//
// # Limits
//
// The limits of Msgpack and JSON hold for the whole payload: the array around the value is a level, and it and the tag are
// elements. The value is decoded where it stands, without a copy of the payload. An unknown tag is refused before the value is
// looked at.
//
// # Evolution
//
// A member can be added while older programs run: to them each of its messages is one ErrTag. A tag must never stand for another
// type later.
//
// # Inside a message
//
// A union is a whole payload; a field of a message cannot be one. Make the field a []byte, and Append to it and Decode from it.
//
// Any number of goroutines may use a Union.
type Union[M any] struct {
	name string
	wire wire
	inside
	table[M]
}

// NewUnion returns the union of members, whose values are coded by inner; nil means [Msgpack]. It keeps neither the map nor the
// values in it.
//
// The error is an [*Error] of the class ErrUnion: a type has two tags, also if it is there as Join and as *Join; a member is
// nil, or a pointer to a pointer; a tag is out of range; M is no interface; or a limit of inner leaves no room for a value:
// MaxDepth below 2 or MaxElements below 3.
func NewUnion[M any, T Tag](inner Codec, members map[T]M) (*Union[M], error) {
	if inner == nil {
		inner = Msgpack{}
	}
	names := reflect.TypeFor[T]().Kind() == reflect.String
	u := &Union[M]{name: "union+" + inner.Name(), wire: wireOf(inner, names)}
	if names {
		u.name = "named-" + u.name
	}
	var err error
	if u.inside, err = insideOf(inner); err == nil {
		u.table, err = newTable(members, u.wire)
	}
	if err != nil {
		return nil, u.failed("new", &Error{Err: ErrUnion, Offset: -1, Cause: err})
	}
	return u, nil
}

// MustUnion is NewUnion that panics instead of returning an error, for variables of a package.
func MustUnion[M any, T Tag](inner Codec, members map[T]M) *Union[M] {
	u, err := NewUnion(inner, members)
	if err != nil {
		panic(err)
	}
	return u
}

// Name returns "union+" and the name of the codec inside, or for tags that are names "named-union+" and that name. Which tags
// there are is not part of it, so that a side that has one more can talk to one that has not.
func (u *Union[M]) Name() string { return u.name }

// Append appends the tag and the value of v to dst; see [Codec]. Every error is an [*Error]; a v that is no member is ErrValue.
func (u *Union[M]) Append(dst []byte, v any) ([]byte, error) {
	if p, ok := v.(*M); ok && p != nil {
		v = *p
	}
	m, err := u.of(v)
	if err != nil {
		return dst, u.failed("append", err)
	}
	out, wrong := u.codec.Append(append(dst, m.head...), v)
	if wrong != nil {
		return dst, u.failed("append", u.around(wrong, len(m.head)))
	}
	out = append(out, u.wire.tail()...)
	if err := u.size(len(out) - len(dst)); err != nil {
		return dst, u.failed("append", err)
	}
	return out, nil
}

// Decode reads the payload p, which is a tag and a value and nothing more, into the M that ptr, a *M, points to; see [Codec].
// Every error is an [*Error].
func (u *Union[M]) Decode(p []byte, ptr any) error {
	out, ok := ptr.(*M)
	if !ok || out == nil {
		cause := fmt.Errorf("cannot decode into a %T: it takes a *%v", ptr, reflect.TypeFor[M]())
		return u.failed("decode", &Error{Err: ErrValue, Offset: -1, Cause: cause})
	}
	v, err := u.decode(p)
	if *out = v; err != nil {
		return u.failed("decode", err)
	}
	return nil
}

// decode returns the value in p, or nil and an error.
func (u *Union[M]) decode(p []byte) (none M, err *Error) {
	if err := u.size(len(p)); err != nil {
		return none, err
	}
	c, err := u.wire.cut(p)
	if err != nil {
		return none, err
	}
	m, err := u.tagged(c)
	if err != nil {
		return none, err
	}
	v, wrong := m.decode(u.codec, p[c.from:c.to])
	if wrong != nil {
		err = u.around(wrong, c.from)
	}
	if err = u.wire.finish(p, c, err); err != nil {
		return none, err
	}
	return v, nil
}

// failed says which codec did what.
func (u *Union[M]) failed(op string, err *Error) error {
	err.Codec, err.Op = u.name, op
	return err
}
