package codec_test

import (
	"reflect"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

type (
	Base     struct{ X, Y int }
	Deeper   struct{ Base }
	Pointed  struct{ P, Q string }
	unseen   struct{ Seen, Also uint8 }
	zeroer   struct{ N int }
	Shadow   struct{ X string }
	embedded struct {
		First int
		Deeper
		*Pointed
		unseen
		Last int
	}
	shadowed struct {
		X int
		Shadow
	}
	forced struct {
		X      int
		Shadow `msgpack:",inline"`
	}
	apart struct {
		Base `msgpack:",noinline"`
		*Shadow
	}
	named struct {
		A int     `msgpack:"a"`
		B string  `msgpack:"bee, omitempty"`
		C []int   `msgpack:",omitempty"`
		D float64 `msgpack:"-"`
		E int     `msgpack:"e,alias:old"`
	}
	sparse struct {
		_msgpack struct{} `msgpack:",omitempty"` //lint:ignore U1000 the library reads its tag
		B        bool
		I        int8
		U        uint64
		F        float32
		S        string
		L        []bool
		M        map[string]int
		A        [0]int
		P        *int
		N        any
		In       named
		Z        zeroer
		T        time.Duration
		Ptr      *zeroer
		*Pointed
	}
	inTuple struct {
		_msgpack struct{} `msgpack:",as_array"` //lint:ignore U1000 the library reads its tag
		A        int
		Base
		C string `msgpack:",omitempty"`
	}
	kinds struct {
		B   bool
		I   int
		I8  int8
		I16 int16
		I32 int32
		I64 int64
		U   uint
		U8  uint8
		U16 uint16
		U32 uint32
		U64 uint64
		F32 float32
		F64 float64
		S   string
		Bs  []byte
		Arr [3]byte
		Any any
		Err error
		Raw msgpack.RawMessage
		Dur time.Duration
	}
)

func (z zeroer) IsZero() bool { return z.N == 7 }

// Types with methods of their own, in each way in which msgpack/v5 takes them.
type (
	byValue   struct{ n int8 }
	byPointer struct{ n int8 }
	asText    struct{ s string }
	asBinary  struct{ b byte }
	asWhole   struct{ n uint8 }
)

func (v byValue) EncodeMsgpack(e *msgpack.Encoder) error { return e.EncodeInt(int64(v.n)) }
func (v *byValue) DecodeMsgpack(d *msgpack.Decoder) (err error) {
	v.n, err = d.DecodeInt8()
	return err
}

func (v *byPointer) EncodeMsgpack(e *msgpack.Encoder) error { return e.EncodeMulti([]int8{v.n}) }
func (v *byPointer) DecodeMsgpack(d *msgpack.Decoder) (err error) {
	if _, err = d.DecodeArrayLen(); err != nil {
		return err
	}
	v.n, err = d.DecodeInt8()
	return err
}

func (v asText) MarshalText() ([]byte, error)     { return []byte(v.s), nil }
func (v *asText) UnmarshalText(text []byte) error { v.s = string(text); return nil }

func (v *asBinary) MarshalBinary() ([]byte, error) { return []byte{v.b}, nil }
func (v *asBinary) UnmarshalBinary(b []byte) error { v.b = b[0]; return nil }
func (v asWhole) MarshalMsgpack() ([]byte, error)  { return []byte{0x91, v.n & 0x7f}, nil }
func (v *asWhole) UnmarshalMsgpack(p []byte) error { v.n = p[1]; return nil }

// declared are types that reflect cannot make.
var declared = []reflect.Type{
	reflect.TypeFor[embedded](), reflect.TypeFor[shadowed](), reflect.TypeFor[forced](), reflect.TypeFor[apart](), reflect.TypeFor[named](),
	reflect.TypeFor[sparse](), reflect.TypeFor[inTuple](), reflect.TypeFor[kinds](), reflect.TypeFor[zeroer](), reflect.TypeFor[plain](),
	reflect.TypeFor[nested](), reflect.TypeFor[byValue](), reflect.TypeFor[asText](), reflect.TypeFor[asWhole](), reflect.TypeFor[node](),
	reflect.TypeFor[list](), reflect.TypeFor[tree](), reflect.TypeFor[boxed](), reflect.TypeFor[time.Duration](),
	reflect.TypeFor[*byPointer](), reflect.TypeFor[*asBinary](), reflect.TypeFor[[]byPointer](), reflect.TypeFor[map[int]*asBinary](),
}

var simple = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](),
	reflect.TypeFor[int64](), reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](),
	reflect.TypeFor[uint64](), reflect.TypeFor[string](), reflect.TypeFor[[4]byte](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[[]byte](), reflect.TypeFor[any](),
}

// keys are how many of the simple types can be keys of a map, and differ there when they differ.
const keyTypes = 12
