package calls

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Sample is what one turn of a way showed: for each call, unless it says otherwise, and of both ends together.
type Sample struct {
	Rate   float64 `json:"rate"` // calls for each second
	P50    float64 `json:"p50"`  // microseconds, as all latencies
	P99    float64 `json:"p99"`
	P999   float64 `json:"p999"`
	Max    float64 `json:"max"`
	CPU    float64 `json:"cpu"` // microseconds
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"` // allocated
	Writes float64 `json:"writes"`
	Reads  float64 `json:"reads"`
	Wire   float64 `json:"wire"` // bytes
}

// closed makes all callers call, each again as soon as it has its answer, for that long.
func (r *rig) closed(d time.Duration) (Sample, error) {
	var over atomic.Bool
	begin := func() { time.AfterFunc(d, func() { over.Store(true) }) }
	return r.measure(begin, func(i int, w *worker) {
		w.every = r.sampling(d)
		for c := r.clients[i%len(r.clients)]; !over.Load() && w.err == nil; {
			w.call(c, time.Time{})
		}
	})
}

// sampling is how many calls go for one that is timed: reading the clock must not take more than some percent of a call, and each
// caller should have some that are.
func (r *rig) sampling(d time.Duration) int {
	if r.rate < 100_000 || r.rate*d.Seconds() < float64(100*r.workers) {
		return 1
	}
	return 8
}

// worker is one goroutine that calls.
type worker struct {
	rig   *rig
	calls int
	every int // which calls are timed
	times latencies
	err   error
	_     [64]byte // another worker is not in the same line of the cache
}

// call makes one call, whose time counts from since, or from now.
func (w *worker) call(c Client, since time.Time) {
	w.calls++
	if w.calls%w.every != 0 {
		w.err = w.rig.echo(c)
		return
	}
	if since.IsZero() {
		since = time.Now()
	}
	w.err = w.rig.echo(c)
	w.times.add(time.Since(since))
}

// measure lets workers work until they are done. It calls begin when all is ready.
func (r *rig) measure(begin func(), work func(i int, w *worker)) (Sample, error) {
	workers := make([]worker, r.workers)
	runtime.GC() // the garbage of one way is not to burden the next
	theirs, err := r.server.count()
	if err != nil {
		return Sample{}, err
	}
	var wg sync.WaitGroup
	begin()
	ours, start := count(), time.Now()
	for i := range workers {
		workers[i].rig = r
		wg.Go(func() { work(i, &workers[i]) })
	}
	wg.Wait()
	took, used := time.Since(start), count().minus(ours)
	all, err := r.server.count()
	if err != nil {
		return Sample{}, err
	}
	return r.sample(workers, took, used, all.minus(theirs))
}

func (r *rig) sample(workers []worker, took time.Duration, here, there Counters) (Sample, error) {
	var times latencies
	calls := 0
	for i := range workers {
		if err := workers[i].err; err != nil {
			return Sample{}, err
		}
		calls += workers[i].calls * r.each
		times.merge(&workers[i].times)
	}
	n := float64(max(calls, 1))
	both := func(a, b uint64) float64 { return float64(a+b) / n }
	return Sample{
		Rate: n / took.Seconds(),
		P50:  micro(times.quantile(0.5)), P99: micro(times.quantile(0.99)), P999: micro(times.quantile(0.999)), Max: micro(times.max),
		CPU:    micro(here.CPU+there.CPU) / n,
		Allocs: both(here.Allocs, there.Allocs), Bytes: both(here.Bytes, there.Bytes),
		Writes: both(here.Writes, there.Writes), Reads: both(here.Reads, there.Reads), Wire: both(here.Wire, there.Wire),
	}, nil
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
