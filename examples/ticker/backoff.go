package main

import (
	"math/rand/v2"
	"time"
)

// The limits of a backoff.
const (
	firstWait = 100 * time.Millisecond
	mostWait  = 5 * time.Second
)

// backoff says how long to wait before the next attempt: anything below a ceiling, which doubles with each failure. Without
// chance, all clients of a server that restarts would come back in the same moment, and again together each time that it
// cannot serve them all. The zero value is ready.
type backoff struct {
	ceiling time.Duration
	random  func(below time.Duration) time.Duration // for tests; nil means chance
}

// next returns how long to wait now.
func (b *backoff) next() time.Duration {
	b.ceiling = min(max(2*b.ceiling, firstWait), mostWait)
	if b.random != nil {
		return b.random(b.ceiling)
	}
	return rand.N(b.ceiling)
}

// reset is to be called when all is well. That a connection was made does not yet mean it: a server may accept and hang up.
func (b *backoff) reset() { b.ceiling = 0 }
