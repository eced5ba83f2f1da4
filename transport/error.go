package transport

import (
	"context"
	"errors"
	"fmt"
)

// ErrServerClosed is what [Server.Serve] returns after Shutdown or Close.
var ErrServerClosed = errors.New("transport: server closed")

// The classes of what ends a connection, for errors.Is on what [Server.ServeConn] returns and on the errors of calls. A [Limit]
// is another.
var (
	// ErrStranger: the peer does not speak this protocol, or another version of it.
	ErrStranger = errors.New("the peer does not speak this protocol")

	// ErrProtocol: the peer broke a rule of the protocol; see docs/spec.md.
	ErrProtocol = errors.New("protocol error")

	// ErrUnauthenticated: Authenticate turned the peer down.
	ErrUnauthenticated = errors.New("the peer is not authenticated")
)

// errCodec is the class of the protocol error of a peer that speaks another codec.
var errCodec = fmt.Errorf("%w: codecs differ", ErrProtocol)

// The causes with which a handler's context ends; see [context.Cause].
var (
	// ErrCallCanceled: the caller has canceled the call.
	ErrCallCanceled = errors.New("transport: the caller canceled the call")

	// ErrConnLost: the connection to the caller is lost.
	ErrConnLost = errors.New("transport: the connection is lost")

	// ErrDraining: the server is shutting down and could wait no longer.
	ErrDraining = errors.New("transport: the server is shutting down")
)

// Outcome says what is known about a call that failed.
type Outcome int

// The outcomes. A call that was not sent or was refused can be repeated without danger.
const (
	Answered      Outcome = iota // the handler ran, and the error is its answer
	NotSent                      // the request did not leave this side
	Refused                      // the peer did not execute the request, and never will
	MaybeExecuted                // the request was sent and no answer came: the handler may have run
)

// String names the outcome, such as "not sent".
func (o Outcome) String() string {
	switch o {
	case Answered:
		return "answered"
	case NotSent:
		return "not sent"
	case Refused:
		return "refused"
	case MaybeExecuted:
		return "maybe executed"
	}
	return fmt.Sprintf("outcome %d", int(o))
}

// Error is the failure of a call. Every error that a call returns is one; use errors.As. A handler returns one to choose the
// code that its caller sees.
type Error struct {
	Code    Code
	Message string  // for people; it crosses the wire
	Outcome Outcome // what is known about the call; not on the wire
	Err     error   // the cause on this side, if any, such as a [Limit]; not on the wire

	lost bool // it is the connection that failed
}

// Errorf returns an [*Error] for a handler to return.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// overLimit returns the error for what exceeds l; its text crosses the wire.
func overLimit(l Limit, format string, args ...any) error {
	return &Error{Code: ResourceExhausted, Message: fmt.Sprintf(format, args...), Err: l}
}

// CodeOf returns the code of err: that of the [*Error] in it, what fits a context's error, [Unknown] for any other, and [OK]
// for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return Canceled
	}
	return Unknown
}

// codeOr returns the code of the [*Error] in err, or else code.
func codeOr(code Code, err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return code
}

// messageOf returns what err says to the other side.
func messageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// Error describes the failure in one line.
func (e *Error) Error() string {
	text := "transport: " + e.Code.String()
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Outcome != Answered {
		text += " (" + e.Outcome.String() + ")"
	}
	return text
}

// Unwrap returns the cause on this side.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an [*Error] with the same code and without a message, so that
// errors.Is(err, &Error{Code: NotFound}) asks for the code; or the context's error that means the same as the code.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Code == Canceled
	case context.DeadlineExceeded:
		return e.Code == DeadlineExceeded
	}
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == ""
}

// withOutcome returns err as an *Error of code with an outcome, keeping err as its cause.
func withOutcome(code Code, outcome Outcome, err error) *Error {
	return &Error{Code: code, Message: messageOf(err), Outcome: outcome, Err: err}
}

// ended is the error of a call whose context ended.
func ended(ctx context.Context, outcome Outcome) error {
	return &Error{Code: CodeOf(ctx.Err()), Message: context.Cause(ctx).Error(), Outcome: outcome, Err: ctx.Err()}
}
