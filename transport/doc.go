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
// [Unary] methods have a response, [Notify] methods have none. A program that does not know the types, such as a proxy, uses
// [Payload] for them, and [HandleUnknown] and [HandleUnknownStream] for the names. A handler that never blocks can promise so with HandleInline, and
// is called without a detour.
//
// The connection is symmetric: a client serves methods as a server does, and the server calls it through the [Conn] in the [Call]
// that a handler finds in its context.
//
// # Streams
//
// [ServerStream] methods send a stream of responses, [ClientStream] methods take a stream of requests, and [Bidi] methods have one each way,
// each of which can be ended by itself. Handlers and callers receive by ranging over messages and errors. A caller who leaves the loop cancels
// the call. Deadlines, cancels, drains and lost connections end streams as they end calls, with the same errors.
//
// The peer can send ahead of whoever reads a stream, but only so much: 16 KiB at first, and then what the reader takes in a quarter of a
// second, within [Limits]. A reader that stops holds up its own stream and nothing else. Small messages share writes.
//
// [Group] sends the same notifies to many peers, such as the members of a chat room, without waiting for any.
//
// # Around calls
//
// An [Interceptor] is a function around each call, on the side that makes it, the side that serves it, or both: for logs, tokens, rate limits.
// A [Server] and a [Client] have a list of them.
//
// # Contexts
//
// The time that a caller's context leaves travels with the request and bounds the handler's context; canceling the one cancels
// the other, and so does losing the connection. [context.Cause] of the handler's context says which it was: [ErrCallCanceled],
// [ErrConnLost], [ErrDraining], or context.DeadlineExceeded.
//
// A handler's context comes from BaseContext and ConnContext of the [Server]. [CallFrom] finds in it what goes beside the message:
// [Metadata], the addresses, what TLS and Authenticate know about the peer.
//
// # Errors
//
// A call fails with an [*Error]. Its [Code] says what is wrong, and its [Outcome] whether the handler may have run: a call that
// was not sent or was refused can be made again without danger.
//
// # Limits
//
// Every limit is on by default. Those of a connection are in [Limits]: the size of a message, the calls in flight and their bytes,
// the notifies and messages of streams sent ahead, the time to introduce oneself, to send a frame that has begun, to take what is written, to answer a
// ping. The [Server] adds those on connections and on calls of all of them together. A peer that breaks a rule is told so, and its connection
// is closed; the others go on. Each [Limit] is also an error, for errors.Is, and has a counter in [Stats].
//
// # Listening
//
// [Server.ListenAndServe] and [Server.Serve] serve plain connections, [Server.ListenAndServeTLS] and [Server.ServeTLS] secured ones; one server may
// do both. A [Client] with TLS set dials secured ones. Tune has the socket of each connection.
//
// # A client that stays
//
// A [Client] dials when a call needs it, and again when the connection is lost or the server takes its leave: each time after a random wait
// that grows, so that many clients do not come back at once. Calls wait for that. It makes a call again only if that was certainly not
// executed, or its method is declared so with [UnaryMethod.Idempotent].
//
// # What one sees
//
// [Stats] count, Conns lists the connections, an [Observer] is told of calls, connections and limits, a Tap sees each [Envelope].
// docs/operating.md has it all, with the keys of the logs. Package transport/transporttest joins the two sides in memory, for tests.
//
// # Ending
//
// [Server.Shutdown] loses no call that was accepted. It tells the clients to send no more, waits for the handlers that run,
// and closes each connection when the last answer is out. [Client.Shutdown] does the same on its side.
//
// The wire protocol is specified in docs/spec.md, with test vectors in docs/vectors.
package transport
