package transport

import (
	"context"
	"iter"
)

// ServerStreamMethod is a method that answers a request with a stream of responses. Like a [UnaryMethod] it is shared by both
// sides.
type ServerStreamMethod[Req, Resp any] struct {
	name     string
	requests *boxes[Req]
}

// ServerStream returns the method of that name, which has 1 to 255 bytes of UTF-8. It panics if the name is impossible.
func ServerStream[Req, Resp any](name string) ServerStreamMethod[Req, Resp] {
	mustBeName(name)
	return ServerStreamMethod[Req, Resp]{name, boxesOf[Req]()}
}

// Name returns the method's name, which stands in each request.
func (m ServerStreamMethod[Req, Resp]) Name() string { return m.name }

// Handle makes handler answer the requests that r receives for the method, as [UnaryMethod.Handle] does. The caller gets what
// handler sends, and then the end of the stream, or the error that handler returns.
//
// send waits while the caller has not read what was sent before, until ctx ends. With an error, an [*Error], the message was not
// sent. Any number of goroutines may use send, until handler returns.
func (m ServerStreamMethod[Req, Resp]) Handle(r Registrar, handler func(ctx context.Context, req Req, send func(Resp) error) error) {
	r.registry().add(&endpoint{method: m.name, kind: CallServerStream, copies: true, handle: func(ctx context.Context, call *Call, request, dst []byte) ([]byte, error) {
		req, err := m.requests.decode(call.Conn.codec, request)
		if err != nil {
			err = badRequest(err)
		}
		if len(call.Conn.interceptors) > 0 {
			call.Request = &req
		}
		return dst, call.serve(ctx, err, func(ctx context.Context) error {
			return handler(ctx, req, sending[Resp](ctx, call))
		})
	}})
}

// Call returns an iterator over what the peer of c sends in answer to req. Each loop over it makes the call anew.
//
// The last that it yields is the error, if the call fails: an [*Error], as of a unary call. A response that cannot be decoded is an
// error too, [Internal], behind which more may follow. To leave the loop early cancels the call. While the loop does not ask for the
// next response, the peer can send ahead what [Limits] allow. ctx and its metadata are as in a unary call; metadata of the answer are
// there when the loop has come to its end. Through a [Client] the call is repeated, as a unary one is, as long as it was certainly not executed.
func (m ServerStreamMethod[Req, Resp]) Call(ctx context.Context, c Caller, req Req) iter.Seq2[Resp, error] {
	return func(yield func(Resp, error) bool) {
		left := false
		call := &Call{Method: m.name, Kind: CallServerStream, Request: &req}
		err := inside(ctx, c, call, func(ctx context.Context, c Caller) error {
			once := func() (err error) {
				left, err = m.callOnce(ctx, c, call, req, yield)
				return err
			}
			return repeating(ctx, c, false, once(), once)
		})
		if err != nil && !left {
			var zero Resp
			yield(zero, err)
		}
	}
}

// callOnce makes the call, and yields what comes. It reports whether yield wanted no more.
func (m ServerStreamMethod[Req, Resp]) callOnce(ctx context.Context, c Caller, call *Call, req Req, yield func(Resp, error) bool) (left bool, err error) {
	s, err := openOnce(ctx, c, call, func(conn *Conn) ([]byte, error) {
		return m.requests.append(conn.codec, conn.newPayload(), req)
	})
	if err != nil {
		return false, err
	}
	defer s.leave()
	begun := false
	left, err = each(ctx, s.receiver(), func(resp Resp, err error) bool {
		begun = true
		return yield(resp, err)
	})
	switch {
	case left:
		return true, errNoUse
	case begun:
		return false, maybeExecuted(err)
	}
	return false, err
}

// ClientStreamMethod is a method that takes a stream of requests and answers them with one response. Like a [UnaryMethod] it is
// shared by both sides.
type ClientStreamMethod[Req, Resp any] struct{ name string }

// ClientStream returns the method of that name, which has 1 to 255 bytes of UTF-8. It panics if the name is impossible.
func ClientStream[Req, Resp any](name string) ClientStreamMethod[Req, Resp] {
	mustBeName(name)
	return ClientStreamMethod[Req, Resp]{name}
}

// Name returns the method's name, which stands in each request.
func (m ClientStreamMethod[Req, Resp]) Name() string { return m.name }

// Handle makes handler answer the calls that r receives for the method, as [UnaryMethod.Handle] does. It ranges over the requests as
// they come, and may return before it has seen all.
//
// The last that requests yields is an error, an [*Error], if ctx ended before the stream did. A request that cannot be decoded is an
// error too, [InvalidArgument], behind which more may follow. A handler that leaves the loop early can range over the rest later.
// What it does not read the caller cannot send, beyond what [Limits] allow.
func (m ClientStreamMethod[Req, Resp]) Handle(r Registrar, handler func(ctx context.Context, requests iter.Seq2[Req, error]) (Resp, error)) {
	r.registry().add(&endpoint{method: m.name, kind: CallClientStream, handle: func(ctx context.Context, call *Call, _, dst []byte) ([]byte, error) {
		var resp Resp
		if len(call.Conn.interceptors) > 0 {
			call.Response = &resp
		}
		err := call.serve(ctx, nil, func(ctx context.Context) (err error) {
			resp, err = handler(ctx, received[Req](ctx, call))
			return err
		})
		if err != nil {
			return nil, err
		}
		if dst, err = appendMessage(call.Conn.codec, dst, resp); err != nil {
			return nil, badResponse(err)
		}
		return dst, nil
	}})
}

// Call opens a call of the method to the peer of c, which lasts until Finish or Cancel, or until ctx ends. ctx and its metadata are as
// in a unary call, and so is the error. Through a [Client] it is opened anew, over the next connection, if it was not sent. Later
// it is not: if its connection fails then, or the peer refuses it as it is about to close, Send and Finish return that error, whose Outcome
// says what is known.
func (m ClientStreamMethod[Req, Resp]) Call(ctx context.Context, c Caller) (*ClientStreamCall[Req, Resp], error) {
	call := new(ClientStreamCall[Req, Resp])
	var err error
	call.s, err = openInside(ctx, c, &Call{Method: m.name, Kind: CallClientStream, Response: &call.response})
	if err != nil {
		return nil, err
	}
	call.out = newSender[Req](call.s.out, call.s.ask.call.OnSend, call.s.failBy)
	return call, nil
}

// BidiMethod is a method with a stream each way: of In from the caller to the handler, and of Out back. Like a [UnaryMethod] it is
// shared by both sides.
type BidiMethod[In, Out any] struct{ name string }

// Bidi returns the method of that name, which has 1 to 255 bytes of UTF-8. It panics if the name is impossible.
func Bidi[In, Out any](name string) BidiMethod[In, Out] {
	mustBeName(name)
	return BidiMethod[In, Out]{name}
}

// Name returns the method's name, which stands in each request.
func (m BidiMethod[In, Out]) Name() string { return m.name }

// Handle makes handler answer the calls that r receives for the method, as [UnaryMethod.Handle] does. in is as in
// [ClientStreamMethod.Handle] and send as in [ServerStreamMethod.Handle]; they may be used at the same time. The streams end, both,
// when handler returns.
func (m BidiMethod[In, Out]) Handle(r Registrar, handler func(ctx context.Context, in iter.Seq2[In, error], send func(Out) error) error) {
	r.registry().add(&endpoint{method: m.name, kind: CallBidi, handle: func(ctx context.Context, call *Call, _, dst []byte) ([]byte, error) {
		return dst, call.serve(ctx, nil, func(ctx context.Context) error {
			return handler(ctx, received[In](ctx, call), sending[Out](ctx, call))
		})
	}})
}

// Call opens a call of the method to the peer of c, which lasts until the peer's handler returns, until Cancel, or until ctx ends. ctx
// and its metadata are as in a unary call, and so is the error. Through a [Client] it is opened anew as a [ClientStreamMethod] is.
func (m BidiMethod[In, Out]) Call(ctx context.Context, c Caller) (*BidiCall[In, Out], error) {
	s, err := openInside(ctx, c, &Call{Method: m.name, Kind: CallBidi})
	if err != nil {
		return nil, err
	}
	return &BidiCall[In, Out]{s: s, in: s.receiver(), out: newSender[In](s.out, s.ask.call.OnSend, s.failBy)}, nil
}
