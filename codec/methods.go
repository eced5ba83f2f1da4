package codec

import (
	"encoding"
	"reflect"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// generated are the methods that github.com/tinylib/msgp generates. MarshalMsg appends to b, UnmarshalMsg reads the first value
// in b and returns what is behind it.
type (
	marshalMsg interface {
		MarshalMsg(b []byte) ([]byte, error)
	}
	unmarshalMsg interface {
		UnmarshalMsg(b []byte) ([]byte, error)
	}
)

var (
	errorType = reflect.TypeFor[error]()
	rawType   = reflect.TypeFor[msgpack.RawMessage]()
	timeType  = reflect.TypeFor[time.Time]()

	generatedTypes = []reflect.Type{reflect.TypeFor[marshalMsg](), reflect.TypeFor[unmarshalMsg]()}

	// The methods that msgpack/v5 looks for.
	encoderTypes = []reflect.Type{
		reflect.TypeFor[msgpack.CustomEncoder](),
		reflect.TypeFor[msgpack.Marshaler](),
		reflect.TypeFor[encoding.BinaryMarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](),
	}
	decoderTypes = []reflect.Type{
		reflect.TypeFor[msgpack.CustomDecoder](),
		reflect.TypeFor[msgpack.Unmarshaler](),
		reflect.TypeFor[encoding.BinaryUnmarshaler](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

// has reports whether t or a pointer to it has the methods of i. A pointer has those of the type it points to.
func has(t, i reflect.Type) bool { return reflect.PointerTo(t).Implements(i) }

func hasAny(t reflect.Type, interfaces []reflect.Type) bool {
	for _, i := range interfaces {
		if has(t, i) {
			return true
		}
	}
	return false
}

func hasAll(t reflect.Type, interfaces []reflect.Type) bool {
	for _, i := range interfaces {
		if !has(t, i) {
			return false
		}
	}
	return true
}

// addressable returns v, or a copy of it that has an address.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
