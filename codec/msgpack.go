package codec

import "sync"

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

	// Exts are the ext types that payloads may have, and the Go types for them. Nil means that every ext is refused.
	Exts *Exts
}

const msgpackName = "msgpack"

// Name returns "msgpack".
func (Msgpack) Name() string { return msgpackName }

// Append appends v as MessagePack to dst; see [Codec]. Every error is an [*Error]. A value that holds itself is ErrTooDeep.
func (m Msgpack) Append(dst []byte, v any) ([]byte, error) {
	e := encoders.Get().(*encoder)
	m.resolve(&e.limits)
	e.begin(dst)
	err := e.write(v)
	out := e.buf
	e.end()
	encoders.Put(e)
	if err != nil {
		return dst, err.in(msgpackName, "append")
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
	d := decoders.Get().(*decoder)
	m.resolve(&d.limits)
	if err = d.begin(p, m.DisallowUnknownFields); err == nil {
		if err = d.read(v, ptr); err != nil {
			v.SetZero()
		}
	}
	d.end()
	decoders.Put(d)
	return err.in(msgpackName, "decode")
}

func (m *Msgpack) limits() (l limits) {
	m.resolve(&l)
	return l
}

// resolve sets l to the limits of m, in place: copying them would cost a small message more than finding them.
func (m *Msgpack) resolve(l *limits) {
	l.depth = limit(m.MaxDepth, defaultDepth, ceilingDepth)
	l.elements = limit(m.MaxElements, defaultElements, ceilingCount)
	l.bytes = limit(m.MaxBytes, defaultBytes, ceilingCount)
	l.duplicates, l.invalidUTF8 = m.AllowDuplicateKeys, m.AllowInvalidUTF8
	if l.exts = m.Exts; l.exts == nil {
		l.exts = noExts
	}
}

// Encoders and decoders begin anew with each payload, so they go back to their pools after errors too.
var (
	encoders = sync.Pool{New: func() any { return &encoder{scanner: scanner{keys: newKeySet()}} }}
	decoders = sync.Pool{New: func() any { return &decoder{scanner: scanner{keys: newKeySet()}} }}
)

// keepBytes is the size above which a buffer is not kept.
const keepBytes = 64 << 10
