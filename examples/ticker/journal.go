package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// journal shows what happens and when, for several goroutines. Its first error stays.
type journal struct {
	w     io.Writer
	start time.Time
	mu    sync.Mutex
	err   error
}

// event shows one event, under a name that users of Node.js know where there is one, with the time since the start.
func (j *journal) event(name, format string, args ...any) {
	at := time.Since(j.start).Seconds()
	j.printf("%8.3fs  %-8s %s\n", at, name, fmt.Sprintf(format, args...))
}

func (j *journal) printf(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		_, j.err = fmt.Fprintf(j.w, format, args...)
	}
}
