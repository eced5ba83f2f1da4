package main

import (
	"context"
	"time"
)

// A guest may say burst lines at once, and then one in each interval.
const (
	burst    = 20
	interval = 200 * time.Millisecond
)

// pace slows down a guest who says too much, by not reading from it: TCP then makes it wait. Otherwise one guest could fill
// the queues of all the others. The zero value is ready.
type pace struct {
	due time.Time // when the next line may come
}

// wait waits until the next line may come, or returns why ctx has ended.
func (p *pace) wait(ctx context.Context) error {
	now := time.Now()
	if longAgo := now.Add(-burst * interval); p.due.Before(longAgo) {
		p.due = longAgo
	}
	p.due = p.due.Add(interval)
	if !p.due.After(now) {
		return nil
	}
	select {
	case <-time.After(p.due.Sub(now)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
