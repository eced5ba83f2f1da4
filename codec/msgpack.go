package codec

import (
	"bytes"
	"errors"
	"reflect"
	"sync"

	"github.com/vmihailenco/msgpack/v5"
)

// Msgpack is the codec for MessagePack. It is github.com/vmihailenco/msgpack/v5 behind a guard: its struct tags and its
// methods EncodeMsgpack, DecodeMsgpack, MarshalMsgpack and UnmarshalMsgpack all work, and its zero value is ready for bytes
// from a peer that nobody trusts.
//
//	c := codec.Msgpack{}
//	payload, err := c.Append(nil, User{ID: 7, Name: "Ada"})
//	err = c.Decode(payload, &user)
//
// The guard passes over the payload before a byte of it is decoded. It refuses what the fields below do not allow, bytes
// after the value, a length that the bytes cannot hold, ext, map keys that are a float, an array or a map, and the same key
// twice. What Decode would refuse Append refuses too, so a peer with the same limits reads all that was written.
//
// Integers are written in as few bytes as they need, structs as maps, [time.Duration] as nanoseconds. A [time.Time] would
// become an ext: send int64 nanoseconds.
//
// Decode leaves the meaning of what the guard has passed to msgpack/v5. Field names match in their exact case, and fields that
// the payload does not have are zero, as are those that are nil in it. In an any, a map is a map[string]any, a map with other
// keys is an ErrValue, and an integer has the type of its width on the wire. A bin may be read into a string, as it is. An
// integer that is too large for its field loses its high bits.
//
// Decode copies what it keeps of the payload.
type Msgpack struct {
	// MaxDepth is how many arrays and maps may stand inside one another. Zero means 32. The most is 1000, which is what
	// less than zero means too: each level takes up to half a kilobyte of stack.
	MaxDepth int

	// MaxElements is how many elements a payload may have: arrays, maps, each of an array's elements, each of a map's keys
	// and values. Zero means 65,536, less than zero no limit but that each element has a byte. It bounds what Decode
	// allocates, which is about the size of the Go element for each.
	MaxElements int

	// MaxBytes is how many bytes a payload may have. Zero means 16 MiB. The most is 1 GiB, which is what less than zero
	// means too.
	MaxBytes int

	// AllowDuplicateKeys accepts maps that have a key twice. The last one wins, except in a field of an interface type,
	// where msgpack/v5 panics, which is an ErrPanic.
	AllowDuplicateKeys bool

	// AllowInvalidUTF8 accepts str elements that are not UTF-8. The string has the bytes as they are.
	AllowInvalidUTF8 bool

	// DisallowUnknownFields refuses a map key that the struct has no field for, with ErrValue. By default it is skipped,
	// so that a new version of a message can be read by an old program.
	DisallowUnknownFields bool
}

const msgpackName = "msgpack"

// Name returns "msgpack".
func (Msgpack) Name() string { return msgpackName }

// Append appends v as MessagePack to dst; see [Codec]. Every error is an [*Error]. A value that holds itself is ErrTooDeep.
func (m Msgpack) Append(dst []byte, v any) ([]byte, error) {
	s := msgpackStates.Get().(*msgpackState)
	out, err := s.append(dst, v, m.limits())
	if err != nil {
		return dst, err.in(msgpackName, "append")
	}
	if len(out)-len(dst) <= keepBytes {
		s.free()
	}
	return out, nil
}

// Decode reads the payload p, which is one value and nothing more, into the value that ptr points to; see [Codec]. Every
// error is an [*Error].
func (m Msgpack) Decode(p []byte, ptr any) error {
	v, err := target(ptr)
	if err != nil {
		return err.in(msgpackName, "decode")
	}
	s := msgpackStates.Get().(*msgpackState)
	if err := s.scan(p, m.limits()); err != nil {
		s.free()
		return err.in(msgpackName, "decode")
	}
	if err := s.decode(p, ptr, v.Type(), m.DisallowUnknownFields); err != nil {
		v.SetZero()
		return err.in(msgpackName, "decode")
	}
	if len(p) <= keepBytes {
		s.free()
	}
	return nil
}

func (m *Msgpack) limits() limits {
	return limits{
		depth:       limit(m.MaxDepth, defaultDepth, ceilingDepth),
		elements:    limit(m.MaxElements, defaultElements, ceilingCount),
		bytes:       limit(m.MaxBytes, defaultBytes, ceilingCount),
		duplicates:  m.AllowDuplicateKeys,
		invalidUTF8: m.AllowInvalidUTF8,
	}
}

// A msgpackState is what one Append or Decode works with. It goes back to the pool only if nothing went wrong inside
// msgpack/v5, whose decoder is not clean after an error, and if its buffers, which are hidden, cannot have grown large.
type msgpackState struct {
	scanner scanner
	out     appender
	in      bytes.Reader
	enc     *msgpack.Encoder
	dec     *msgpack.Decoder
	typ     reflect.Type // the type that shape is of: most often the next value has it too
	shape   *shape
}

// keepBytes is the size of the payload above which a state is not kept.
const keepBytes = 64 << 10

var msgpackStates = sync.Pool{New: func() any {
	s := &msgpackState{enc: msgpack.NewEncoder(nil), dec: msgpack.NewDecoder(nil)}
	s.scanner.keys = newKeySet()
	s.out.check = s.scanner.checkSoFar
	return s
}}

// free lets go of everything and puts s back into the pool.
func (s *msgpackState) free() {
	s.scanner.end()
	s.out.buf = nil
	s.in.Reset(nil)
	msgpackStates.Put(s)
}

// scan passes over a whole payload.
func (s *msgpackState) scan(p []byte, l limits) *Error {
	if err := l.size(len(p)); err != nil {
		return err
	}
	s.scanner.begin(l)
	return s.scanner.check(p)
}

// append encodes v behind dst and scans what came out.
func (s *msgpackState) append(dst []byte, v any, l limits) (out []byte, err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if v != nil {
		if err := s.shapeOf(reflect.TypeOf(v)).check(v, l); err != nil {
			return nil, err
		}
	}
	s.scanner.begin(l)
	s.out.begin(dst, l)
	s.enc.Reset(&s.out)
	s.enc.UseCompactInts(true) // Reset has cleared it
	wrong := s.enc.Encode(v)
	if err := s.out.end(); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, failed(wrong, -1)
	}
	return s.out.buf, s.scanner.check(s.out.payload())
}

// errUnread says that a method of the Go type broke the rules: the scan has seen that p is one value.
var errUnread = errors.New("a DecodeMsgpack method has left bytes unread")

// decode reads a payload that the scan has passed.
func (s *msgpackState) decode(p []byte, ptr any, typ reflect.Type, disallowUnknown bool) (err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if err := s.shapeOf(typ).err; err != nil {
		return failed(err, -1)
	}
	s.in.Reset(p)
	s.dec.Reset(&s.in)
	s.dec.DisallowUnknownFields(disallowUnknown) // Reset has cleared it
	if err := s.dec.Decode(ptr); err != nil {
		return failed(err, len(p)-s.in.Len())
	}
	if s.in.Len() > 0 {
		return failed(errUnread, len(p)-s.in.Len())
	}
	return nil
}

// shapeOf returns the shape of t, fast if t is the type of the last value.
func (s *msgpackState) shapeOf(t reflect.Type) *shape {
	if t != s.typ {
		s.typ, s.shape = t, shapeOf(t)
	}
	return s.shape
}
