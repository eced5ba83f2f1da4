package transport

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func newTestBudget(first, most, total int) *budget {
	b := new(budget)
	b.init(&Limits{MaxNotifyBytes: first, MaxStreamBytes: most, MaxStreamsBytes: total})
	return b
}

func TestWindowFollowsTheReader(t *testing.T) {
	b := newTestBudget(16<<10, 1<<20, 32<<20)
	w := window{size: b.first, left: b.first}
	now := time.Duration(0)
	// round lets the peer send all that it may, and the reader take it in a time.
	round := func(takes time.Duration) {
		owed := w.left
		require.True(t, w.receive(owed))
		require.False(t, w.receive(1), "nothing is left")
		require.True(t, w.due(owed))
		now += takes
		w.grant(owed, now, b)
		require.Equal(t, w.size, w.left)
	}
	for want := b.first; want < b.most; want *= 2 {
		require.Equal(t, want, w.size)
		round(readAhead)
	}
	for range 10 {
		round(0)
		require.Equal(t, b.most, w.size, "and no further")
		round(3 * readAhead)
		require.Equal(t, b.most, w.size, "it is large enough")
	}
	assert.EqualValues(t, 16<<20-(b.most-b.first), b.spare.Load())
	for want := b.most; want > b.first; want /= 2 {
		require.Equal(t, want, w.size)
		round(5 * readAhead)
	}
	round(time.Hour)
	assert.Equal(t, b.first, w.size, "and no further")
	assert.EqualValues(t, 16<<20, b.spare.Load(), "all is given back")
}

func TestBudgetOfStreams(t *testing.T) {
	tests := []struct {
		name               string
		first, most, total int
		streams, spare     int
	}{
		{"default", earlyCredit, DefaultMaxStreamBytes, DefaultMaxStreamsBytes, 1024, 16 << 20},
		{"64 KiB", earlyCredit, DefaultMaxStreamBytes, 64 << 10, 2, 32 << 10},
		{"less than one stream needs", earlyCredit, DefaultMaxStreamBytes, 1, 1, 0},
		{"large beginnings", 1 << 20, DefaultMaxStreamBytes, DefaultMaxStreamsBytes, 16, 16 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newTestBudget(tt.first, tt.most, tt.total)
			for range tt.streams {
				assert.True(t, b.streams.try(0))
			}
			assert.False(t, b.streams.try(0))
			assert.EqualValues(t, tt.spare, b.spare.Load())
		})
	}
	effective := Limits{MaxStreamBytes: -1, MaxStreamsBytes: -1}.effective()
	b := newTestBudget(effective.MaxNotifyBytes, effective.MaxStreamBytes, effective.MaxStreamsBytes)
	assert.EqualValues(t, maxCredit, b.most)
	for range 1 << 16 {
		require.True(t, b.streams.try(0))
	}
}

// Whatever peers send and readers take, the windows together stay within the budget, each within its bounds, and none is stuck.
func TestWindowsStayWithinTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const first = 16 << 10
		most := rapid.IntRange(first, 1<<20).Draw(t, "most")
		total := rapid.IntRange(first, 1<<20).Draw(t, "total")
		b := newTestBudget(first, most, total)
		type reading struct {
			window
			queued []int64
			owed   int64
		}
		var all []*reading
		for len(all) < 20 && b.streams.try(0) {
			all = append(all, &reading{window: window{size: first, left: first}})
		}
		now := time.Duration(0)
		sum := func() (sum int64) {
			for _, r := range all {
				sum += r.size
			}
			return sum
		}
		for range rapid.IntRange(0, 500).Draw(t, "steps") {
			r := all[rapid.IntRange(0, len(all)-1).Draw(t, "stream")]
			weight := int64(rapid.SampledFrom([]int{64, 1000, 8 << 10, 64 << 10}).Draw(t, "weight"))
			if left := r.left; rapid.Bool().Draw(t, "send") {
				if assert.Equal(t, left > 0, r.receive(weight)) && left > 0 {
					r.queued = append(r.queued, weight)
				}
			} else if len(r.queued) > 0 {
				r.owed += r.queued[0]
				r.queued = r.queued[1:]
				if r.due(r.owed) {
					now += time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond
					r.grant(r.owed, now, b)
					r.owed = 0
				}
			}
			waiting := int64(0)
			for _, q := range r.queued {
				waiting += q
			}
			require.Equal(t, r.size, r.left+waiting+r.owed)
			require.True(t, first <= r.size && r.size <= max(first, int64(most)), "%d", r.size)
			require.LessOrEqual(t, sum(), max(first, int64(total)))
			require.False(t, len(r.queued) == 0 && r.left <= 0, "stuck")
		}
		for _, r := range all {
			b.giveBack(&r.window)
		}
		require.EqualValues(t, max(0, total-int(b.streams.limit)*first), b.spare.Load())
		require.Zero(t, b.streams.taken)
	})
}
