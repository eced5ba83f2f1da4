package transport

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Accept is tried again soon when it has failed for the first time for a while, and the log hears of it.
func TestAcceptRest(t *testing.T) {
	var rest acceptRest
	now := time.Now()
	for _, tt := range []struct {
		after, wait time.Duration
		log         bool
	}{
		{0, 5 * time.Millisecond, true},
		{5 * time.Millisecond, 10 * time.Millisecond, false},
		{time.Second, 20 * time.Millisecond, true},
		{20*time.Millisecond + maxAcceptWait, 40 * time.Millisecond, true},
		{40*time.Millisecond + maxAcceptWait + 1, 5 * time.Millisecond, true},
		{5 * time.Millisecond, 10 * time.Millisecond, false},
	} {
		now = now.Add(tt.after)
		wait, log := rest.next(now)
		assert.Equal(t, tt.wait, wait, "%v", tt)
		assert.Equal(t, tt.log, log, "%v", tt)
	}
}
