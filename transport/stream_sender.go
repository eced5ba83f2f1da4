package transport

import (
	"context"
	"sync"

	"github.com/demarc-go/demarc/codec"
)

// sender sends the messages of one stream, one at a time.
type sender[T any] struct {
	out  *outflow
	hook func(message any) error
	bad  func(err error) error // what it means to whoever sends that the hook does not want a message

	mu    sync.Mutex
	boxes *boxes[T]
	box   *T  // where a message is while it is sent
	usual int // size of the last one
}

func newSender[T any](out *outflow, hook func(any) error, bad func(error) error) *sender[T] {
	return &sender[T]{out: out, hook: hook, bad: bad, boxes: boxesOf[T](), box: new(T)}
}

// send sends v, waiting for credit until ctx ends.
func (s *sender[T]) send(ctx context.Context, v T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.box = v
	defer s.clear()
	if s.hook != nil {
		if err := s.hook(s.box); err != nil {
			return s.bad(err)
		}
	}
	c := s.out.stream.conn
	if p, ok := bytesOf(c.codec, s.box); ok {
		return s.out.send(ctx, p)
	}
	p, err := s.boxes.appendFrom(c.codec, takeBytes(s.usual), s.box)
	if err != nil {
		return withOutcome(InvalidArgument, NotSent, err)
	}
	s.usual = len(p)
	err = s.out.send(ctx, p)
	c.giveMessage(p)
	return err
}

func (s *sender[T]) clear() {
	var zero T
	*s.box = zero
}

// bytesOf returns the payload for the message that ptr points to, if it needs no encoding.
func bytesOf(c codec.Codec, ptr any) ([]byte, bool) {
	switch p := ptr.(type) {
	case *Payload:
		return *p, true
	case *[]byte:
		_, raw := c.(codec.Raw)
		return *p, raw
	}
	return nil, false
}

// decodeInto decodes p into what ptr points to, whose memory is used again if it is bytes.
func decodeInto(c *Conn, p []byte, ptr any) error {
	switch to := ptr.(type) {
	case *Payload:
		*to = append((*to)[:0], p...)
		return nil
	case *[]byte:
		if _, raw := c.codec.(codec.Raw); raw {
			*to = append((*to)[:0], p...)
			return nil
		}
	}
	return c.codec.Decode(c.lasting(p), ptr)
}
