package transport

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Envelope is what one frame carries, as a tap sees it: a message, or word about one. docs/spec.md says what the kinds are for, and which
// fields they have; the others are zero.
type Envelope struct {
	Conn     *Conn
	Side     Side   // Outgoing or Incoming
	Kind     string // "hello", "request", "response", "error", "notify", "cancel", "data", "end", "credit", "ping", "pong", "goaway"
	Flags    byte   // the upper half of its first byte, without that for metadata
	ID       uint64
	Method   string
	Metadata Metadata
	Timeout  time.Duration // what is left of the caller's time; 0: no limit
	Code     Code          // of an error, a goaway
	Amount   uint64        // of credit
	Payload  []byte        // the message, the text of an error or a goaway, the settings of a hello; a copy
}

// String describes the envelope in one line, such as "<- request 1 add, 3 bytes". It shows the bytes of no message.
func (e Envelope) String() string {
	var b strings.Builder
	b.WriteString(map[Side]string{Incoming: "<- ", Outgoing: "-> "}[e.Side])
	b.WriteString(e.Kind)
	if e.ID != 0 || e.Kind == "goaway" {
		fmt.Fprintf(&b, " %d", e.ID)
	}
	if e.Method != "" {
		b.WriteString(" " + e.Method)
	}
	if e.Timeout > 0 {
		fmt.Fprintf(&b, " within %v", e.Timeout)
	}
	if len(e.Metadata) > 0 {
		fmt.Fprintf(&b, " [%v]", e.Metadata)
	}
	switch e.Kind {
	case "error", "goaway":
		fmt.Fprintf(&b, " %v: %s", e.Code, e.Payload)
	case "credit":
		fmt.Fprintf(&b, " of %d", e.Amount)
	case "request", "response", "notify", "data", "hello":
		fmt.Fprintf(&b, ", %d bytes", len(e.Payload))
	}
	return b.String()
}

// tapped shows e to the tap. It copies all, so that the envelopes of connections without a tap need not be on the heap.
//
// The outbox is locked meanwhile, so a panic goes no further.
func (c *Conn) tapped(side Side, e *envelope) {
	defer func() { c.logHook("Tap", recover()) }()
	c.tap(Envelope{
		Conn: c, Side: side, Kind: e.kind.String(), Flags: e.flags, ID: e.id, Method: string(e.method),
		Metadata: parseMetadata(bytes.Clone(e.metadata)), Timeout: e.timeout, Code: e.code, Amount: e.amount, Payload: bytes.Clone(e.payload),
	})
}
