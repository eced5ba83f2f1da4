package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// load has workers that count, each under a key of its own, and compares in the end what the store says with what they know.
type load struct {
	client  transport.Caller
	workers int
	prefix  string
}

// run counts until ctx ends, and returns how far all workers have come together. A count that is lost, or made twice, is an error.
func (l *load) run(ctx context.Context) (total int, err error) {
	counts, errs := make([]int, l.workers), make([]error, l.workers)
	var working sync.WaitGroup
	for i := range l.workers {
		working.Go(func() { counts[i], errs[i] = l.count(ctx, fmt.Sprintf("%s%d", l.prefix, i)) })
	}
	working.Wait()
	for i, n := range counts {
		if errs[i] != nil {
			return total, errs[i]
		}
		total += n
	}
	return total, nil
}

// count counts from zero. Each number is one change, which must come directly behind the last.
func (l *load) count(ctx context.Context, key string) (n int, err error) {
	last, err := l.put(key, 0, nil)
	for err == nil && ctx.Err() == nil {
		if last, err = l.put(key, n+1, &last.Version); err == nil {
			n++
		}
	}
	if err != nil {
		return n, fmt.Errorf("%s at %d: %w", key, n, err)
	}
	patient, cancel := patience()
	defer cancel()
	there, err := get.Call(patient, l.client, key)
	if err == nil && there.Value != strconv.Itoa(n) {
		err = fmt.Errorf("%s is at %s, and should be at %d", key, there.Value, n)
	}
	return n, err
}

// put makes a change that must not be lost, even when time is up.
func (l *load) put(key string, n int, previous *uint64) (entry, error) {
	ctx, cancel := patience()
	defer cancel()
	return putAgain(ctx, l.client, change{key, strconv.Itoa(n), previous})
}

// patience returns a context for as long as a restart may take.
func patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 30*time.Second)
}
