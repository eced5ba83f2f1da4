package transport

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// receiver receives the messages of one stream.
type receiver struct {
	in   *inflow
	hook func(message any) error

	// ending says what the end of the stream means to whoever receives: io.EOF, or the end of its context.
	ending func(err error) error

	// bad says what a message means to whoever receives that the codec cannot read, or the hook does not want.
	bad func(code Code, err error) error
}

// receive decodes the next message into what ptr points to. With an error it also reports whether more messages may follow.
func (r *receiver) receive(ctx context.Context, ptr any) (more bool, err error) {
	message, err := r.in.next(ctx)
	if err != nil {
		return false, r.ending(err)
	}
	if err := decodeInto(r.in.stream.conn, message, ptr); err != nil {
		return true, r.bad(Internal, err)
	}
	if r.hook != nil {
		if err := r.hook(ptr); err != nil {
			return false, r.bad(CodeOf(err), err)
		}
	}
	return true, nil
}

// each yields the messages that r receives, and errors that others may follow, up to the last. It returns the error that ended the
// stream, or reports that yield wants no more.
func each[T any](ctx context.Context, r *receiver, yield func(T, error) bool) (left bool, err error) {
	var zero T
	box := new(T)
	for {
		more, err := r.receive(ctx, box)
		switch {
		case err == io.EOF:
			return false, nil
		case !more:
			return false, err
		}
		v := *box
		*box = zero
		if !yield(v, err) {
			return true, nil
		}
	}
}

// messages returns what a loop over the messages of r ranges over.
func messages[T any](ctx context.Context, r *receiver) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if left, err := each(ctx, r, yield); err != nil && !left {
			var zero T
			yield(zero, err)
		}
	}
}

// received returns what the caller of call sends, for the handler.
func received[T any](ctx context.Context, call *Call) iter.Seq2[T, error] {
	ending := func(err error) error {
		if err != io.EOF && ctx.Err() != nil {
			err = ended(ctx, Answered)
		}
		return err
	}
	bad := func(code Code, err error) error {
		if code == Internal {
			return withOutcome(InvalidArgument, Answered, fmt.Errorf("message: %w", err))
		}
		return err
	}
	return messages[T](ctx, &receiver{call.stream.in, call.OnReceive, ending, bad})
}

// sending returns what sends to the caller of call, for the handler.
func sending[T any](ctx context.Context, call *Call) func(T) error {
	s := newSender[T](call.stream.out, call.OnSend, func(err error) error { return err })
	return func(v T) error { return s.send(ctx, v) }
}
