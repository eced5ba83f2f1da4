package transport

import (
	"bytes"
	"fmt"
)

// answer ends a call with the response or the error that e is.
func (c *Conn) answer(e *envelope) error {
	c.mu.Lock()
	waiting, open := c.calls[e.id]
	delete(c.calls, e.id)
	c.rest()
	mine, finished := c.mine(e.id), c.finished()
	c.mu.Unlock()
	switch {
	case !mine:
		return protocolError("%w: an answer to call %d, which was not made", LimitIDs, e.id)
	case open:
		c.stats.answersIn.Add(1)
		c.role.lone = waiting.lone
		c.slots.release(waiting.weight)
		if err := waiting.stream.fits(e); err != nil {
			waiting.fail(lost(MaybeExecuted, err))
			return err
		}
		waiting.end(c.resultOf(e))
	default:
		if err := c.spend(e.kind); err != nil {
			return err
		}
	}
	if finished {
		c.hangUpOnLeaver()
	}
	return nil
}

// resultOf returns how the call ended to which e is the answer.
func (c *Conn) resultOf(e *envelope) result {
	r := result{metadata: bytes.Clone(e.metadata)}
	switch {
	case e.kind == kindError && e.flags&flagRefused != 0:
		r.err = &Error{Code: e.code, Message: e.text(), Outcome: Refused}
		r.tooMuch = e.code == ResourceExhausted
	case e.kind == kindError:
		r.err = &Error{Code: e.code, Message: e.text(), Outcome: Answered}
	case len(e.payload) > c.limits.MaxMessage:
		err := fmt.Errorf("%w: response of %d bytes, more than %d", LimitMessage, len(e.payload), c.limits.MaxMessage)
		r.err = withOutcome(ResourceExhausted, Answered, c.stats.count(err))
	default:
		r.payload = append(takeBytes(len(e.payload)), e.payload...)
	}
	return r
}

// peerGone takes the peer's word that it takes no more calls. Those that it did not accept will never be executed.
func (c *Conn) peerGone(e *envelope) error {
	why := withOutcome(e.code.orUnavailable(), Refused, errPeerGone)
	why.lost = true
	if len(e.payload) > 0 {
		why.Message += ": " + e.text()
	}
	refused, err := c.retire(e, why)
	if err != nil {
		return err
	}
	for _, call := range refused {
		c.slots.release(call.weight) // first, as whoever hears of it may use the call again
		call.fail(why)
	}
	c.state.rise(StateDraining)
	c.hangUpOnLeaver()
	return nil
}

// retire notes why the peer takes no more calls, and returns those that its goaway does not cover.
func (c *Conn) retire(e *envelope, why error) (refused []*call, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case e.id != 0 && !c.mine(e.id):
		return nil, protocolError("%w: a goaway after call %d, which was not made", LimitIDs, e.id)
	case c.gone != nil:
		return nil, protocolError("a second goaway")
	}
	c.gone = why
	closeOnce(c.retired)
	for id, call := range c.calls {
		if id > e.id {
			refused = append(refused, call)
			delete(c.calls, id)
		}
	}
	c.rest()
	return refused, nil
}
