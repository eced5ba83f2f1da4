package transport

import (
	"context"
	"iter"
)

// HandleUnknownStream is [HandleUnknown] for calls with streams. in yields what the caller sends, which is the one request if the caller
// sends no stream; send sends to the caller, and must be called once if that expects one response. [CallFrom] tells which
// method it is, and of which kind. [Forward] passes the call on.
func HandleUnknownStream(r Registrar, handler func(ctx context.Context, in iter.Seq2[Payload, error], send func(Payload) error) error) {
	r.registry().setUnknownStream(func(ctx context.Context, call *Call, request, dst []byte) ([]byte, error) {
		flags, answered := call.Kind.flags(), false
		err := call.serve(ctx, nil, func(ctx context.Context) error {
			in := func(yield func(Payload, error) bool) { yield(request, nil) }
			if flags&flagUpload != 0 {
				in = received[Payload](ctx, call)
			}
			send := func(p Payload) error {
				if answered {
					return errStreamEnded
				}
				answered, dst = true, append(dst, p...)
				return nil
			}
			if flags&flagDownload != 0 {
				send = sending[Payload](ctx, call)
			}
			return handler(ctx, in, send)
		})
		if err == nil && flags&flagDownload == 0 && !answered {
			err = errHandler
		}
		return dst, err
	})
}

// Forward makes the call that the handler with ctx serves through another Caller: for a proxy, inside [HandleUnknownStream], whose in
// and send it takes. Metadata go along in both directions. What it returns is for the handler to return.
func Forward(ctx context.Context, to Caller, in iter.Seq2[Payload, error], send func(Payload) error) error {
	call := CallFrom(ctx)
	var reply Metadata
	defer func() { call.Reply = reply }()
	ctx = WithReplyMetadata(WithMetadata(ctx, call.Metadata), &reply)
	switch call.Kind {
	case CallServerStream:
		return forwardDown(ctx, to, call.Method, in, send)
	case CallClientStream:
		return forwardUp(ctx, to, call.Method, in, send)
	case CallBidi:
		return forwardBoth(ctx, to, call.Method, in, send)
	}
	return Errorf(Unimplemented, "a call of method %q has no stream", call.Method)
}

func forwardDown(ctx context.Context, to Caller, method string, in iter.Seq2[Payload, error], send func(Payload) error) error {
	for request, err := range in {
		if err != nil {
			return err
		}
		return sendAll(ServerStream[Payload, Payload](method).Call(ctx, to, request), send)
	}
	return errHandler // in yields one request
}

func forwardUp(ctx context.Context, to Caller, method string, in iter.Seq2[Payload, error], send func(Payload) error) error {
	up, err := ClientStream[Payload, Payload](method).Call(ctx, to)
	if err != nil {
		return err
	}
	defer up.Cancel()
	for p, err := range in {
		if err != nil {
			return err
		}
		if up.Send(p) != nil {
			break // Finish says why
		}
	}
	response, err := up.Finish()
	if err != nil {
		return err
	}
	return send(response)
}

func forwardBoth(ctx context.Context, to Caller, method string, in iter.Seq2[Payload, error], send func(Payload) error) error {
	both, err := Bidi[Payload, Payload](method).Call(ctx, to)
	if err != nil {
		return err
	}
	defer both.Cancel()
	go func() { // until in ends, which it does when the handler returns
		if sendAll(in, both.Send) == nil {
			_ = both.CloseSend() // with an error, All has it too
		}
	}()
	return sendAll(both.All(), send)
}

// sendAll sends what messages yields.
func sendAll(messages iter.Seq2[Payload, error], send func(Payload) error) error {
	for p, err := range messages {
		if err != nil {
			return err
		}
		if err := send(p); err != nil {
			return err
		}
	}
	return nil
}
