package fuzz

import "time"

// A deadline is a point in time after which calls fail. It holds no state that
// a late timer could spoil: the timer only wakes those who wait, and they look
// at the clock. The lock of its owner guards it.
type deadline struct {
	at    time.Time // zero for none
	timer *time.Timer
}

// set moves the deadline to t, or away if t is zero, and has wake called when
// it comes. If t is past, waking those who wait is up to the caller.
func (d *deadline) set(t time.Time, wake func()) {
	d.clear()
	if t.IsZero() {
		return
	}
	// Both the timer and passed now go by the monotonic clock, also if t does
	// not: otherwise a timer that came early by the wall clock would come in
	// vain.
	wait := time.Until(t)
	d.at = time.Now().Add(wait)
	if wait > 0 {
		d.timer = time.AfterFunc(wait, wake)
	}
}

// clear takes the deadline away.
func (d *deadline) clear() {
	if d.timer != nil {
		d.timer.Stop()
	}
	*d = deadline{}
}

// passed reports whether the deadline has come.
func (d *deadline) passed() bool {
	return !d.at.IsZero() && !time.Now().Before(d.at)
}
