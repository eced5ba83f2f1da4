package codec

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"sync"

	"github.com/demarc-go/demarc/frame"
)

// A Stream sends messages of the type Out over a [frame.Conn] and receives messages of the type In, one in each frame.
//
//	s := codec.NewStream[Reply, Request](conn, codec.Msgpack{})
//	err := s.Send(ctx, Request{ID: 7})
//	reply, err := s.Receive(ctx)
//
// For many kinds of message in one direction, make that type the interface of a [Union], and the Union the codec.
//
// # Errors
//
// A bad message is one error, an [*Error], and the next Receive goes on with the next frame. A message that cannot be sent is an
// [*Error] too, or a [*frame.Error] if it is too large, and nothing of it was written.
//
// Every other error is that of the connection. A bad frame is a [*frame.Error]; it ends the stream, unless it says that the frame
// was skipped. [io.EOF] itself is the end of a stream that the peer has closed between two frames; no bad message is io.EOF.
// After the end of a context or a deadline in Receive the stream goes on, and nothing is lost; after one in Send, Buffer or Flush it
// goes on in the other direction only, if a part of a frame may have been written. See [frame.Conn].
//
// # Goroutines
//
// One goroutine at a time may receive, and any number may send at the same time. Messages arrive in the order in which the calls
// that sent them returned. Close may be called at any time, and ends all calls.
//
// # Memory
//
// Each message is decoded into a zero value, of which the Stream keeps nothing. Send allocates nothing, and Receive nothing but
// what the message holds: its strings, slices, maps, and the member of a Union. A context that can end costs a little more, and
// so does Send with a codec of one's own, which is given the value itself, in an any.
//
// Two things follow. A method of a message's type, such as UnmarshalJSON, must not keep its receiver, which serves for the next
// message too. And a codec of one's own must not keep the payload, which is a view into the buffer of the connection.
type Stream[In, Out any] struct {
	// In is the codec of what is received, and Out of what is sent: that which NewStream was given, unless they are set before
	// the first call. Nil means [Msgpack].
	In, Out Codec

	conn     *frame.Conn
	received boxes[In]
	sent     boxes[Out]
}

// NewStream returns a Stream over conn, which it owns from now on, with c for both directions; nil means [Msgpack]. The limits on
// the size of a frame and on time are fields of conn.
func NewStream[In, Out any](conn *frame.Conn, c Codec) *Stream[In, Out] {
	return &Stream[In, Out]{In: c, Out: c, conn: conn}
}

// Send writes v, after the messages that were buffered. It waits until the connection has taken it, or until ctx ends.
func (s *Stream[In, Out]) Send(ctx context.Context, v Out) error {
	p, err := s.encode(v)
	if err != nil {
		return err
	}
	defer p.free()
	return s.conn.WriteFrameContext(ctx, p.bytes)
}

// Buffer keeps v as a frame, which goes out with the next Send or Flush, or as soon as 64 KiB are waiting. Many small messages
// cost one write then.
func (s *Stream[In, Out]) Buffer(v Out) error {
	p, err := s.encode(v)
	if err != nil {
		return err
	}
	defer p.free()
	return s.conn.BufferFrame(p.bytes)
}

// Flush writes the messages that were buffered.
func (s *Stream[In, Out]) Flush() error { return s.conn.Flush() }

// Receive returns the next message. It waits for it until ctx ends, after which it can be called again.
func (s *Stream[In, Out]) Receive(ctx context.Context) (v In, err error) {
	payload, err := s.conn.ReadFrameContext(ctx)
	if err != nil {
		return v, err
	}
	c, box := orMsgpack(s.In), s.received.get()
	if err = c.Decode(payload, box); err == nil {
		v = *box
	}
	s.received.put(box)
	return v, bad(err, c, "decode")
}

// All returns an iterator over the messages to come. It yields a bad message, and a frame that was skipped, as an error with a
// zero value, and goes on. It ends at the end of the stream, of which it yields nothing, and after any other error, that of ctx for
// one.
func (s *Stream[In, Out]) All(ctx context.Context) iter.Seq2[In, error] {
	return func(yield func(In, error) bool) {
		for {
			v, err := s.Receive(ctx)
			if err == io.EOF || !yield(v, err) || !goesOn(err) {
				return
			}
		}
	}
}

// goesOn reports whether a stream in which err came has a next message. It does not look into err, where the cause of a
// context may be anything.
func goesOn(err error) bool {
	switch err := err.(type) {
	case nil, *Error:
		return true
	case *frame.Error:
		return err.Skipped
	}
	return false
}

// Conn returns the connection, for its limits, counters, addresses and deadlines.
func (s *Stream[In, Out]) Conn() *frame.Conn { return s.conn }

// CloseWrite writes what was buffered and tells the peer that no more messages come; receiving goes on. The error is
// errors.ErrUnsupported if the connection cannot be closed in one direction.
func (s *Stream[In, Out]) CloseWrite() error {
	if err := s.Flush(); err != nil {
		return err
	}
	return s.conn.CloseWrite()
}

// Close closes the connection. Messages that were buffered and not flushed are lost. Calls under way return an error that is
// net.ErrClosed.
func (s *Stream[In, Out]) Close() error { return s.conn.Close() }

// encode returns the payload of v.
func (s *Stream[In, Out]) encode(v Out) (*payload, error) {
	c, p := orMsgpack(s.Out), payloads.Get().(*payload)
	var err error
	if boxed(c, reflect.TypeFor[Out]()) {
		box := s.sent.get()
		*box = v
		p.bytes, err = c.Append(p.bytes, box)
		s.sent.put(box)
	} else {
		p.bytes, err = c.Append(p.bytes, v)
	}
	if err != nil {
		p.free()
		return nil, bad(err, c, "append")
	}
	return p, nil
}

func orMsgpack(c Codec) Codec {
	if c == nil {
		return Msgpack{}
	}
	return c
}

// bad returns what is wrong with a message, the err of c, as an *Error that is not io.EOF; nil for nil.
func bad(err error, c Codec, op string) error {
	if err == nil {
		return nil
	}
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Codec: c.Name(), Op: op, Err: ErrValue, Offset: -1, Cause: err}
	}
	if !errors.Is(e, io.EOF) {
		return e
	}
	hidden := *e
	hidden.Cause = errors.New(e.detail())
	if errors.Is(e.Err, io.EOF) {
		hidden.Err = ErrValue
	}
	return &hidden
}

// boxed reports whether c gets a value of type t by a pointer to it: if it can read that, and the value itself would have to
// be copied into an any.
func boxed(c Codec, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map:
		return false
	}
	switch c.(type) {
	case Msgpack, JSON, Raw, Text:
		return true
	}
	return false
}

// A payload is a buffer for one message.
type payload struct{ bytes []byte }

var payloads = sync.Pool{New: func() any { return new(payload) }}

// free puts p back into the pool, unless it grew large.
func (p *payload) free() {
	if cap(p.bytes) > keepBytes {
		return
	}
	p.bytes = p.bytes[:0]
	payloads.Put(p)
}

// boxes are pointers to zero values, in which values travel through an any without an allocation.
type boxes[T any] struct{ pool sync.Pool }

func (b *boxes[T]) get() *T {
	if box, ok := b.pool.Get().(*T); ok {
		return box
	}
	return new(T)
}

// put takes a box back, which becomes zero.
func (b *boxes[T]) put(box *T) {
	var zero T
	*box = zero
	b.pool.Put(box)
}
