package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	errPeerGone = errors.New("the peer takes no more calls")
	errTooLarge = errors.New("the message is larger than the limit")
)

// call is one call of this side that waits for its answer.
type call struct {
	result chan result // has room for the one result
}

// result is how a call ended.
type result struct {
	payload []byte
	err     error
}

func (w *call) fail(err error) { w.result <- result{err: err} }

// call sends a request and waits for the answer.
func (c *conn) call(ctx context.Context, method string, req, resp any) error {
	payload, err := c.codec.Append(nil, req)
	if err != nil {
		return withOutcome(InvalidArgument, NotSent, err)
	}
	if err := c.admit(ctx, len(payload)); err != nil {
		return err
	}
	id, waiting, err := c.request(ctx, method, payload)
	if err != nil {
		c.slots.release()
		return err
	}
	select {
	case r := <-waiting.result:
		return c.decode(r, resp)
	case <-ctx.Done():
		if ctx.Err() == context.Canceled { // a deadline the handler knows itself
			c.cancelCall(id)
		}
		return ended(ctx, MaybeExecuted)
	}
}

func (c *conn) decode(r result, resp any) error {
	if r.err != nil {
		return r.err
	}
	if err := c.codec.Decode(r.payload, resp); err != nil {
		return withOutcome(Internal, Answered, err)
	}
	return nil
}

// admit waits until a request of size bytes may be sent, and takes a slot for it.
func (c *conn) admit(ctx context.Context, size int) error {
	if size > earlyMessage {
		select {
		case <-c.greeted:
		case <-c.ctx.Done():
		case <-ctx.Done():
		}
	}
	if ctx.Err() == nil && size > c.maxOut() {
		return withOutcome(ResourceExhausted, NotSent, errTooLarge)
	}
	if ctx.Err() == nil && c.slots.acquire(ctx, c.ctx.Done()) {
		return nil
	}
	if ctx.Err() != nil {
		return ended(ctx, NotSent)
	}
	return lost(NotSent, c.why())
}

// maxOut returns how large a message to the peer may be, in bytes.
func (c *conn) maxOut() int {
	peer := uint64(earlyMessage)
	if c.isGreeted() {
		peer = c.peer.message
	}
	return int(min(peer, uint64(c.maxMessage)))
}

// why returns why the connection is over.
func (c *conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// request puts a request into the outbox. Its id is chosen there, so that ids rise on the wire.
func (c *conn) request(ctx context.Context, method string, payload []byte) (uint64, *call, error) {
	waiting := &call{result: make(chan result, 1)}
	e := envelope{kind: kindRequest, method: []byte(method), payload: payload}
	err := c.out.putMessage(ctx, func(dst []byte) ([]byte, error) {
		if deadline, ok := ctx.Deadline(); ok {
			e.timeout = max(time.Until(deadline), time.Microsecond)
		}
		if err := c.register(&e, waiting); err != nil {
			return dst, err
		}
		return c.appendFrame(dst, &e)
	})
	switch {
	case err == nil:
		return e.id, waiting, nil
	case ctx.Err() != nil:
		return 0, nil, ended(ctx, NotSent)
	}
	return 0, nil, lost(NotSent, err)
}

// register gives e an id, under which waiting hears of the answer.
func (c *conn) register(e *envelope, waiting *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmp.Or(c.err, c.gone); err != nil {
		return err
	}
	e.id = c.nextID
	c.nextID += 2
	c.calls[e.id] = waiting
	return nil
}

// cancelCall tells the peer that nobody waits for the answer to a call any more. The call keeps its slot until the answer is
// here, as it does on the other side.
func (c *conn) cancelCall(id uint64) {
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

// answer ends a call with the response or the error that e is.
func (c *conn) answer(e *envelope) error {
	c.mu.Lock()
	waiting, open := c.calls[e.id]
	delete(c.calls, e.id)
	mine, finished := c.mine(e.id), c.finished()
	c.mu.Unlock()
	if !mine {
		return fmt.Errorf("%w: an answer to call %d, which was not made", errProtocol, e.id)
	}
	if open {
		waiting.result <- e.result()
		c.slots.release()
	}
	if finished {
		return errFinished
	}
	return nil
}

// result returns how the call ended to which e is the answer.
func (e *envelope) result() result {
	if e.kind == kindResponse {
		return result{payload: bytes.Clone(e.payload)}
	}
	outcome := Answered
	if e.refused {
		outcome = Refused
	}
	return result{err: &Error{Code: e.code, Message: e.text(), Outcome: outcome}}
}

// peerGone takes the peer's word that it takes no more calls. Those that it did not accept will never be executed.
func (c *conn) peerGone(e *envelope) error {
	why := errPeerGone
	if len(e.payload) > 0 {
		why = fmt.Errorf("%w: %s", errPeerGone, e.text())
	}
	var refused []*call
	c.mu.Lock()
	if e.id != 0 && !c.mine(e.id) {
		c.mu.Unlock()
		return fmt.Errorf("%w: a goaway after call %d, which was not made", errProtocol, e.id)
	}
	c.gone = why
	for id, call := range c.calls {
		if id > e.id {
			refused = append(refused, call)
			delete(c.calls, id)
		}
	}
	finished := c.finished()
	c.mu.Unlock()
	for _, call := range refused {
		call.fail(withOutcome(e.code.orUnavailable(), Refused, why))
		c.slots.release()
	}
	if finished {
		return errFinished
	}
	return nil
}
