package codec

import "sync"

// Msgpack is the codec for MessagePack. It follows github.com/vmihailenco/msgpack/v5: its struct tags, its bytes, and its methods
// EncodeMsgpack, DecodeMsgpack, MarshalMsgpack and UnmarshalMsgpack. Its zero value is ready for bytes from a peer that nobody
// trusts.
//
//	c := codec.Msgpack{}
//	payload, err := c.Append(nil, User{ID: 7, Name: "Ada"})
//	err = c.Decode(payload, &user)
//
// The guard passes over the payload before a byte of it is decoded. It refuses what the fields below do not allow, bytes
// after the value, a length that the bytes cannot hold, map keys that are nil, a float, an ext, an array or a map, and the same
// key twice. What Decode would refuse Append refuses too, so a peer with the same limits reads all that was written.
//
// Integers are written in as few bytes as they need, structs as maps, [time.Duration] as nanoseconds. A [time.Time] is an ext:
// put [Timestamp] into Exts, or send int64 nanoseconds.
//
// # What a value becomes
//
// A number that does not fit its Go type, or would change in it, is an [ErrRange]. Field names match in their exact case. Fields
// that the payload does not have are zero, and a nil is the zero value of every type. An array needs exactly its length. A str
// may be read into a []byte and a bin into a string, as it is. In an any, a map is a map[string]any, a map with other keys is an
// [ErrValue], and an integer has the type of its width on the wire.
//
// A type with both the methods MarshalMsg and UnmarshalMsg, as github.com/tinylib/msgp generates them, is written and read by them,
// and by nothing else of its own. Types with methods are exempt from what this section says: what they read is up to them. The
// file docs/codec.md lists all that changes or is refused, beside other libraries, and how much memory a payload can take.
//
// Decode copies what it keeps of the payload.
type Msgpack struct {
	// MaxDepth is how many arrays and maps may stand inside one another. Zero means 32. The most is 1000, which is what
	// less than zero means too: each level takes up to half a kilobyte of stack.
	MaxDepth int

	// MaxElements is how many elements a payload may have: arrays, maps, each of an array's elements, each of a map's keys
	// and values. Zero means 65,536, less than zero no limit but that each element has a byte. It bounds what Decode
	// allocates: the size of the Go element for each, and twice the payload.
	MaxElements int

	// MaxBytes is how many bytes a payload may have. Zero means 16 MiB. The most is 1 GiB, which is what less than zero
	// means too.
	MaxBytes int

	// AllowDuplicateKeys accepts maps that have a key twice. The last one wins, and nothing of the first is left.
	AllowDuplicateKeys bool

	// AllowInvalidUTF8 accepts str elements that are not UTF-8. The string has the bytes as they are.
	AllowInvalidUTF8 bool

	// DisallowUnknownFields refuses a map key that the struct has no field for, with ErrValue. By default it is skipped,
	// so that a new version of a message can be read by an old program.
	DisallowUnknownFields bool

	// Exts are the ext types that payloads may have, and the Go types for them. Nil means that every ext is refused. What is in
	// an ext is never read as an element, and methods of msgpack/v5 are given none.
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
