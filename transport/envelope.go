package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// kind is the first byte of an envelope and says what it is. The wire specification is docs/spec.md.
type kind byte

// The kinds of envelope.
const (
	kindHello    kind = 1  // settings of the sender, once, before anything else
	kindRequest  kind = 2  // opens a call
	kindResponse kind = 3  // ends a call with its answer
	kindError    kind = 4  // ends a call with a failure
	kindNotify   kind = 5  // reserved: a call without an answer
	kindCancel   kind = 6  // asks to end a call early
	kindData     kind = 7  // reserved: a message of a stream
	kindEnd      kind = 8  // reserved: the end of a stream in one direction
	kindCredit   kind = 9  // reserved: leave to send more on a stream
	kindPing     kind = 10 // reserved: asks for a pong
	kindPong     kind = 11 // reserved: answers a ping
	kindGoaway   kind = 12 // announces that the sender takes no more calls
)

const (
	kindMask    = 0x0f // of the first byte
	flagRefused = 0x10
)

// maxText is the largest text of an error in bytes.
const maxText = 4 << 10

// errEnvelope is the class of what is wrong with an envelope. It ends the connection.
var errEnvelope = errors.New("malformed envelope")

// envelope is what one frame carries: a message, or word about one. Which fields count depends on its kind.
//
//	request   kind │ id │ timeout │ length of method │ method │ payload
//	response  kind │ id │ payload
//	error     kind │ id │ code │ text
//	cancel    kind │ id
//	goaway    kind │ id │ code │ text
//	hello     kind │ settings
//
// kind is one byte, of which the upper half holds flags: 1 on an error says that the request was not executed. id, timeout (in
// microseconds), lengths and code are varints in minimal form.
type envelope struct {
	kind    kind
	id      uint64
	timeout time.Duration // request: what is left of the caller's time; 0 is no limit
	method  []byte        // request
	refused bool          // error: the request was not executed
	code    Code          // error, goaway
	payload []byte        // request, response: the message; error, goaway: the text; hello: the settings
}

// append appends the envelope to dst.
func (e *envelope) append(dst []byte) []byte {
	first := byte(e.kind)
	if e.refused {
		first |= flagRefused
	}
	dst = append(dst, first)
	if e.kind != kindHello {
		dst = binary.AppendUvarint(dst, e.id)
	}
	switch e.kind {
	case kindRequest:
		dst = binary.AppendUvarint(dst, micros(e.timeout))
		dst = binary.AppendUvarint(dst, uint64(len(e.method)))
		dst = append(dst, e.method...)
	case kindError, kindGoaway:
		dst = binary.AppendUvarint(dst, uint64(e.code))
	}
	return append(dst, e.payload...)
}

// text returns the payload as the text that it is in an error or a goaway.
func (e *envelope) text() string {
	return strings.ToValidUTF8(string(e.payload), "\uFFFD")
}

// asText returns s as the payload of an error or a goaway.
func asText(s string) []byte {
	return []byte(strings.ToValidUTF8(s[:min(len(s), maxText)], ""))
}

// micros returns d in microseconds, rounded up, so that a limit never turns into none.
func micros(d time.Duration) uint64 {
	return min((uint64(d)+999)/1000, maxMicros)
}

// maxMicros is the longest timeout in microseconds: what a time.Duration holds, some 292 years.
const maxMicros = math.MaxInt64 / 1000

// parse is the inverse of append. The envelope's slices point into p.
func parse(p []byte) (envelope, error) {
	if len(p) == 0 {
		return envelope{}, fmt.Errorf("%w: it is empty", errEnvelope)
	}
	e := envelope{kind: kind(p[0] & kindMask)}
	in := cursor{rest: p[1:]}
	switch flags := p[0] &^ kindMask; {
	case flags == flagRefused && e.kind == kindError:
		e.refused = true
	case flags != 0:
		in.fail("flags %#x on kind %d are not known", flags, e.kind)
	}
	if e.kind != kindHello {
		e.id = in.uvarint("id", math.MaxUint64)
	}
	switch e.kind {
	case kindHello, kindResponse, kindCancel:
	case kindRequest:
		e.timeout = time.Duration(in.uvarint("timeout", maxMicros)) * time.Microsecond
		e.method = in.bytes("method", in.uvarint("length of the method", maxMethod))
		if len(e.method) == 0 || !utf8.Valid(e.method) {
			in.fail("method %q is no name", e.method)
		}
	case kindError, kindGoaway:
		e.code = Code(in.uvarint("code", math.MaxUint8))
		if e.code == OK && e.kind == kindError {
			in.fail("an error with code 0")
		}
		if len(in.rest) > maxText {
			in.fail("a text of %d bytes", len(in.rest))
		}
	default:
		in.fail("kind %d is not known", e.kind)
	}
	e.payload = in.rest
	if e.kind == kindCancel {
		in.end("cancel")
	}
	return e, in.err
}

// cursor reads the fields of an envelope one after another; the first error stays.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", errEnvelope, fmt.Sprintf(format, args...))
	}
}

func (c *cursor) uvarint(field string, max uint64) uint64 {
	v, n := binary.Uvarint(c.rest)
	switch {
	case n <= 0:
		c.fail("%s is no varint", field)
		return 0
	case n > 1 && c.rest[n-1] == 0:
		c.fail("%s is not in minimal form", field)
		return 0
	case v > max:
		c.fail("%s is %d, more than %d", field, v, max)
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

// end fails if something is left.
func (c *cursor) end(field string) {
	if len(c.rest) > 0 {
		c.fail("%d bytes follow the %s", len(c.rest), field)
	}
}

func (c *cursor) bytes(field string, n uint64) []byte {
	if n > uint64(len(c.rest)) {
		c.fail("%s has %d bytes, and only %d are left", field, n, len(c.rest))
		return nil
	}
	p := c.rest[:n:n]
	c.rest = c.rest[n:]
	return p
}
