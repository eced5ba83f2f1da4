package transport

import (
	"errors"
	"io"
	"time"
)

const (
	// lingerTimeout is how long a side that has said its last word waits for the peer to hang up, so that the word is not lost.
	lingerTimeout = time.Second

	// maxUnheard is how many bytes a side takes meanwhile, and throws away.
	maxUnheard = 1 << 20
)

// errFinished ends a connection on which neither side has anything left to do.
var errFinished = errors.New("the connection is finished")

// errHungUp says that the peer closed the connection between two frames.
var errHungUp = errors.New("the peer closed the connection")

// part tells the peer why this side wants no more of it, and gives it a moment to hear it.
func (c *Conn) part(why error) {
	timer := time.AfterFunc(2*lingerTimeout, func() { c.end(why) })
	defer timer.Stop()
	c.goaway(codeOr(FailedPrecondition, why), messageOf(why))
	c.hangUp(lingerTimeout)
	_, _ = io.Copy(io.Discard, io.LimitReader(c.nc, maxUnheard))
}

// drain announces that this side takes no more calls. When those that it took are answered, it hangs up.
func (c *Conn) drain() {
	if c.drainsLater() || !c.goaway(OK, "") || !c.isFinished() {
		return
	}
	linger := lingerTimeout
	if c.isGreeted() {
		linger = c.limits.WriteTimeout
	}
	c.hangUp(linger)
}

// goaway announces that this side takes no more calls and why, unless it has done so before.
func (c *Conn) goaway(code Code, why string) (first bool) {
	c.greet()
	c.state.rise(StateDraining) // before the peer hears of it, and hangs up
	_ = c.out.putControl(func(dst []byte) ([]byte, error) {
		c.mu.Lock()
		first = !c.draining
		c.draining = true
		e := envelope{kind: kindGoaway, id: c.accepted, code: code, payload: asText(why)}
		c.mu.Unlock()
		if !first {
			return dst, nil
		}
		return c.appendFrame(dst, &e)
	}) // fails only if the connection is over
	return first
}

// finished reports whether one side takes no more calls and nothing is under way. c.mu is locked.
func (c *Conn) finished() bool { return c.err == nil && (c.draining || c.gone != nil) && !c.busy() }

// endedWell reports whether nothing was under way any more when the connection ended, or nothing is now.
func (c *Conn) endedWell() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.finished() || c.err == errFinished || c.err != nil && c.err == c.gone
}

func (c *Conn) isFinished() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.finished()
}

// hangUpIfFinished hangs up when that is due. It does not wait.
func (c *Conn) hangUpIfFinished() {
	if c.isFinished() {
		go c.hangUp(c.limits.WriteTimeout)
	}
}

// hangUpOnLeaver is hangUpIfFinished for when the peer has sent the last word itself. It then needs little time, unless something
// waits for it.
func (c *Conn) hangUpOnLeaver() {
	switch {
	case !c.isFinished():
	case c.out.idle():
		go c.hangUp(lingerTimeout)
	default:
		go c.hangUp(c.limits.WriteTimeout)
	}
}

// hangUp closes the sending half when all is sent, and gives the peer the time linger to take it and do likewise. To close at
// once would make the kernel throw away what the peer has not read yet.
func (c *Conn) hangUp(linger time.Duration) {
	<-c.out.written()        // or the connection is over: each write has its limit
	c.out.close(errFinished) // nothing may be written behind the end
	if !c.parts(linger) {
		return
	}
	if err := c.frames.CloseWrite(); err != nil {
		c.end(errFinished)
	}
}

// parts notes that this side sends nothing any more, and reads no longer than linger. It reports whether that is new, so that this
// time begins once.
func (c *Conn) parts(linger time.Duration) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting {
		return false
	}
	c.parting = true
	_ = c.frames.SetReadDeadline(time.Now().Add(linger)) // fails only if the connection is closed
	return true
}

// end closes the connection because of err.
func (c *Conn) end(err error) {
	c.fail(err)
	c.out.close(c.why())
	_ = c.nc.Close() // there is nobody left to hear of it
	c.state.rise(StateClosed)
}

// fail ends all that happens on the connection because of err, if that is the first reason to: the contexts of handlers end,
// and calls fail.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	if (err == errFinished || err == io.EOF) && c.gone != nil {
		err = c.gone
	}
	c.err = err
	calls := c.calls
	c.calls = nil
	c.wakeReader()
	closeOnce(c.retired)
	c.mu.Unlock()

	c.pulse.stop()
	c.cancel(ErrConnLost)
	for _, call := range calls {
		call.fail(lost(MaybeExecuted, err))
	}
}

// lost is the error of a call that the end of its connection, because of err, left without an answer.
func lost(outcome Outcome, err error) *Error {
	if err == io.EOF {
		err = errHungUp
	}
	if errors.Is(err, ErrStranger) && !errors.Is(err, errLeft) || errors.Is(err, errCodec) { // who does not speak as we do executes nothing
		outcome = min(outcome, Refused)
	}
	e := withOutcome(codeOr(Unavailable, err), outcome, err)
	e.lost = true
	return e
}
