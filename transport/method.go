package transport

import (
	"context"
	"fmt"
	"unicode/utf8"
)

// UnaryMethod is a method that answers each request with one response. It is the whole contract between two programs: both
// share the value, so a handler or a call of another type does not compile. It may be used by any number of goroutines.
type UnaryMethod[Req, Resp any] struct {
	name      string
	requests  *boxes[Req]
	responses *boxes[Resp]

	idempotent bool
}

// Unary returns the method of that name, which has 1 to 255 bytes of UTF-8. It panics if the name is impossible.
func Unary[Req, Resp any](name string) UnaryMethod[Req, Resp] {
	mustBeName(name)
	return UnaryMethod[Req, Resp]{name: name, requests: boxesOf[Req](), responses: boxesOf[Resp]()}
}

// Idempotent returns the method as one whose calls may be executed twice, to the effect of once: a [Client] makes them again when the
// connection is lost before the answer is here. It is for the side that calls.
func (m UnaryMethod[Req, Resp]) Idempotent() UnaryMethod[Req, Resp] {
	m.idempotent = true
	return m
}

func mustBeName(name string) {
	if name == "" || len(name) > maxMethod || !utf8.ValidString(name) {
		panic("transport: a method's name has 1 to 255 bytes")
	}
}

// Name returns the method's name, which stands in each request.
func (m UnaryMethod[Req, Resp]) Name() string { return m.name }

// Handle makes handler answer the requests that r receives for the method. Handlers run in goroutines of their own, many at
// once. It panics if r already has a handler for a method of that name.
//
// The handler's context ends, with a cause that says why, when the caller cancels, when the caller's time runs out, when
// the connection is lost, and when the server can wait no longer at a shutdown. [CallFrom] tells more about the call. An error that the
// handler returns reaches the caller as an [*Error], whose code is [CodeOf] of it. A panic is answered with [Internal] and logged.
func (m UnaryMethod[Req, Resp]) Handle(r Registrar, handler func(context.Context, Req) (Resp, error)) {
	r.registry().add(&endpoint{method: m.name, copies: true, handle: m.serve(handler)})
}

// HandleInline is Handle for a handler that promises not to block: it does not wait for a lock that others hold for long, for
// a channel, for a file or the network, nor for a call of its own, and is done within microseconds. It runs on the goroutine that reads the
// connection, which saves the way to another one. While it runs nothing else is read, not even the cancel of its own call.
func (m UnaryMethod[Req, Resp]) HandleInline(r Registrar, handler func(context.Context, Req) (Resp, error)) {
	r.registry().add(&endpoint{method: m.name, copies: true, inline: true, handle: m.serve(handler)})
}

func (m UnaryMethod[Req, Resp]) serve(handler func(context.Context, Req) (Resp, error)) handlerFunc {
	return func(ctx context.Context, call *Call, request, dst []byte) ([]byte, error) {
		req, err := m.requests.decode(call.Conn.codec, request)
		if err != nil {
			err = badRequest(err)
		}
		var resp Resp
		switch {
		case len(call.Conn.interceptors) > 0:
			resp, err = serveAround(ctx, call, req, err, handler)
		case err == nil:
			resp, err = handler(ctx, req)
		}
		if err != nil {
			return nil, err
		}
		if dst, err = m.responses.append(call.Conn.codec, dst, resp); err != nil {
			return nil, badResponse(err)
		}
		return dst, nil
	}
}

// badRequest is the error of a request that cannot be decoded because of err.
func badRequest(err error) error {
	return withOutcome(InvalidArgument, Answered, fmt.Errorf("request: %w", err))
}

// badResponse is the error of a response that cannot be encoded because of err.
func badResponse(err error) error {
	return withOutcome(Internal, Answered, fmt.Errorf("response: %w", err))
}

// serveAround runs handler inside the interceptors. It has copies of the messages, so that those of a call without interceptors need
// not be on the heap.
func serveAround[Req, Resp any](ctx context.Context, call *Call, req Req, unreadable error,
	handler func(context.Context, Req) (Resp, error)) (resp Resp, err error) {
	call.Request, call.Response = &req, &resp
	err = call.serve(ctx, unreadable, func(ctx context.Context) (err error) {
		resp, err = handler(ctx, req)
		return err
	})
	return resp, err
}

// Call sends req to the peer of c and waits for the answer, until ctx ends. The time that ctx leaves goes along, so that the
// handler stops in time; when ctx is canceled, so is the handler's. [WithMetadata] and [WithReplyMetadata] send more along. Every
// error is an [*Error], whose Outcome says whether the handler may have run.
func (m UnaryMethod[Req, Resp]) Call(ctx context.Context, c Caller, req Req) (Resp, error) {
	if len(c.around()) > 0 {
		return m.callAround(ctx, c, req)
	}
	return m.exchange(ctx, c, req)
}

// callAround is Call inside the interceptors of c.
func (m UnaryMethod[Req, Resp]) callAround(ctx context.Context, c Caller, req Req) (resp Resp, err error) {
	call := &Call{Method: m.name, Request: &req, Response: &resp}
	err = call.make(ctx, c, func(ctx context.Context, c Caller) (err error) {
		resp, err = m.exchange(ctx, c, req)
		return err
	})
	return resp, err
}

// exchange makes a call inside all interceptors, again if it has to.
func (m UnaryMethod[Req, Resp]) exchange(ctx context.Context, c Caller, req Req) (Resp, error) {
	resp, err := m.once(ctx, c, req)
	if err != nil {
		return m.repeat(ctx, c, req, resp, err)
	}
	return resp, nil
}

// repeat makes a call again that has failed with err, if that is allowed.
func (m UnaryMethod[Req, Resp]) repeat(ctx context.Context, c Caller, req Req, resp Resp, err error) (Resp, error) {
	err = repeating(ctx, c, m.idempotent, err, func() (err error) {
		resp, err = m.once(ctx, c, req)
		return err
	})
	return resp, err
}

func (m UnaryMethod[Req, Resp]) once(ctx context.Context, c Caller, req Req) (resp Resp, err error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return resp, err
	}
	p, err := m.requests.append(conn.codec, conn.newPayload(), req)
	if err != nil {
		return resp, withOutcome(InvalidArgument, NotSent, err)
	}
	if p, err = conn.call(ctx, m.name, p); err != nil {
		return resp, err
	}
	if resp, err = m.responses.decode(conn.codec, p); err != nil {
		err = withOutcome(Internal, Answered, err)
	}
	conn.giveMessage(p)
	return resp, err
}
