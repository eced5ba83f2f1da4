package transport

import "iter"

// ClientStreamCall is the caller's end of a call of a [ClientStreamMethod]. It takes a place among the calls in flight until it has
// ended: by Finish, by Cancel, or with the context that it was made with.
type ClientStreamCall[Req, Resp any] struct {
	s        *stream
	out      *sender[Req]
	response Resp
}

// Send sends a request. It waits while the handler has not read what was sent before, until the context of the call ends. With an
// error, an [*Error], it was not sent: it is the error of the call if that has failed, and [ErrStreamEnded] if it was answered or
// finished. Any number of goroutines may send.
func (c *ClientStreamCall[Req, Resp]) Send(req Req) error { return c.out.send(c.s.ask.ctx, req) }

// Finish ends the stream of requests and waits for the response. Its error is as that of a unary call. One goroutine at a time may
// call it; another time it returns the same.
func (c *ClientStreamCall[Req, Resp]) Finish() (Resp, error) {
	_ = c.s.out.end() // if it fails the call has failed, too
	err := c.s.finish()
	return c.response, err
}

// Cancel ends the call, if it has not ended: the context of the handler ends. It may be called at any time, by any goroutine.
func (c *ClientStreamCall[Req, Resp]) Cancel() { c.s.leave() }

// BidiCall is the caller's end of a call of a [BidiMethod]. It takes a place among the calls in flight until it has ended: until
// Receive, or the loop over All, has come to the end of what the handler sends, by Cancel, or with the context that it was made with.
//
// Sending and receiving may go on at the same time. One goroutine at a time may receive.
type BidiCall[In, Out any] struct {
	s   *stream
	in  *receiver
	out *sender[In]
}

// Send sends a message, as [ClientStreamCall.Send] does.
func (c *BidiCall[In, Out]) Send(message In) error { return c.out.send(c.s.ask.ctx, message) }

// CloseSend ends the stream of this side. The other goes on. The error is that of the call, if it has failed.
func (c *BidiCall[In, Out]) CloseSend() error { return c.s.out.end() }

// Receive decodes the next message of the handler into what message points to; a []byte, if the codec is Raw, and a [Payload]
// are written into the memory that they have. It is [io.EOF] itself when the handler has ended the call without an error, and
// otherwise the error of the call. A message that cannot be decoded is an error too, [Internal], behind which more may follow.
func (c *BidiCall[In, Out]) Receive(message *Out) error {
	more, err := c.in.receive(c.s.ask.ctx, message)
	if !more {
		c.s.leave()
	}
	return err
}

// All returns an iterator over the messages of the handler. The last that it yields is the error, if the call fails. To leave the loop
// early cancels the call.
func (c *BidiCall[In, Out]) All() iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		defer c.s.leave()
		messages[Out](c.s.ask.ctx, c.in)(yield)
	}
}

// Cancel ends the call, if it has not ended: the context of the handler ends. It may be called at any time, by any goroutine.
func (c *BidiCall[In, Out]) Cancel() { c.s.leave() }
