package transport

import "context"

// CallKind says what goes one way and the other in a call.
type CallKind uint8

// The kinds of call.
const (
	CallUnary  CallKind = iota // one request, one response
	CallNotify                 // one message, and no answer
)

func (k CallKind) String() string {
	switch k {
	case CallUnary:
		return "unary"
	case CallNotify:
		return "notify"
	}
	return "unknown kind"
}

// Call is what is known about a call beside its messages. A handler finds it in its context with [CallFrom].
type Call struct {
	Method   string
	Kind     CallKind
	Conn     *Conn    // over which it came; the handler can itself call the peer through it
	Metadata Metadata // what came along with the request; nil if nothing
	Reply    Metadata // what is to go along with the answer; for the handler to set before it returns
}

// CallFrom returns the call that a handler's context belongs to, or nil if ctx comes from no handler. Only the goroutine of the
// handler may change it.
func CallFrom(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}

type callKey struct{}
