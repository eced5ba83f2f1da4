package transport

import "context"

// CallKind says what goes one way and the other in a call.
type CallKind uint8

// The kinds of call.
const (
	CallUnary        CallKind = iota // one request, one response
	CallNotify                       // one message, and no answer
	CallServerStream                 // one request, a stream of responses
	CallClientStream                 // a stream of requests, one response
	CallBidi                         // a stream each way
)

// String names the kind, such as "unary".
func (k CallKind) String() string {
	switch k {
	case CallUnary:
		return "unary"
	case CallNotify:
		return "notify"
	case CallServerStream:
		return "server stream"
	case CallClientStream:
		return "client stream"
	case CallBidi:
		return "bidi"
	}
	return "unknown kind"
}

// Side says on which side of a call one is.
type Side uint8

// The sides of a call.
const (
	Incoming Side = iota // the peer makes the call, and it is served here
	Outgoing             // the call is made here
)

// String names the side: "incoming" or "outgoing".
func (s Side) String() string {
	switch s {
	case Incoming:
		return "incoming"
	case Outgoing:
		return "outgoing"
	}
	return "unknown side"
}

// Call is what is known about a call. A handler finds it in its context with [CallFrom]; an [Interceptor] is given it. Only the
// goroutine of the handler, or of whoever calls, may use it, and only until the call returns.
type Call struct {
	Method string
	Kind   CallKind
	Side   Side

	// Conn is the connection. A handler can itself call the peer through it. For a call that is made through a [Client] it is nil
	// until there is one, and afterwards the last that was tried.
	Conn *Conn

	// Metadata goes along with the request. On the incoming side it is what came, nil if nothing. On the outgoing side it is a map of
	// the call's own, made from that of [WithMetadata] and never nil, to which an interceptor may add before it calls next.
	Metadata Metadata

	// Reply goes along with the answer. On the incoming side it is for the handler and the interceptors to set before they return. On
	// the outgoing side it is what came, for an interceptor to read after next. nil means nothing.
	Reply Metadata

	// Request points to the message that the caller sends, a *Req for a method of type Req or a *[Payload], and Response to where the
	// answer goes. They are for interceptors, and nil if there are none. Request is also nil if the request cannot be read, or is
	// a stream; Response if there is none, as with a notify, or it is a stream.
	Request, Response any

	// OnSend and OnReceive, if not nil, are called with a pointer to each message of a stream: OnSend before it is encoded, OnReceive
	// after it is decoded. They may change the message; an error ends the stream as one of the program would. They are for an
	// interceptor to set before it calls next; one that finds a hook set by an outer one calls it from its own. Each is called by one
	// goroutine at a time, but both may be called at once.
	OnSend, OnReceive func(message any) error

	stream *stream // of a call that is served; nil if it has none
	guard  *guard  // of a call that is made
}

// CallFrom returns the call that a handler's context belongs to, or nil if ctx comes from no handler.
func CallFrom(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}

type callKey struct{}
