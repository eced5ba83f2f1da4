package transport

import (
	"bytes"
	"errors"
)

// inbox holds the notifies of the peer until they are handled, one after the other, in the order in which they came. The
// connection's lock guards it.
type inbox struct {
	credit  int64  // what the peer may still send
	owed    uint64 // what it will be granted, when it is worth an envelope
	waiting []*incoming
	working bool          // somebody is handling one
	empty   chan struct{} // closed when nobody is any more; nil while nobody waits for it
}

func (b *inbox) busy() bool { return b.working || len(b.waiting) > 0 }

// take takes a notify of the peer. It has it handled here if the method runs inline and no other is before it, or else in a
// goroutine that lives as long as there are some. It drops what nobody wants.
func (c *Conn) take(e *envelope) error {
	r := c.newIncoming(e, CallNotify)
	if err := c.charge(r.weight); err != nil {
		return err
	}
	if why := r.unwanted(e, c.limits.MaxMessage); why != nil {
		c.log.Debug("transport: notify dropped", "method", string(e.method), "remote", c.nc.RemoteAddr(), "err", c.stats.count(why))
		c.grant(r.weight)
		return nil
	}
	r.payload = bytes.Clone(e.payload)
	c.role.asked = true
	switch work := c.enqueue(r); {
	case work && r.endpoint.inline && !c.role.caller:
		c.workInline(r)
	case work:
		go c.workOff()
	}
	return nil
}

// charge takes a notify off the credit of the peer.
func (c *Conn) charge(weight uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inbox.credit <= 0 {
		return protocolError("%w: a notify without it", LimitCredit)
	}
	c.inbox.credit -= int64(weight)
	return nil
}

// grant gives the peer credit for notifies, as soon as half of what it may have is spent.
func (c *Conn) grant(weight uint64) {
	c.mu.Lock()
	c.inbox.owed += weight
	amount := c.inbox.owed
	if c.err != nil || 2*amount < uint64(c.limits.MaxNotifyBytes) {
		amount = 0
	}
	c.inbox.owed -= amount
	c.inbox.credit += int64(amount)
	c.mu.Unlock()
	if amount > 0 {
		c.out.say(func() { c.urgent.credit += amount })
	}
}

// unwanted returns why a notify, which came as e, is dropped, or nil.
func (r *incoming) unwanted(e *envelope, maxMessage int) error {
	switch {
	case len(e.payload) > maxMessage:
		return overLimit(LimitMessage, "notify of %d bytes is over the limit of %d", len(e.payload), maxMessage)
	case r.endpoint == nil || r.endpoint.kind != CallNotify:
		return Errorf(Unimplemented, "method %q is not served here as a notify", e.method)
	}
	return nil
}

// enqueue puts a notify into the inbox. It reports whether the caller is to see that the inbox is emptied.
func (c *Conn) enqueue(r *incoming) (work bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inbox.waiting = append(c.inbox.waiting, r)
	work = !c.inbox.working
	c.inbox.working = true
	return work
}

// workOff handles what is in the inbox, until there is nothing. A handler that ends the goroutine has another take over.
func (c *Conn) workOff() {
	done := false
	defer func() {
		if !done {
			go c.workOff()
		}
	}()
	for r := c.nextNotify(); r != nil; r = c.nextNotify() {
		c.handleNotify(r)
	}
	done = true
	c.hangUpIfFinished()
}

// workInline handles r, the one notify in the inbox, on the goroutine that reads, and so there is none behind it.
func (c *Conn) workInline(r *incoming) {
	_ = c.nextNotify()
	c.handleNotify(r)
	_ = c.nextNotify()
	c.hangUpIfFinished()
}

// nextNotify takes the next notify out of the inbox. If there is none, nobody is working any more.
func (c *Conn) nextNotify() *incoming {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &c.inbox
	if len(b.waiting) == 0 {
		b.waiting, b.working = nil, false
		signal(&b.empty)
		c.rest()
		return nil
	}
	r := b.waiting[0]
	b.waiting[0] = nil
	b.waiting = b.waiting[1:]
	return r
}

// handleNotify runs the handler of a notify, and lets the peer send as much again.
func (c *Conn) handleNotify(r *incoming) {
	defer func() {
		c.logPanic(r, recover())
		c.grant(r.weight)
	}()
	_, err := r.endpoint.handle(&r.ctx, &r.Call, r.payload, nil)
	switch {
	case err == nil:
	case errors.As(err, new(unreadable)): // a peer can send as many as it likes
		c.log.Debug("transport: notify dropped", "method", r.Method, "remote", c.nc.RemoteAddr(), "err", err)
	default:
		c.log.Warn("transport: notify failed", "method", r.Method, "remote", c.nc.RemoteAddr(), "err", err)
	}
}

// finishInbox waits until the notifies are handled of a peer that has said goodbye, and so left nothing undone. It hears nothing
// any more, and is told nothing.
func (c *Conn) finishInbox() {
	c.mu.Lock()
	if c.gone == nil || !c.inbox.busy() {
		c.mu.Unlock()
		return
	}
	c.inbox.empty = make(chan struct{})
	empty := c.inbox.empty
	c.mu.Unlock()
	c.pulse.stop()
	c.out.close(errHungUp)
	select {
	case <-empty:
	case <-c.ctx.Done():
	}
}
