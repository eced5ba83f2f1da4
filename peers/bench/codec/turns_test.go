package codec

import (
	"slices"
	"testing"
	"time"
)

// This file is how everything in this folder is measured. A machine that has other work to do makes all figures of a minute
// wrong, and those of the next minute right. So a contender and the one that it is compared with take turns, a batch each, and
// the figure is the ratio of the medians.

// batch is how often a contender does its work in one turn: long enough for the clock.
const batch = 200

// A contender does its work once for each call.
type contender func() error

// turns lets c and base take turns. It reports the time of c as ns/op, as times-unit how many times that of base it is, and how
// often c allocates.
func turns(b *testing.B, c, base contender, unit string) {
	b.Helper()
	var mine, others []time.Duration
	for b.Loop() {
		mine, others = append(mine, once(b, c)), append(others, once(b, base))
	}
	b.ReportMetric(float64(median(mine))/batch, "ns/op")
	b.ReportMetric(float64(median(mine))/float64(median(others)), "times-"+unit)
	b.ReportMetric(testing.AllocsPerRun(100, func() { _ = c() }), "allocs")
}

// once does a batch and returns how long it took.
func once(b *testing.B, c contender) time.Duration {
	start := time.Now()
	for range batch {
		if err := c(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
