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
	lone   bool          // nothing else is under way, and its caller may read; see leading.go
	leads  bool          // its caller is to read
	done   chan struct{} // gets its one value when result is there; nil if there is a stream
	result result
	stream *stream
}

// result is how a call ended.
type result struct {
	payload  []byte
	metadata []byte // entries
	err      error
	tooMuch  bool // the peer refused it because of a limit
}

// end tells whoever made the call how it ended.
func (w *call) end(r result) {
	if w.stream != nil {
		w.stream.answered(r)
		return
	}
	w.result = r
	w.done <- struct{}{}
}

func (w *call) fail(err error) { w.end(result{err: err}) }

// newCall returns a call of some weight. It may be one that was used before, on the same connection: a channel belongs to a
// testing/synctest bubble.
func (c *Conn) newCall(weight uint64) *call {
	w, ok := c.unused.Get().(*call)
	if !ok {
		w = &call{done: make(chan struct{}, 1)}
	}
	w.weight = weight
	return w
}

// takeResult returns the result of a call that has ended, after which the call is used again.
func (c *Conn) takeResult(w *call) result {
	r := w.result
	w.result = result{}
	c.unused.Put(w)
	return r
}

// newPayload returns an empty slice for the payload of a message to the peer.
func (c *Conn) newPayload() []byte { return takeBytes(int(c.usual.Load())) }

// call sends a request with the payload p, which is not the caller's any more, and waits for the answer. What the peer has refused
// because it allows less than what holds before its hello is sent again, once: its hello is known by then.
func (c *Conn) call(ctx context.Context, method string, p []byte) ([]byte, error) {
	e := envelope{kind: kindRequest, method: []byte(method), payload: p}
	err := c.complete(ctx, &e)
	for err == nil {
		early := !c.isGreeted()
		waiting, err := c.begin(ctx, &e)
		if err != nil {
			return nil, err
		}
		if !early {
			c.giveMessage(p) // as it is, for a slice out of e would take all of e to the heap
		}
		r := c.await(ctx, e.id, waiting)
		if early && r.tooMuch {
			continue
		}
		keepReply(ctx, r.metadata)
		return r.payload, r.err
	}
	return nil, err
}

// complete adds to a message that is to be sent what there is beside its payload.
func (c *Conn) complete(ctx context.Context, e *envelope) (err error) {
	c.usual.Store(int32(min(len(e.payload), maxBytes)))
	e.metadata, err = outgoingMetadata(ctx)
	return c.stats.count(err)
}

// begin sends the request e, as soon as it may be sent.
func (c *Conn) begin(ctx context.Context, e *envelope) (*call, error) {
	if err := c.admit(ctx, e, &c.slots); err != nil {
		return nil, err
	}
	waiting := c.newCall(e.weight())
	waiting.lone = ctx.Done() == nil
	if err := c.request(ctx, e, waiting); err != nil {
		c.slots.release(waiting.weight)
		return nil, err
	}
	return waiting, nil
}

// await waits for the answer to a call.
func (c *Conn) await(ctx context.Context, id uint64, waiting *call) result {
	if waiting.leads {
		c.lead(waiting)
	}
	select {
	case <-waiting.done:
		return c.takeResult(waiting)
	case <-ctx.Done():
		if ctx.Err() == context.Canceled { // a deadline the handler knows itself
			c.cancelCall(id)
		}
		return result{err: ended(ctx, MaybeExecuted)}
	}
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
func (c *Conn) request(ctx context.Context, e *envelope, waiting *call) error {
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
		return c.notSent(ctx, err)
	}
	return nil
}

// notSent is the error for a message that the outbox did not take because of err.
func (c *Conn) notSent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ended(ctx, NotSent)
	}
	return lost(NotSent, cmp.Or(c.whyNoCalls(), err)) // the outbox only knows that it was closed
}

// register gives e an id, under which waiting hears of the answer.
func (c *Conn) register(e *envelope, waiting *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.closed(); err != nil {
		return err
	}
	e.id = c.nextID
	c.nextID += 2
	if waiting.stream != nil {
		waiting.stream.id = e.id
	}
	if c.calls == nil {
		c.calls = map[uint64]*call{}
	}
	c.calls[e.id] = waiting
	c.out.others = len(c.calls) - 1
	waiting.lone = waiting.lone && c.out.others == 0
	waiting.leads = c.takeRole(waiting.lone)
	c.stats.callsOut.Add(1)
	return nil
}

// notify sends a message that has no answer, with the payload p, which is not the caller's any more.
func (c *Conn) notify(ctx context.Context, method string, p []byte) error {
	e := envelope{kind: kindNotify, method: []byte(method), payload: p}
	if err := c.complete(ctx, &e); err != nil {
		return err
	}
	if err := c.admit(ctx, &e, &c.credit); err != nil {
		return err
	}
	err := c.out.putMessage(ctx, func(dst []byte) ([]byte, error) {
		if err := c.notifies(); err != nil {
			return dst, err
		}
		c.stats.notifiesOut.Add(1)
		return c.appendFrame(dst, &e)
	})
	if err != nil {
		c.credit.release(e.weight())
		return c.notSent(ctx, err)
	}
	c.giveMessage(p)
	return nil
}

// notifies notes that a notify is sent now. It returns why that cannot be, or nil.
func (c *Conn) notifies() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.closed()
	if err == nil {
		c.rest()
	}
	return err
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
