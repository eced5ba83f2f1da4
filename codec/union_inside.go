package codec

import (
	"errors"
	"math"
)

// inside is the codec of the values of a union, and what its limits leave to the value.
type inside struct {
	codec Codec
	most  int // bytes of a payload, with what stands around the value

	// What of the limits of codec has been taken away, for what stands around the value.
	levels, elements int64
}

// What an array of a tag and a value takes of the limits.
const (
	outerLevels   = 1 // the array
	outerElements = 2 // the array and the tag
)

var (
	errFlat = errors.New("MaxDepth must be 2 or more: the array around the value is a level")
	errFew  = errors.New("MaxElements must be 3 or more: the array, the tag, the value")
)

// insideOf takes what stands around a value from the limits of c, if it is one of ours.
func insideOf(c Codec) (inside, error) {
	switch c := c.(type) {
	case *Msgpack:
		return insideOf(*c)
	case *JSON:
		return insideOf(*c)
	case Msgpack:
		l := c.limits()
		c.MaxDepth, c.MaxElements = l.depth-outerLevels, l.elements-outerElements
		return limited(c, l)
	case JSON:
		l := c.limits()
		c.MaxDepth, c.MaxElements = l.depth-outerLevels, l.elements-outerElements
		return limited(c, l)
	}
	return inside{codec: c, most: math.MaxInt}, nil
}

// limited returns c, from whose limits l what stands around a value has been taken.
func limited(c Codec, l limits) (inside, error) {
	if l.depth <= outerLevels {
		return inside{}, errFlat
	}
	if l.elements <= outerElements {
		return inside{}, errFew
	}
	return inside{codec: c, most: l.bytes, levels: outerLevels, elements: outerElements}, nil
}

// size returns an error if a payload of n bytes is too large.
func (i *inside) size(n int) *Error {
	if n <= i.most {
		return nil
	}
	return &Error{Err: ErrTooLarge, Offset: -1, Found: int64(n), Allowed: int64(i.most)}
}

// around turns an error of the codec inside into one of the union, where head bytes stand before the value.
func (i *inside) around(wrong error, head int) *Error {
	inner, ok := wrong.(*Error)
	if !ok {
		return &Error{Err: ErrValue, Offset: -1, Cause: wrong}
	}
	e := *inner
	if e.Offset >= 0 {
		e.Offset += head
	}
	switch e.Err {
	case ErrTooLarge, ErrDuplicateKey:
		e.Found += int64(head)
	case ErrTooDeep:
		e.Found, e.Allowed = e.Found+i.levels, e.Allowed+i.levels
	case ErrTooManyElements:
		e.Found, e.Allowed = e.Found+i.elements, e.Allowed+i.elements
	}
	return &e
}
