package frame_test

import (
	"slices"
	"testing"
	"time"
)

// A way is one way to do the same work, which work does once.
type way struct {
	name string
	work func() error
}

// lap is how long one way is measured before it is the next one's turn.
const lap = time.Millisecond

// compare measures ways to do the same work, which take turns, so that what else the machine does hurts all of them alike. It
// reports the median time of the first one in nanoseconds, its allocations, and how many times as long as each other it takes.
func compare(b *testing.B, ways []way) {
	times := make([][]float64, len(ways))
	counts := make([]int, len(ways))
	for i, way := range ways {
		counts[i] = perLap(b, way)
	}
	for b.Loop() {
		for i, way := range ways {
			took := repeat(b, way, counts[i])
			times[i] = append(times[i], float64(took.Nanoseconds())/float64(counts[i]))
		}
	}
	b.ReportMetric(0, "ns/op") // would be that of all together
	b.ReportMetric(median(times[0]), "ns/"+ways[0].name)
	b.ReportMetric(testing.AllocsPerRun(100, func() { _ = ways[0].work() }), "allocs/"+ways[0].name)
	for i, way := range ways[1:] {
		b.ReportMetric(median(times[0])/median(times[i+1]), "x/"+way.name)
	}
}

// perLap returns how often way can be done in one lap.
func perLap(b *testing.B, way way) int {
	n := 1
	for repeat(b, way, n) < lap {
		n *= 2
	}
	return n
}

// repeat does way n times, and returns how long that took.
func repeat(b *testing.B, way way, n int) time.Duration {
	begin := time.Now()
	for range n {
		if err := way.work(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(begin)
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
