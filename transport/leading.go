package transport

import "time"

// A caller who is alone reads its own answer. With a goroutine that always reads, each answer wakes that one, which wakes the caller:
// two switches where one will do, a fifth of a call that goes back and forth. BenchmarkCalls shows it.
//
// So when the goroutine that reads, that of run, has delivered the answer of a lone call, and nothing else is under way, it parks, and
// the role of the reader is free. The next lone caller takes it, and gives it back with its answer: free again, or, if there
// is anything else to read for, to the goroutine of run. That one looks every now and then whether the role has been free for a
// while, and takes it back, so that pings, a goaway and the end of the connection are seen. While one caller waits for long it does not
// look, as each look would wake it for nothing; that caller hands the role to it.
//
// Only a caller whose context cannot end leads: so nobody who reads has to be interrupted. Only on the side that dialed, and
// only until the peer has made a call or sent a notify, as these would wait while nobody reads. And only on sockets that are
// read and written directly. A caller runs no handler: inline methods are handled by the crew while it leads.

// parkTime is how long the role of the reader may be free while nobody takes it; twice that at most.
const parkTime = 10 * time.Millisecond

// role says who reads. The connection's lock guards it, but for what is the reader's own.
type role struct {
	free bool          // nobody reads, and the goroutine of run is parked
	used bool          // a caller has read since that one looked
	slow bool          // the caller who reads has done so for some time, and so that one has ceased to look
	wake chan struct{} // gives the role to that goroutine; nil: callers do not read here

	// The reader's own.
	caller bool  // it is a caller
	lone   bool  // the last answer was that of a lone call
	asked  bool  // the peer has made a call, or sent a notify
	err    error // with which a caller's read failed
}

// takeRole is called for each new call, which lone says is lone. It reports whether its caller is to read. Otherwise somebody else
// does. c.mu is locked.
func (c *Conn) takeRole(lone bool) bool {
	switch {
	case !c.role.free:
		return false
	case !lone:
		c.wakeReader()
		return false
	}
	c.role.free, c.role.caller = false, true
	return true
}

// wakeReader gives the role to the goroutine of run, if it is free. c.mu is locked.
func (c *Conn) wakeReader() {
	if c.role.free {
		c.role.free = false
		c.role.wake <- struct{}{} // there is room: it is parked, and this is given to it once
	}
}

// lead reads until the call w has ended.
func (c *Conn) lead(w *call) {
	defer c.handBack()
	for len(w.done) == 0 && c.role.err == nil {
		c.role.err = c.readNext()
	}
}

// handBack gives the role back.
func (c *Conn) handBack() {
	buffered := len(c.frames.Buffered())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.role.free, c.role.caller, c.role.used = true, false, true
	if buffered > 0 || c.role.err != nil || c.role.asked || c.role.slow || !c.quiet() {
		c.wakeReader()
	}
}

// quiet reports whether there is nothing to read for. c.mu is locked.
func (c *Conn) quiet() bool {
	return !c.busy() && c.err == nil && c.gone == nil && !c.draining
}

// park lets callers read, if it is time for that, until the role is that of the goroutine of run again. It returns the error with
// which a caller's read failed.
func (c *Conn) park() error {
	if !c.role.lone || c.role.wake == nil || c.role.asked || len(c.frames.Buffered()) > 0 {
		return nil
	}
	c.role.lone = false
	c.mu.Lock()
	c.role.free, c.role.used, c.role.slow = c.quiet(), false, false
	parked := c.role.free
	c.mu.Unlock()
	if !parked {
		return nil
	}
	timer := time.NewTimer(parkTime)
	defer timer.Stop()
	for parked {
		select {
		case <-c.role.wake:
			parked = false
		case <-timer.C:
			took, again := c.tookBack()
			if parked = !took; again {
				timer.Reset(parkTime)
			}
		}
	}
	err := c.role.err
	c.role.err, c.role.lone = nil, false
	return err
}

// tookBack takes the role for the goroutine of run, if no caller has had it since the last time. It reports whether it did, and whether it
// is to look again: not while one caller waits for long, who then hands the role to it.
func (c *Conn) tookBack() (took, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	took = c.role.free && !c.role.used
	c.role.slow = !c.role.free && !c.role.used
	c.role.free, c.role.used = c.role.free && !took, false
	return took, !took && !c.role.slow
}
