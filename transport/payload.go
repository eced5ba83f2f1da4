package transport

import (
	"context"

	"github.com/demarc-go/demarc/codec"
)

// Payload is a message that is not interpreted: the bytes as the codec of the connection made them, or will read them. A method
// whose requests or responses are Payloads passes them on as they are, whatever the codec. That is for proxies and tools, which
// take the name of a method from somewhere else and do not know its types:
//
//	response, err := transport.Unary[transport.Payload, transport.Payload](name).Call(ctx, client, request)
//
// A Payload that a handler or a caller gets is its own.
type Payload []byte

// HandleUnknown makes handler answer the requests and take the notifies that r receives for methods without a handler of their
// own, but for calls with streams, see [HandleUnknownStream]. [CallFrom] tells it which method that is, and of which kind. What it returns for a notify is not sent. It panics if r has
// such a handler already.
func HandleUnknown(r Registrar, handler func(ctx context.Context, request Payload) (Payload, error)) {
	r.registry().setUnknown(func(ctx context.Context, call *Call, request, dst []byte) (_ []byte, err error) {
		var response Payload
		if len(call.Conn.interceptors) > 0 {
			response, err = serveAround(ctx, call, Payload(request), nil, handler)
		} else {
			response, err = handler(ctx, request) // which no one else uses, as it does not run inline
		}
		return append(dst, response...), err
	})
}

// appendMessage appends the payload for v to dst.
func appendMessage(c codec.Codec, dst []byte, v any) ([]byte, error) {
	switch p := v.(type) {
	case Payload:
		return append(dst, p...), nil
	case *Payload:
		return append(dst, *p...), nil
	}
	return c.Append(dst, v)
}

// decodeMessage decodes p into what ptr points to.
func decodeMessage(c codec.Codec, p []byte, ptr any) error {
	if to, ok := ptr.(*Payload); ok {
		*to = append(Payload{}, p...)
		return nil
	}
	return c.Decode(p, ptr)
}
