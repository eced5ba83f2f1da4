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

	// maxLazy is how many bytes may wait for the goroutine that reads to write them when it has nothing left to do.
	maxLazy = 64 << 10
)

// errFull says that an outbox has no room for a message.
var errFull = errors.New("too much waits for the peer already")

// addFunc appends frames to dst. If it fails, nothing was put in.
type addFunc func(dst []byte) ([]byte, error)

// outbox gathers the frames that go out. Who puts one in and finds that nobody writes becomes the writer: see flush.go. What
// others put in meanwhile goes out with its next write. Nobody who puts a frame in waits for the peer, unless
// maxPending bytes wait already.
type outbox struct {
	try         func([]byte) (n int, err error)             // writes what the connection takes at once; nil: that cannot be told
	write       func([]byte) error                          // writes all, and waits for the connection
	urgent      func(dst []byte) (all []byte, after func()) // appends what is to be said with the next write, see urgent.go
	maxRefusals int                                         // how many refusals may wait, since those cannot wait to be put in

	mu       sync.Mutex
	pending  []byte        // frames that wait
	usual    int           // how many bytes went out with the last write
	refusals int           // refusals that are not written
	hurry    bool          // urgent has something to say
	others   int           // so many others are likely to put in frames at once, too
	writing  bool          // somebody is the writer
	room     chan struct{} // closed when pending has been taken; nil while nobody waits for it
	empty    chan struct{} // closed when all is written; nil while nobody waits for it
	err      error         // why nothing more goes out
}

// putMessage puts in what add appends. If too much is there already, it waits until the connection has taken some, until ctx
// ends, or until the outbox is closed.
func (o *outbox) putMessage(ctx context.Context, add addFunc) error {
	o.mu.Lock()
	if err := o.waitForRoom(ctx); err != nil {
		o.mu.Unlock()
		return err
	}
	return o.putAndUnlock(add)
}

// putSoon is putMessage for a message of a stream, behind which the next is likely to follow at once. Another goroutine writes,
// and whatever follows before it does goes out with the same write.
func (o *outbox) putSoon(ctx context.Context, add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.waitForRoom(ctx); err != nil {
		return err
	}
	err := o.put(add)
	if o.others = maxYields; err == nil && o.elect() {
		go o.writeAll(batch{})
	}
	return err
}

// putControl puts in at once what is bounded by its nature: the greeting, the goaway, one cancel for each call.
func (o *outbox) putControl(add addFunc) error {
	o.mu.Lock()
	return o.putAndUnlock(add)
}

// putLazily is putMessage for the goroutine that reads. It does not wait for room, but fails with errFull; and it leaves the
// writing to flush, which that goroutine calls before it waits for the peer, so that all that it answers meanwhile goes out in one
// write.
func (o *outbox) putLazily(add addFunc) error {
	o.mu.Lock()
	switch {
	case o.err == nil && len(o.pending) >= maxPending:
		o.mu.Unlock()
		return errFull
	case len(o.pending) >= maxLazy:
		return o.putAndUnlock(add)
	}
	defer o.mu.Unlock()
	return o.put(add)
}

// putRefusal puts in a refusal, lazily. It fails with LimitUnread if too many wait already.
func (o *outbox) putRefusal(add addFunc) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusals >= o.maxRefusals {
		return LimitUnread
	}
	o.refusals++
	return o.put(add)
}

// putAndUnlock appends what add appends, and sees that it is written. o.mu is locked before, and not after it.
func (o *outbox) putAndUnlock(add addFunc) error {
	err := o.put(add)
	elected := err == nil && o.elect()
	o.mu.Unlock()
	if elected {
		o.lead()
	}
	return err
}

// put appends what add appends. o.mu is locked.
func (o *outbox) put(add addFunc) error {
	if o.err != nil {
		return o.err
	}
	if o.pending == nil {
		o.pending = takeBytes(o.usual)
	}
	pending, err := add(o.pending)
	if err == nil {
		o.pending = pending
	}
	return err
}

// say changes something that urgent will say, by means of change, and sees that it is said.
func (o *outbox) say(change func()) {
	o.sayLazily(change)
	o.flush()
}

// sayLazily is say for the goroutine that reads, see putLazily.
func (o *outbox) sayLazily(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		change()
		o.hurry = true
	}
}

// waitForRoom returns nil once there is room, or the outbox is closed. o.mu is locked, and unlocked meanwhile.
func (o *outbox) waitForRoom(ctx context.Context) error {
	for o.err == nil && len(o.pending) >= maxPending {
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		elected := o.elect() // or else who put in the last one is still on the way
		o.mu.Unlock()
		if elected {
			o.lead()
		}
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
	return !o.writing && !o.waits()
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
	o.flush()
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
