// Package frame marks where one message ends and the next begins.
//
// # Why
//
// TCP carries a stream of bytes. It promises that they arrive in order, and nothing about the pieces in which they arrive: two
// messages that were sent apart may be read as one, and one message may be read in any number of parts.
//
//	sent:      │ 05 H e l l o │ 05 w o r l d │
//	received:  │ 05 H e │ l l o 05 w │ o r l d │
//
// So the program that reads has to know where a message ends. A framing is the rule that tells it, such as "its length stands
// in front" ([Varint]) or "a newline stands behind" ([Delimiter]).
//
// # Words
//
// A frame is what is on the wire: a payload, with a prefix before it or a delimiter behind it. The payload is the bytes of one
// message, which this package does not interpret. A framing is the rule. A limit is the largest payload that is accepted.
//
// # What is here
//
// A [Framing] is a pure rule over bytes, which appends a frame and finds one. [Reader] and [Writer] apply it to a stream, and
// [Conn] to both directions of a [net.Conn], with limits on time. [SplitFunc] lets a [bufio.Scanner] use it.
//
//	framing.AppendFrame   payload ──▶ frame      Writer   payloads ──▶ io.Writer
//	framing.Scan          bytes   ──▶ Scan       Reader   io.Reader ──▶ payloads
//
// # The law
//
// The same frames come out, and the same error at the end, however the bytes were split on the way: one by one, all at once,
// in the middle of a prefix or of a delimiter, with a timeout at any place. Everything here is tested against that law. Of an error
// that means its class and its place; what it shows of the bad bytes, to help a person, is what had arrived.
//
// # Ownership
//
// A payload that a read returns is a view into the Reader's buffer, valid until the next read; ReadAppend makes a copy. What is
// given to a write is the caller's again when the call returns. Memory follows the bytes that have arrived, not the length that
// a prefix announces, and a buffer that grew for one large frame is given back.
//
// # Limits
//
// A payload may have [DefaultMax] bytes, in both directions, unless Max says otherwise. A [Conn] gives a frame that has begun
// [DefaultFrameTimeout], and a write [DefaultWriteTimeout].
//
// # Errors
//
// [io.EOF] comes only between two frames. A stream that ends inside a frame is [io.ErrUnexpectedEOF]; a frame over the limit is
// [ErrTooLarge]; bytes that are no frame are [ErrMalformed]. Each comes in an [*Error], which says where, and what the first
// bytes look like. Errors of the source, timeouts among them, are passed on as they are: nothing is lost, and the next read
// goes on.
//
// # Goroutines
//
// One goroutine reads, any number write. A framing has no state and may be shared by all.
package frame
