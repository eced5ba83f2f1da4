package transport

import (
	"reflect"
	"sync"

	"github.com/demarc-go/demarc/codec"
)

// boxes are pointers to zero values, in which messages travel through an any without an allocation.
type boxes[T any] struct {
	pool sync.Pool
	kind reflect.Kind
}

// allBoxes are the boxes of each type, as there may be many methods, and some are made for one call.
var allBoxes sync.Map

func boxesOf[T any]() *boxes[T] {
	t := reflect.TypeFor[T]()
	b, ok := allBoxes.Load(t)
	if !ok {
		b, _ = allBoxes.LoadOrStore(t, &boxes[T]{kind: t.Kind()})
	}
	return b.(*boxes[T])
}

func (b *boxes[T]) get() *T {
	if box, ok := b.pool.Get().(*T); ok {
		return box
	}
	return new(T)
}

// put takes a box back, which becomes zero.
func (b *boxes[T]) put(box *T) {
	var zero T
	*box = zero
	b.pool.Put(box)
}

// append appends the payload for v to dst. A codec of this module gets a pointer to v, if it can read that, as the value itself
// would have to be copied into an any.
func (b *boxes[T]) append(c codec.Codec, dst []byte, v T) ([]byte, error) {
	if !b.fits(c) {
		return appendMessage(c, dst, v)
	}
	box := b.get()
	*box = v
	dst, err := appendMessage(c, dst, box)
	b.put(box)
	return dst, err
}

// appendFrom is append for what is in a box.
func (b *boxes[T]) appendFrom(c codec.Codec, dst []byte, box *T) ([]byte, error) {
	if !b.fits(c) {
		return appendMessage(c, dst, *box)
	}
	return appendMessage(c, dst, box)
}

// fits reports whether c can read a message where it is in a box.
func (b *boxes[T]) fits(c codec.Codec) bool {
	switch b.kind {
	case reflect.Interface, reflect.Pointer, reflect.Map:
		return false
	}
	return isOurs(c)
}

// decode decodes p. What the codec makes of it is copied out of a box, so a method of a message's type must not keep its receiver.
func (b *boxes[T]) decode(c codec.Codec, p []byte) (v T, err error) {
	box := b.get()
	if err = decodeMessage(c, p, box); err == nil {
		v = *box
	}
	b.put(box)
	return v, err
}

// isOurs reports whether c is known to keep nothing of what it is given.
func isOurs(c codec.Codec) bool {
	switch c.(type) {
	case codec.Msgpack, codec.JSON, codec.Raw, codec.Text:
		return true
	}
	return false
}
