// Package transport makes calls over a connection: requests go one way and responses the other, many at once, and the answers
// come in any order.
//
// # Picture
//
//	            client                                    server
//	Call(ctx, c, req) ──▶ codec ──▶ frame ══ TCP ══▶ frame ──▶ codec ──▶ handler(ctx, req)
//	         resp, err ◀── codec ◀── frame ══════════ frame ◀── codec ◀── resp, err
//
// # A method is a value
//
// Both programs share the method, and with it the types: a handler or a call that does not fit it does not compile.
//
//	var Greet = transport.Unary[string, string]("greet")
//
//	Greet.Handle(srv, func(ctx context.Context, name string) (string, error) { ... }) // server
//	text, err := Greet.Call(ctx, client, "world")                                     // client
//
// # Contexts
//
// The time that a caller's context leaves travels with the request and bounds the handler's context; canceling the one cancels
// the other, and so does losing the connection. [context.Cause] of the handler's context says which it was: [ErrCallCanceled],
// [ErrConnLost], [ErrDraining], or context.DeadlineExceeded.
//
// # Errors
//
// A call fails with an [*Error]. Its [Code] says what is wrong, and its [Outcome] whether the handler may have run: a call that
// was not sent or was refused can be made again without danger.
//
// # Limits
//
// Every limit is on by default: the size of a message, the calls in flight on a connection, the connections of a server, the
// time to introduce oneself, to send a frame that has begun, to take what is written, and the bytes that wait for a peer that
// does not read. A peer that breaks a rule is told so, and its connection is closed; the others go on.
//
// # Ending
//
// [Server.Shutdown] loses no call that was accepted. It tells the clients to send no more, waits for the handlers that run,
// and closes each connection when the last answer is out.
//
// The wire protocol is specified in docs/spec.md.
package transport
