package calls

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// metronome wakes the scheduler every so often until stop is called. When a Go program has nothing else to do, its timers are late by
// up to a millisecond, which would be seen in every latency; files are not, and a timer of Linux is one.
func metronome(every time.Duration) (stop func(), err error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "timer")
	gap := unix.NsecToTimespec(every.Nanoseconds())
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: gap, Value: gap}, nil); err != nil {
		_ = f.Close()
		return nil, err
	}
	go func() {
		var fired [8]byte
		for {
			if _, err := f.Read(fired[:]); err != nil {
				return
			}
		}
	}()
	return func() { _ = f.Close() }, nil
}
