package transport

import (
	"errors"
	"os"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// What an idle connection costs is, above all, the stack of the goroutine that waits for it. A stack grows to 8 KiB with the first
// call, and the runtime makes it smaller only where next to nothing of it is in use; down to 2 KiB it never does. So when
// nothing has come for a second, the goroutine is woken, starts another, which waits and has done nothing yet, and ends. It costs two
// microseconds once for each quiet time, and saves up to 6 KiB as long as that lasts. TestRow21IdleSockets sees to it.
//
// How large the new stack is, the runtime chooses by those that it has seen at its last collection, so it also pays that a goroutine
// which waits before that does so where its stack is not deep.
//
// This is for connections whose frames can be waited for without a buffer, and whose goroutine is nobody else's.

// quietTime is how long nothing must have come.
const quietTime = time.Second

// errMoved says that a connection goes on in another goroutine.
var errMoved = errors.New("the connection goes on elsewhere")

// settle has the goroutine that reads replaced if nothing has come for quietTime. It returns when to look again.
func (c *Conn) settle() (next time.Duration) {
	if c.over == nil || c.direct == nil || c.pulse.settled.Load() {
		return never
	}
	if silence := c.pulse.silence(); silence < quietTime {
		return quietTime - silence
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.parting && c.err == nil {
		c.moving = true
		if len(c.calls) == 0 {
			c.calls = nil
		}
		if len(c.running) == 0 {
			c.running = nil
		}
		_ = c.frames.SetReadDeadline(time.Unix(1, 0)) // fails only if the connection is closed
	}
	return never
}

// interrupted returns what is to be done after the error err of a read: errMoved if settle has caused it, nil to read on.
func (c *Conn) interrupted(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, frame.ErrFrameTimeout) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.moving:
		return err
	case c.parting: // there is another deadline now
		c.moving = false
		return nil
	}
	c.moving = false
	c.pulse.settled.Store(true)
	if err := c.frames.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return errMoved
}

// goOn is what the new goroutine does. It waits before anything else, while its stack is as small as they come.
func (c *Conn) goOn() {
	c.frames.Wait()
	c.runOn()
}

func (c *Conn) runOn() {
	err := errReader // for a handler that ends the goroutine
	defer func() {
		if err != errMoved {
			c.over(err)
		}
	}()
	err = c.run()
}
