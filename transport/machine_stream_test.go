package transport_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// flow is a conversation: the first message says which call it is, and what follows is sent back.
var flow = transport.Bidi[[]byte, []byte]("flow")

// flow is the handler of both sides. It may be answered while messages are under way, and does not wait for the end of the caller's.
func (m *machine) flow(ctx context.Context, in iter.Seq2[[]byte, error], send func([]byte) error) error {
	for first, err := range in {
		if err != nil {
			return err
		}
		c, done := m.execute(ctx, int(first[0])<<8|int(first[1]))
		defer done()
		go func() {
			for message, err := range in {
				if err != nil || send(message) != nil {
					return
				}
			}
		}()
		return c.wait(ctx)
	}
	return transport.Errorf(transport.InvalidArgument, "no first message")
}

// stream opens a stream, and receives until it is over.
func (m *machine) stream(d deed, timeout time.Duration) {
	caller := m.caller(d.Side)
	if caller == nil {
		return
	}
	ctx, c := m.begin(d, timeout)
	c.streams = true
	c.sending = make(chan []byte, 1000)
	c.sending <- []byte{byte(c.id >> 8), byte(c.id)}
	sending := c.sending
	go func() {
		err := m.converse(ctx, caller, c, sending)
		m.set(func() { c.got, c.err = c.id, err; c.ended++ })
	}()
}

// converse makes the call of a stream. Messages must come back in their order.
func (m *machine) converse(ctx context.Context, caller transport.Caller, c *played, sending <-chan []byte) error {
	call, err := flow.Call(ctx, caller)
	if err != nil {
		return err
	}
	go func() {
		for message := range sending {
			if call.Send(message) != nil {
				return
			}
		}
		_ = call.CloseSend() // with an error, Receive has it, too
	}()
	for message, err := range call.All() {
		if err != nil {
			return err
		}
		m.set(func() {
			if message[0] != byte(c.received) {
				m.problems = append(m.problems, fmt.Sprintf("call %d: message %d came back as number %d", c.id, message[0], c.received))
			}
			c.received++
		})
	}
	return nil
}

// takesMore reports whether the call is a stream of which the caller has not sent the end.
func (c *played) takesMore() bool {
	return c.streams && c.ended == 0 && c.sending != nil && len(c.sending) < cap(c.sending)
}

// sends makes the caller send a message. It is large enough for the credit of a stream to matter.
func (c *played) sends(size int) {
	message := make([]byte, 1+size*20)
	message[0] = byte(c.sent)
	c.sent++
	c.unsure = c.unsure || c.answered
	c.sending <- message
}

// sendsNoMore makes the caller send the end of its stream.
func (c *played) sendsNoMore() {
	if c.sending != nil {
		close(c.sending)
		c.sending = nil
	}
}
