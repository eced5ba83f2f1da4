package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestBackoff(t *testing.T) {
	longest := backoff{random: func(below time.Duration) time.Duration { return below }}
	want := firstWait
	for range 200 {
		assert.Equal(t, want, longest.next())
		want = min(2*want, mostWait)
	}
	longest.reset()
	assert.Equal(t, firstWait, longest.next())

	rapid.Check(t, func(t *rapid.T) {
		var b backoff
		for range rapid.IntRange(0, 200).Draw(t, "failures") {
			b.next()
		}
		wait := b.next()
		assert.GreaterOrEqual(t, wait, time.Duration(0))
		assert.Less(t, wait, b.ceiling)
	})
}

// Two clients that fail together do not come back together.
func TestChanceSpreadsClients(t *testing.T) {
	waits := map[time.Duration]bool{}
	for range 100 {
		var b backoff
		waits[b.next()] = true
	}
	assert.Greater(t, len(waits), 90)
}
