package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrStreamEnded is the error, for errors.Is, of a message that was sent on a stream whose end has been sent, or whose call is over.
var ErrStreamEnded = errors.New("transport: the stream has ended")

var errStreamEnded = &Error{Code: FailedPrecondition, Message: "the stream has ended", Outcome: NotSent, Err: ErrStreamEnded}

// outflow is the sending half of a stream.
type outflow struct {
	stream *stream

	mu     sync.Mutex
	credit int64         // what the peer lets this side send
	more   chan struct{} // closed when there is credit again, or err; nil while nobody waits for it
	err    error         // why nothing more can be sent
}

// newOutflow returns what sends on s, to a peer whose hello is here.
func newOutflow(s *stream) *outflow {
	return &outflow{stream: s, credit: int64(s.conn.peer.credit)}
}

// send sends a message. It waits for credit, and for room in the outbox, until ctx ends.
func (f *outflow) send(ctx context.Context, message []byte) error {
	c := f.stream.conn
	if len(message) > c.maxOut() {
		err := fmt.Errorf("%w: %d bytes, more than %d", LimitMessage, len(message), c.maxOut())
		return withOutcome(ResourceExhausted, NotSent, c.stats.count(err))
	}
	weight := int64(len(message)) + baseWeight
	if err := f.take(ctx, weight); err != nil {
		return err
	}
	err := c.out.putSoon(ctx, func(dst []byte) ([]byte, error) {
		if err := f.failed(); err != nil {
			return dst, err
		}
		c.stats.messagesOut.Add(1)
		return appendData(dst, f.stream.id, message), nil
	})
	if err != nil {
		f.grant(uint64(weight))
		return f.because(ctx, err)
	}
	return nil
}

// take waits until there is credit, and takes weight off it.
func (f *outflow) take(ctx context.Context, weight int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.credit <= 0 && f.err == nil && ctx.Err() == nil {
		if f.more == nil {
			f.more = make(chan struct{})
		}
		more := f.more
		f.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
		}
		f.mu.Lock()
	}
	if f.err != nil {
		return f.err
	}
	if ctx.Err() != nil {
		return f.stream.ended(ctx)
	}
	f.credit -= weight
	return nil
}

// grant adds to the credit. It reports false, and does nothing, if that would be too much.
func (f *outflow) grant(amount uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.credit > maxCredit-int64(amount) {
		return false
	}
	f.credit += int64(amount)
	if f.credit > 0 {
		signal(&f.more)
	}
	return true
}

// end sends the end of the stream, once.
func (f *outflow) end() error {
	c := f.stream.conn
	err := c.out.putControl(func(dst []byte) ([]byte, error) {
		if err := f.failed(); err != nil {
			return dst, err
		}
		f.stop(errStreamEnded)
		return c.appendFrame(dst, &envelope{kind: kindEnd, id: f.stream.id})
	})
	if err == nil || errors.Is(err, ErrStreamEnded) {
		return nil
	}
	return f.because(context.Background(), err)
}

// stop says why nothing more can be sent, unless that is known.
func (f *outflow) stop(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
	signal(&f.more)
}

func (f *outflow) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// ended is the error of a message whose context has ended. The caller's context is that of the call, whose error it then is.
func (s *stream) ended(ctx context.Context) error {
	if s.ask == nil {
		return ended(ctx, NotSent)
	}
	<-s.ask.done
	return cmp.Or(s.ask.result.err, error(errStreamEnded))
}

// because is the error for a message that the outbox did not take because of err.
func (f *outflow) because(ctx context.Context, err error) error {
	if err := f.failed(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return f.stream.ended(ctx)
	}
	return lost(NotSent, err)
}
