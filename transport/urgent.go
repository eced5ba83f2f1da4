package transport

// urgent is what a side has to say beside messages: it is said with the next write, in its latest form. However often the peer
// asks before that, it takes no more room. The outbox's lock guards it.
type urgent struct {
	pong    uint64 // the number of the last ping
	hasPong bool
	hasPing bool
	credit  uint64    // for notifies
	streams []*inflow // those with credit to be granted
}

// appendUrgent appends what is urgent to dst. after is to be called when it is written.
func (c *Conn) appendUrgent(dst []byte) (all []byte, after func()) {
	u := c.urgent
	c.urgent = urgent{}
	if u.hasPong {
		dst, _ = c.appendFrame(dst, &envelope{kind: kindPong, id: u.pong}) // no frame is too large
	}
	if u.credit > 0 {
		dst, _ = c.appendFrame(dst, &envelope{kind: kindCredit, amount: u.credit})
	}
	for _, f := range u.streams {
		dst, _ = c.appendFrame(dst, &envelope{kind: kindCredit, id: f.stream.id, amount: f.granted})
		f.granted = 0
	}
	if u.hasPing {
		dst, _ = c.appendFrame(dst, &envelope{kind: kindPing, id: c.pulse.pings()})
		after = c.pulse.pinged
	}
	return dst, after
}
