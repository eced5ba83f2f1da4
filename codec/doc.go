// Package codec turns Go values into payloads and back.
//
// # What a codec is
//
// A message is a value of a Go type. On the wire it is a payload, a run of bytes, which package frame puts into a frame so that
// the other side finds where it ends. A codec is the step between the two:
//
//	User{ID: 7, Name: "Ada"}  ──codec──▶  82 a2 49 44 07 a4 4e 61 6d 65 a3 41 64 61  ──frame──▶  0e 82 a2 49 …
//	          value                                      payload                                  frame
//
// [Msgpack] is the one to take when nothing speaks against it. [JSON] is for people and browsers, [Raw] for bytes that are a
// payload already, [Text] for strings. One of your own is the three methods of [Codec]. A [Union] codes messages of several types,
// which the receiver tells apart by a type switch, and a [Stream] sends and receives typed messages over a frame.Conn.
//
//	payload, err := codec.Msgpack{}.Append(nil, user)
//	err = codec.Msgpack{}.Decode(payload, &user)
//
// # Why there is a guard
//
// The bytes come from a peer, and a peer may be hostile. A decoder believes what it reads: that an array has as many elements
// as it says. With github.com/vmihailenco/msgpack/v5 (v5.4.1) alone,
//
//   - 5 bytes (dd ff ff ff ff, an array of 4,294,967,295 elements) read into a []int ask for 34 GB, and the process dies;
//   - 7 bytes (82 a1 58 01 a1 58 02, the key X twice) read into a struct{ X any } panic;
//   - 10 bytes, a valid ext whose body is read as a map, allocate 4 GiB;
//   - 16 KiB of arrays that each claim no more than the bytes that are left allocate 701 MiB, as they claim the same bytes;
//   - 1.6 MiB of nested arrays overflow the stack, which no recover can stop.
//
// So Msgpack passes over a payload before it decodes it, once, without recursion and without allocating, and refuses what
// would do harm. What that costs beside the decoding, BenchmarkScan shows. Then it decodes, with recover around it, into a target
// that has been set to zero. Plain types are read by a plan, worked out once for each Go type, which lets no number wrap; msgpack/v5
// is left with the types that have methods for it. JSON has the same guard, with the same limits.
//
// # Limits
//
// Depth, elements and bytes have limits that are on in the zero value: 32 levels, 65,536 elements, 16 MiB. They hold in both
// directions: Append refuses what Decode would refuse. MaxBytes is the last resort; how large a message may be is most often
// said by the limit of the frame, which comes first.
//
// What a payload is decoded into can be larger than the payload: an element of one byte becomes a whole Go element. The
// element limit bounds this, so set it by the size of the types that you decode into. Into an any it is never more than 128 bytes
// for each byte of the payload, plus 64 KiB. The file docs/codec.md has the bounds.
//
// # Ownership
//
// Append appends to the caller's slice and keeps nothing; bytes between the length and the capacity of dst may change even if
// it fails. Decode keeps nothing of the payload, so a view into a read buffer, as frame.Reader returns it, may be decoded in
// place. A type's own methods, such as UnmarshalMsgpack, must copy what they keep.
//
// Decode sets its target to zero before it begins, and again when it fails: nothing of an earlier message shines through, and
// nothing of a bad one.
//
// # Goroutines
//
// Codecs are plain values without state. Any number of goroutines may use one.
//
// # Errors
//
// Every error is an [*Error], which says what was wrong, at which byte, what was found and what was allowed. Its class is one of
// the Err values, for [errors.Is]. An error of Decode says nothing against the connection: the next payload is another matter.
//
// # Types of one's own
//
// What a type's own methods do is up to them: the guard has checked the bytes they get, what they write is scanned, and a panic in
// them becomes ErrPanic. But no one can stop them from calling themselves for ever, nor from letting a number wrap. A method that
// reads into a struct with an embedded pointer by msgpack/v5 starts a goroutine that never ends, one for each such type.
package codec
