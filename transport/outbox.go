package transport

import (
	"context"
	"errors"
	"sync"
)

const (
	// maxPending is how many bytes may wait for the next write before messages have to wait too. As much again may be in the
	// write that is under way, so that 1 MiB waits for the peer at most, the message that came last, and
	// refusals of some 256 bytes each.
	maxPending = 512 << 10

	// keepPending is how large a buffer the outbox holds on to while it is empty, in bytes.
	keepPending = 64 << 10
)

// errFull says that an outbox has no room for a message.
var errFull = errors.New("too much waits for the peer already")

// addFunc appends frames to dst. If it fails, nothing was put in.
type addFunc func(dst []byte) ([]byte, error)

// outbox gathers the frames that go out. What several goroutines put in while a write is under way goes out together in
// the next one. The write is done by a goroutine that lives only as long as there is something to write, so nobody who puts
// a frame in waits for the peer, unless maxPending bytes wait already.
type outbox struct {
	write       func([]byte) error                          // writes to the connection; its error closes the outbox
	urgent      func(dst []byte) (all []byte, after func()) // appends what is to be said with the next write, see urgent.go
	maxRefusals int                                         // how many refusals may wait, since those cannot wait to be put in

	mu       sync.Mutex
	pending  []byte        // frames that wait
	spare    []byte        // the buffer that is not in use
	refusals int           // refusals that are not written
	hurry    bool          // urgent has something to say
	writing  bool          // a goroutine is writing
	room     chan struct{} // closed when pending has been taken; nil while nobody waits for it
	empty    chan struct{} // closed when all is written; nil while nobody waits for it
	err      error         // why nothing more goes out
}

// putMessage puts in what add appends. If too much is there already, it waits until the connection has taken some, until ctx
// ends, or until the outbox is closed.
func (o *outbox) putMessage(ctx context.Context, add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.waitForRoom(ctx); err != nil {
		return err
	}
	return o.put(add)
}

// tryMessage is putMessage for the goroutine that reads, which must not wait: it fails with errFull.
func (o *outbox) tryMessage(add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.pending) >= maxPending {
		return errFull
	}
	return o.put(add)
}

// putRefusal puts in a refusal at once. It fails with LimitUnread if too many wait already.
func (o *outbox) putRefusal(add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusals >= o.maxRefusals {
		return LimitUnread
	}
	o.refusals++
	return o.put(add)
}

// putControl puts in at once what is bounded by its nature: the greeting, the goaway, one cancel for each call.
func (o *outbox) putControl(add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.put(add)
}

// put appends what add appends, and sees that it is written. o.mu is locked.
func (o *outbox) put(add addFunc) error {
	if o.err != nil {
		return o.err
	}
	pending, err := add(o.pending)
	if err != nil {
		return err
	}
	o.pending = pending
	o.start()
	return nil
}

// say changes something that urgent will say, by means of change, and sees that it is said.
func (o *outbox) say(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	change()
	o.hurry = true
	o.start()
}

// start sees that somebody writes. o.mu is locked.
func (o *outbox) start() {
	if !o.writing {
		o.writing = true
		go o.flush()
	}
}

// waitForRoom returns nil once there is room, or the outbox is closed. o.mu is locked, and unlocked meanwhile.
func (o *outbox) waitForRoom(ctx context.Context) error {
	for o.err == nil && len(o.pending) >= maxPending {
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		o.mu.Lock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// flush writes until nothing is left.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for (len(o.pending) > 0 || o.hurry) && o.err == nil {
		o.flushOnce()
	}
	o.writing = false
	signal(&o.empty)
}

// flushOnce writes what is there. o.mu is locked, and unlocked meanwhile.
func (o *outbox) flushOnce() {
	batch, refusals := o.pending, o.refusals
	var after func()
	if o.hurry {
		o.hurry = false
		batch, after = o.urgent(batch)
	}
	o.pending, o.spare = o.spare[:0], nil
	signal(&o.room)
	o.mu.Unlock()
	err := o.write(batch)
	if err == nil && after != nil {
		after()
	}
	o.mu.Lock()
	o.refusals -= refusals
	if cap(batch) <= keepPending {
		o.spare = batch
	}
	if err != nil {
		o.shut(err)
	}
}

// failed returns why nothing more goes out, or nil.
func (o *outbox) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// idle reports whether nothing waits to be written.
func (o *outbox) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.writing
}

// close makes every put fail from now on, with err.
func (o *outbox) close(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut(err)
}

// shut is close. o.mu is locked.
func (o *outbox) shut(err error) {
	if o.err == nil {
		o.err = err
	}
	signal(&o.room)
	signal(&o.empty)
}

// written returns a channel that is closed when all that was put in is written, or when the outbox is closed.
func (o *outbox) written() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.empty == nil {
		o.empty = make(chan struct{})
	}
	done := o.empty
	if o.err != nil || !o.writing {
		signal(&o.empty)
	}
	return done
}

// signal wakes those who wait on the channel, if any, and forgets it.
func signal(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}
