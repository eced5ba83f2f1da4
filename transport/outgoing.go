package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

var errPeerGone = errors.New("the peer takes no more calls")

// call is one call of this side that waits for its answer.
type call struct {
	weight uint64
	result chan result // has room for the one result
}

// result is how a call ended.
type result struct {
	payload  []byte
	metadata []byte // entries
	err      error
	tooMuch  bool // the peer refused it because of a limit
}

func (w *call) fail(err error) { w.result <- result{err: err} }

// call sends a request and waits for the answer. What the peer has refused because it allows less than what holds before its
// hello is sent again, once: its hello is known by then.
func (c *Conn) call(ctx context.Context, method string, req, resp any) error {
	e, err := c.newMessage(ctx, kindRequest, method, req)
	if err != nil {
		return err
	}
	for {
		early := !c.isGreeted()
		r := c.roundTrip(ctx, e)
		if early && r.tooMuch {
			continue
		}
		keepReply(ctx, r.metadata)
		return c.decode(r, resp)
	}
}

// newMessage returns the envelope of a request or a notify.
func (c *Conn) newMessage(ctx context.Context, k kind, method string, message any) (*envelope, error) {
	payload, err := appendMessage(c.codec, nil, message)
	if err != nil {
		return nil, withOutcome(InvalidArgument, NotSent, err)
	}
	metadata, err := outgoingMetadata(ctx)
	if err != nil {
		return nil, c.stats.count(err)
	}
	return &envelope{kind: k, method: []byte(method), payload: payload, metadata: metadata}, nil
}

// roundTrip sends the request e and waits for what comes of it.
func (c *Conn) roundTrip(ctx context.Context, e *envelope) result {
	if err := c.admit(ctx, e, &c.slots); err != nil {
		return result{err: err}
	}
	id, waiting, err := c.request(ctx, e)
	if err != nil {
		c.slots.release(e.weight())
		return result{err: err}
	}
	select {
	case r := <-waiting.result:
		return r
	case <-ctx.Done():
		if ctx.Err() == context.Canceled { // a deadline the handler knows itself
			c.cancelCall(id)
		}
		return result{err: ended(ctx, MaybeExecuted)}
	}
}

func (c *Conn) decode(r result, resp any) error {
	if r.err != nil {
		return r.err
	}
	if err := decodeMessage(c.codec, r.payload, resp); err != nil {
		return withOutcome(Internal, Answered, err)
	}
	return nil
}

// admit waits until e may be sent, and takes a slot for it.
func (c *Conn) admit(ctx context.Context, e *envelope, slots *slots) error {
	if len(e.payload) > earlyMessage {
		select {
		case <-c.greeted:
		case <-c.retired:
		case <-ctx.Done():
		}
	}
	if ctx.Err() == nil && len(e.payload) > c.maxOut() {
		err := fmt.Errorf("%w: %d bytes, more than %d", LimitMessage, len(e.payload), c.maxOut())
		return withOutcome(ResourceExhausted, NotSent, c.stats.count(err))
	}
	if ctx.Err() == nil && slots.acquire(ctx, e.weight(), c.retired) {
		return nil
	}
	if ctx.Err() != nil {
		return ended(ctx, NotSent)
	}
	return lost(NotSent, c.whyNoCalls())
}

// maxOut returns how large a message to the peer may be, in bytes.
func (c *Conn) maxOut() int {
	peer := uint64(earlyMessage)
	if c.isGreeted() {
		peer = c.peer.message
	}
	return int(min(peer, uint64(c.limits.MaxMessage)))
}

// request puts a request into the outbox. Its id is chosen there, so that ids rise on the wire.
func (c *Conn) request(ctx context.Context, e *envelope) (uint64, *call, error) {
	waiting := &call{weight: e.weight(), result: make(chan result, 1)}
	err := c.out.putMessage(ctx, func(dst []byte) ([]byte, error) {
		if deadline, ok := ctx.Deadline(); ok {
			e.timeout = max(time.Until(deadline), time.Microsecond)
		}
		if err := c.register(e, waiting); err != nil {
			return dst, err
		}
		return c.appendFrame(dst, e)
	})
	if err != nil {
		return 0, nil, notSent(ctx, err)
	}
	return e.id, waiting, nil
}

// notSent is the error for a message that the outbox did not take because of err.
func notSent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ended(ctx, NotSent)
	}
	return lost(NotSent, err)
}

// register gives e an id, under which waiting hears of the answer.
func (c *Conn) register(e *envelope, waiting *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmp.Or(c.err, c.gone); err != nil {
		return err
	}
	e.id = c.nextID
	c.nextID += 2
	c.calls[e.id] = waiting
	c.out.crowded = len(c.calls) > 1
	c.stats.callsOut.Add(1)
	return nil
}

// notify sends a message that has no answer.
func (c *Conn) notify(ctx context.Context, method string, message any) error {
	e, err := c.newMessage(ctx, kindNotify, method, message)
	if err != nil {
		return err
	}
	if err := c.admit(ctx, e, &c.credit); err != nil {
		return err
	}
	err = c.out.putMessage(ctx, func(dst []byte) ([]byte, error) {
		if err := c.whyNoCalls(); err != nil {
			return dst, err
		}
		c.stats.notifiesOut.Add(1)
		return c.appendFrame(dst, e)
	})
	if err != nil {
		c.credit.release(e.weight())
		return notSent(ctx, err)
	}
	return nil
}

// cancelCall tells the peer that nobody waits for the answer to a call any more. The call keeps its slot until the answer is
// here, as it does on the other side.
func (c *Conn) cancelCall(id uint64) {
	c.mu.Lock()
	_, open := c.calls[id]
	c.mu.Unlock()
	if !open {
		return
	}
	if err := c.send(&envelope{kind: kindCancel, id: id}); err != nil {
		c.end(err)
	}
}
