package transport

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// pulse knows when the peer gave its last sign of life. Its clock begins with the connection.
type pulse struct {
	base  time.Time
	heard atomic.Int64 // when the last bytes came, in nanoseconds

	bytesIn uint64      // how many had come then; for the goroutine that reads
	settled atomic.Bool // nothing has come since that goroutine was replaced, see moving.go

	mu    sync.Mutex
	timer *time.Timer   // nil before the peer's hello, and when all is over
	over  bool          // no timer is to run any more
	count uint64        // pings sent
	asked bool          // a ping is to be sent, or was sent, and nothing has come since
	sent  time.Duration // when that ping was written; -1: not yet
}

func (p *pulse) begin() { p.base = time.Now() }

// silence returns how long nothing has come.
func (p *pulse) silence() time.Duration { return p.now() - time.Duration(p.heard.Load()) }

// now returns how long the connection has been there.
func (p *pulse) now() time.Duration { return time.Since(p.base) }

// start calls beat now, which says each time when to call it again.
func (p *pulse) start(beat func() (next time.Duration)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.timer = time.AfterFunc(0, func() {
		next := beat()
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.over {
			p.timer.Reset(next)
		}
	})
}

// beatIn has the next beat come after d.
func (p *pulse) beatIn(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && p.timer != nil {
		p.timer.Reset(d)
	}
}

func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// pings counts a ping, and returns its number.
func (p *pulse) pings() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	return p.count
}

// pinged says that a ping has been written.
func (p *pulse) pinged() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = p.now()
}

// verdict is what follows from how long the peer has been silent.
type verdict int

const (
	alive verdict = iota
	ask           // send it a ping
	dead          // it has not answered
)

// listen judges the silence of a peer that is to be asked after interval, and dead timeout after that. It also says when to judge
// again.
func (p *pulse) listen(interval, timeout time.Duration) (v verdict, next time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, heard := p.now(), time.Duration(p.heard.Load())
	silence := now - heard
	if p.asked && p.sent >= 0 && heard > p.sent || silence < interval {
		p.asked = false
	}
	switch {
	case silence < interval:
		return alive, interval - silence
	case !p.asked:
		p.asked, p.sent = true, -1
		return ask, timeout
	case p.sent < 0: // it waits behind other bytes, which have a limit of their own
		return alive, timeout
	case now-p.sent < timeout:
		return alive, timeout - (now - p.sent)
	}
	return dead, timeout
}

// beat looks after the connection: whether the peer is alive, and whether there is still a reason to have it. It returns when to
// look again.
func (c *Conn) beat() (next time.Duration) {
	interval := max(c.limits.PingInterval, time.Duration(c.peer.ping)*time.Millisecond)
	v, next := c.pulse.listen(interval, c.limits.PingTimeout)
	switch v {
	case ask:
		c.out.say(func() { c.urgent.hasPing = true })
	case dead:
		c.end(c.stats.count(fmt.Errorf("%w: nothing came for %v", LimitSilence, interval+c.limits.PingTimeout)))
	}
	idle, left := c.idle()
	if idle {
		_ = c.stats.count(LimitIdle)
		go c.drain()
	}
	return min(next, left, c.settle())
}

// idle reports, once, whether the connection has been idle for too long, or else when it may be.
func (c *Conn) idle() (is bool, left time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy() || c.draining || c.gone != nil {
		return false, c.limits.IdleTimeout
	}
	if left = c.idleSince + c.limits.IdleTimeout - c.pulse.now(); left > 0 || c.leaving {
		return false, max(left, time.Millisecond)
	}
	c.leaving = true
	return true, c.limits.IdleTimeout
}

// busy reports whether something is under way. c.mu is locked.
func (c *Conn) busy() bool { return len(c.calls)+len(c.running) > 0 || c.inbox.busy() }

// rest notes that something is no longer under way, or was only for a moment. c.mu is locked.
func (c *Conn) rest() {
	if !c.busy() {
		c.idleSince = c.pulse.now()
	}
}

// beforeRead is what the goroutine that reads does when it has dealt with all that had come: it notes that it came, as a sign of
// life, and sees that the answers go out.
func (c *Conn) beforeRead() {
	if in := c.frames.Stats().BytesIn; in != c.pulse.bytesIn {
		c.pulse.bytesIn = in
		c.pulse.heard.Store(int64(c.pulse.now()))
		if c.pulse.settled.Swap(false) {
			c.pulse.beatIn(quietTime)
		}
	}
	c.out.flush()
}
