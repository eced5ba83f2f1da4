package calls

import (
	"math"
	"math/bits"
	"time"
)

// latencies counts how long calls took, in classes that are 1/16 apart or less.
type latencies struct {
	counts [64 * 16]uint32
	total  uint64
	max    time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.counts[class(d)]++
	l.total++
	l.max = max(l.max, d)
}

// class is the number of the class of d: the place of its highest bit, and the four bits behind it.
func class(d time.Duration) int {
	n := uint64(max(d, 1))
	high := bits.Len64(n) - 1
	return high<<4 | int(n<<(64-high)>>60)
}

// middle returns the duration in the middle of a class.
func middle(class int) time.Duration {
	return time.Duration((1 + (float64(class&15)+0.5)/16) * math.Exp2(float64(class>>4)))
}

func (l *latencies) merge(m *latencies) {
	for i, n := range m.counts {
		l.counts[i] += n
	}
	l.total += m.total
	l.max = max(l.max, m.max)
}

// quantile returns what the fraction q of the calls did not exceed.
func (l *latencies) quantile(q float64) time.Duration {
	want := uint64(math.Ceil(q * float64(l.total)))
	var seen uint64
	for i, n := range l.counts {
		if seen += uint64(n); seen >= want && n > 0 {
			return min(middle(i), l.max)
		}
	}
	return l.max
}
