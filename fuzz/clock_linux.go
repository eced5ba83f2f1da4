package fuzz

import (
	"time"

	"golang.org/x/sys/unix"
)

// workTime returns how much processor time the thread has used. Unlike a clock it stands still while others have the processor, so
// what it says of a parser does not depend on how busy the machine is. The goroutine must be locked to its thread.
func workTime() time.Duration {
	var used unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used) // fails only for another first argument
	return time.Duration(used.Nano())
}
