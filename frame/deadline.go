package frame

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// The limits on time that a [Conn] sets. Each error is os.ErrDeadlineExceeded too, and a net.Error whose Timeout is true.
var (
	// ErrIdleTimeout: no frame began within IdleTimeout.
	ErrIdleTimeout error = timeoutError("frame: no frame began within the idle limit")

	// ErrFrameTimeout: a frame that had begun was not complete within FrameTimeout.
	ErrFrameTimeout error = timeoutError("frame: the frame took longer than the limit for one frame")

	// ErrWriteTimeout: the peer did not take what was written within WriteTimeout.
	ErrWriteTimeout error = timeoutError("frame: the write took longer than the limit for one write")
)

type timeoutError string

func (e timeoutError) Error() string { return string(e) }

func (e timeoutError) Timeout() bool { return true }

func (e timeoutError) Temporary() bool { return true }

func (e timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// longAgo is a deadline that interrupts at once.
var longAgo = time.Unix(1, 0)

// deadline is the deadline of one direction of a connection. Three have a say in it: the user, a limit of the Conn, and a
// context that was cancelled. The earliest holds.
type deadline struct {
	set func(time.Time) error // SetReadDeadline or SetWriteDeadline of the connection

	mu     sync.Mutex
	user   time.Time
	limit  time.Time
	reason error // what to return when limit has passed
	cancel bool  // a context has ended
	now    time.Time
}

// apply makes the earliest deadline that of the connection. d.mu is locked.
func (d *deadline) apply() error {
	t := d.user
	if !d.limit.IsZero() && (t.IsZero() || d.limit.Before(t)) {
		t = d.limit
	}
	if d.cancel {
		t = longAgo
	}
	if t.Equal(d.now) {
		return nil
	}
	d.now = t
	return d.set(t)
}

// setUser sets the user's deadline.
func (d *deadline) setUser(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.user = t
	return d.apply()
}

// setLimit sets the limit, or with the zero time takes it away; reason is what an operation then fails with.
func (d *deadline) setLimit(t time.Time, reason error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit, d.reason = t, reason
	return d.apply()
}

// watch lets the end of ctx interrupt the operation under way, until the function that it returns is called. That one puts
// the deadline back.
func (d *deadline) watch(ctx context.Context) (unwatch func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ran)
		d.setCancel(true)
	})
	return func() {
		if !stop() {
			<-ran
			d.setCancel(false)
		}
	}
}

func (d *deadline) setCancel(cancel bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cancel = cancel
	_ = d.apply() // a connection that cannot set a deadline is closed, and then nothing waits
}

// explain names whose deadline it was if err is a timeout of the connection.
func (d *deadline) explain(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.cancel && !d.limit.IsZero() && d.limit.Equal(d.now) {
		return d.reason
	}
	return err
}

// ended returns the error of an operation that ctx accompanied: if ctx ended it, one that is both ctx's cause and, as the
// operation can be tried again, a timeout.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return fmt.Errorf("frame: %w: %w", context.Cause(ctx), os.ErrDeadlineExceeded)
}
