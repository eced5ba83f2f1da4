package exercise

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/transport"
)

// highest is chance that is always against us.
func highest(below time.Duration) time.Duration { return below }

func skipUntilChanged(t *testing.T) {
	if Pause(1, 1, 1, highest) < 0 {
		t.Skip("exercise.go is as it was: fill in Pause and Retry")
	}
}

func TestPause(t *testing.T) {
	skipUntilChanged(t)
	const ms = time.Millisecond
	want := []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 2000 * ms, 2000 * ms}
	for i, want := range want {
		assert.Equal(t, want, Pause(i+1, 100*ms, 2000*ms, highest), "behind attempt %d", i+1)
	}
	for _, attempt := range []int{50, 64, 65, 1000, math.MaxInt32} {
		assert.Equal(t, 2000*ms, Pause(attempt, 100*ms, 2000*ms, highest), "behind attempt %d", attempt)
		assert.Equal(t, time.Duration(math.MaxInt64), Pause(max(attempt, 100), 1, math.MaxInt64, highest))
	}
	assert.Equal(t, 10*ms, Pause(1, 100*ms, 10*ms, highest))
	asked := time.Duration(0)
	assert.Equal(t, 7*ms, Pause(2, 100*ms, 2000*ms, func(below time.Duration) time.Duration {
		asked = below
		return 7 * ms
	}))
	assert.Equal(t, 200*ms, asked)
}

func second(int) time.Duration { return time.Second }

// failing returns a function that fails so often with err, and counts its calls.
func failing(err error, times int, calls *int) func(context.Context) error {
	return func(context.Context) error {
		if *calls++; *calls <= times {
			return err
		}
		return nil
	}
}

func TestRetry(t *testing.T) {
	skipUntilChanged(t)
	unavailable := func(o transport.Outcome) error { return &transport.Error{Code: transport.Unavailable, Outcome: o} }
	tests := []struct {
		name       string
		err        error
		idempotent bool
		calls      int // out of four
	}{
		{"not sent", unavailable(transport.NotSent), false, 4},
		{"refused", unavailable(transport.Refused), false, 4},
		{"refused, in another error", fmt.Errorf("no luck: %w", unavailable(transport.Refused)), false, 4},
		{"maybe executed", unavailable(transport.MaybeExecuted), false, 1},
		{"maybe executed, which does no harm", unavailable(transport.MaybeExecuted), true, 4},
		{"the answer is that another server is unavailable", unavailable(transport.Answered), false, 1},
		{"not found", &transport.Error{Code: transport.NotFound}, true, 1},
		{"over a limit", &transport.Error{Code: transport.ResourceExhausted, Outcome: transport.Refused}, true, 1},
		{"no error of a call", errors.New("disk full"), true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, start := 0, time.Now()
				err := Retry(t.Context(), tt.idempotent, second, failing(tt.err, 3, &calls))
				assert.Equal(t, tt.calls, calls)
				assert.Equal(t, time.Duration(calls-1)*time.Second, time.Since(start))
				if tt.calls == 4 {
					assert.NoError(t, err)
				} else {
					assert.Equal(t, tt.err, err)
				}
			})
		})
	}
}

func TestPausesOfRetry(t *testing.T) {
	skipUntilChanged(t)
	synctest.Test(t, func(t *testing.T) {
		var behind []int
		calls := 0
		away := &transport.Error{Code: transport.Unavailable, Outcome: transport.NotSent}
		assert.NoError(t, Retry(t.Context(), false, func(attempt int) time.Duration {
			behind = append(behind, attempt)
			return time.Hour
		}, failing(away, 4, &calls)))
		assert.Equal(t, []int{1, 2, 3, 4}, behind)
	})
}

func TestNoTimeLeft(t *testing.T) {
	skipUntilChanged(t)
	away := &transport.Error{Code: transport.Unavailable, Outcome: transport.NotSent}
	synctest.Test(t, func(t *testing.T) {
		calls, start := 0, time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		assert.Equal(t, away, Retry(ctx, false, second, failing(away, 100, &calls)))
		assert.Equal(t, 3, calls)
		assert.Equal(t, 2*time.Second, time.Since(start), "to wait for the end would help nobody")
	})
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1500*time.Millisecond, cancel)
		start := time.Now()
		assert.Equal(t, away, Retry(ctx, false, second, failing(away, 100, &calls)))
		assert.Equal(t, 2, calls)
		assert.Equal(t, 1500*time.Millisecond, time.Since(start))
	})
}
