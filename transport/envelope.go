package transport

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxText   = 4 << 10 // largest text of an error or a goaway in bytes
	maxMethod = 255     // largest name of a method in bytes
	maxCredit = 1<<31 - 1

	// maxMicros is the longest timeout in microseconds: what a time.Duration holds, some 292 years.
	maxMicros = math.MaxInt64 / 1000

	// baseWeight is what an envelope weighs beside its payload, its method's name and its metadata.
	baseWeight = 64
)

// envelope is what one frame carries: a message, or word about one. Which fields count depends on its kind.
//
//	hello          kind │ settings
//	request        kind │ id │ metadata │ timeout │ length of method │ method │ payload
//	response       kind │ id │ metadata │ payload
//	error          kind │ id │ metadata │ code │ text
//	notify         kind │ metadata │ length of method │ method │ payload
//	data           kind │ id │ payload
//	credit         kind │ id │ amount
//	goaway         kind │ id │ code │ text
//	cancel, end,
//	ping, pong     kind │ id
//
// kind is one byte, of which the upper half holds flags. Metadata are there if flagMetadata is set. id, timeout (in
// microseconds), lengths, code and amount are varints in minimal form.
type envelope struct {
	kind     kind
	flags    byte // without flagMetadata, which metadata says
	id       uint64
	metadata []byte        // the entries, checked; nil if there are none
	timeout  time.Duration // request: what is left of the caller's time; 0 is no limit
	method   []byte        // request, notify
	code     Code          // error, goaway
	amount   uint64        // credit
	payload  []byte        // the message; error, goaway: the text; hello: the settings
}

// append appends the envelope to dst.
func (e *envelope) append(dst []byte) []byte { return append(e.appendHead(dst), e.payload...) }

// appendHead appends what stands before the payload.
func (e *envelope) appendHead(dst []byte) []byte {
	first := byte(e.kind) | e.flags
	if e.metadata != nil {
		first |= flagMetadata
	}
	dst = append(dst, first)
	if e.kind.hasID() {
		dst = binary.AppendUvarint(dst, e.id)
	}
	if e.metadata != nil {
		dst = binary.AppendUvarint(dst, uint64(len(e.metadata)))
		dst = append(dst, e.metadata...)
	}
	switch e.kind {
	case kindRequest:
		dst = binary.AppendUvarint(dst, micros(e.timeout))
		dst = appendMethod(dst, e.method)
	case kindNotify:
		dst = appendMethod(dst, e.method)
	case kindError, kindGoaway:
		dst = binary.AppendUvarint(dst, uint64(e.code))
	case kindCredit:
		dst = binary.AppendUvarint(dst, e.amount)
	}
	return dst
}

func appendMethod(dst, method []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(method)))
	return append(dst, method...)
}

// micros returns d in microseconds, rounded up, so that a limit never turns into none.
func micros(d time.Duration) uint64 {
	return min((uint64(d)+999)/1000, maxMicros)
}

// parse is the inverse of append. The envelope's slices point into p.
func parse(p []byte) (envelope, error) {
	in := cursor{rest: p}
	if len(p) == 0 {
		in.fail("it is empty")
		return envelope{}, in.err
	}
	in.rest = p[1:]
	e := envelope{kind: kind(p[0] & kindMask), flags: p[0] &^ kindMask}
	switch {
	case e.kind.optional():
		return e, nil
	case !e.kind.known():
		in.fail("kind %d is not known", e.kind)
	case e.flags&^kinds[e.kind].flags != 0:
		in.fail("flags %#x on kind %d, %v, are not known", e.flags, byte(e.kind), e.kind)
	}
	if e.kind.hasID() {
		e.id = in.uvarint("id", math.MaxUint64)
	}
	if e.flags&flagMetadata != 0 {
		e.flags &^= flagMetadata
		e.metadata = in.metadata()
	}
	e.parseFields(&in)
	return e, in.err
}

// parseFields reads what follows the id and the metadata.
func (e *envelope) parseFields(in *cursor) {
	switch e.kind {
	case kindRequest:
		e.timeout = time.Duration(in.uvarint("timeout", maxMicros)) * time.Microsecond
		e.method = in.method()
	case kindNotify:
		e.method = in.method()
	case kindError, kindGoaway:
		e.code = Code(in.uvarint("code", math.MaxUint8))
		if e.code == OK && e.kind == kindError {
			in.fail("an error with code 0")
		}
		if len(in.rest) > maxText {
			in.fail("a text of %d bytes", len(in.rest))
		}
		if !utf8.Valid(in.rest) {
			in.fail("a text that is not UTF-8")
		}
	case kindCredit:
		if e.amount = in.uvarint("amount", maxCredit); e.amount == 0 {
			in.fail("a credit of nothing")
		}
		in.end("credit")
	case kindCancel, kindEnd, kindPing, kindPong:
		in.end(e.kind.String())
	}
	e.payload = in.rest
	if e.flags&flagUpload != 0 && len(e.payload) > 0 {
		in.fail("a request with a stream in the place of its payload, and %d bytes of payload", len(e.payload))
	}
}

// method reads the name of a method, with its length.
func (c *cursor) method() []byte {
	name := c.bytes("method", c.uvarint("length of the method", maxMethod))
	if len(name) == 0 || !utf8.Valid(name) {
		c.fail("method %q is no name", name)
	}
	return name
}

// weight is what a request, a notify or a data envelope counts for where bytes are limited.
func (e *envelope) weight() uint64 {
	return uint64(len(e.payload)) + uint64(len(e.method)) + uint64(len(e.metadata)) + baseWeight
}

// text returns the payload as the text that it is in an error or a goaway.
func (e *envelope) text() string { return string(e.payload) }

// asText returns s as the payload of an error or a goaway.
func asText(s string) []byte {
	return []byte(strings.ToValidUTF8(s[:min(len(s), maxText)], ""))
}

// protocolError is the error for what a peer does against a rule of the specification.
func protocolError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrProtocol, fmt.Errorf(format, args...))
}
