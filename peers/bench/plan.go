package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/framing"
	"github.com/demarc-go/demarc/peers/bench/report"
)

// A plan says how long each part is measured. All of it takes some eight minutes, the short one one.
type plan struct {
	framing            framing.Plan
	calls, open, grows calls.Plan
	idle, crowd        int // connections of each way, and of ours once more
	profile            time.Duration
}

var (
	long = plan{
		framing: framing.Plan{Rounds: 101, Turn: time.Millisecond},
		calls:   calls.Plan{Rounds: 9, Turn: 120 * time.Millisecond},
		open:    calls.Plan{Rounds: 3, Turn: time.Second},
		grows:   calls.Plan{Rounds: 5, Turn: 80 * time.Millisecond},
		idle:    1000, crowd: 10_000,
		profile: 3 * time.Second,
	}
	short = plan{
		framing: framing.Plan{Rounds: 5, Turn: time.Millisecond},
		calls:   calls.Plan{Rounds: 3, Turn: 20 * time.Millisecond},
		open:    calls.Plan{Rounds: 1, Turn: 100 * time.Millisecond},
		grows:   calls.Plan{Rounds: 1, Turn: 20 * time.Millisecond},
		idle:    50, crowd: 200,
		profile: 500 * time.Millisecond,
	}
)

// parts are what is measured, in this order.
var parts = []struct {
	name    string
	measure func(plan, *report.Results) error
}{
	{"framing", measureFraming},
	{"calls", measureCalls},
	{"open", measureOpen},
	{"growth", measureGrowth},
	{"idle", measureIdle},
	{"profile", measureProfile},
	{"lesson", measureLesson},
}

func measureFraming(p plan, r *report.Results) (err error) {
	r.Framing, err = framing.Run(p.framing)
	return err
}

// axes go out from the middle, one at a time.
func axes() (loads []calls.Load) {
	loads = append(loads, calls.Middle)
	add := func(change func(*calls.Load)) {
		load := calls.Middle
		change(&load)
		loads = append(loads, load)
	}
	for _, n := range []int{1, 16, 256, 1024} {
		add(func(l *calls.Load) { l.Callers = n })
	}
	add(func(l *calls.Load) { l.Conns = 8 })
	for _, n := range []int{1 << 10, 64 << 10} {
		add(func(l *calls.Load) { l.Payload = n })
	}
	add(func(l *calls.Load) { l.Processes = 2 })
	add(func(l *calls.Load) { l.Callers, l.Processes = 1, 2 })
	return loads
}

func measureCalls(p plan, r *report.Results) error {
	for _, load := range axes() {
		cells, err := closed(ways(load), load, p.calls)
		if err != nil {
			return err
		}
		r.Calls = append(r.Calls, cells...)
	}
	return nil
}

// ways are those that are measured under load.
func ways(load calls.Load) []calls.Way {
	all := calls.Ways()
	if load == calls.Middle {
		return all
	}
	return slices.DeleteFunc(all, func(w calls.Way) bool { return w.Few })
}

func closed(ways []calls.Way, load calls.Load, p calls.Plan) ([]report.Cell, error) {
	p.Failed = leftOut
	samples, err := calls.Closed(ways, load, p)
	if err != nil {
		return nil, fmt.Errorf("%+v: %w", load, err)
	}
	return cells(ways, load, samples), nil
}

func leftOut(err error) { fmt.Fprintln(os.Stderr, "bench: left out:", err) }

func cells(ways []calls.Way, load calls.Load, samples map[string]calls.Sample) (cells []report.Cell) {
	for _, w := range ways {
		if s, ok := samples[w.Name]; ok {
			cells = append(cells, report.Cell{Way: w.Name, Load: load, Sample: s})
		}
	}
	return cells
}

// measureOpen needs to know what each way can do. It asks each for half of that, and then all for half of what the slowest can do.
func measureOpen(p plan, r *report.Results) error {
	rates, same := make(map[string]float64), make(map[string]float64)
	least := math.Inf(1)
	var ways []calls.Way
	for _, w := range calls.Ways() {
		if c := r.Find(w.Name, calls.Middle); c != nil && !w.Few && w.Flight == nil {
			ways = append(ways, w)
			rates[w.Name] = c.Rate / 2
			least = min(least, c.Rate/2)
		}
	}
	for _, w := range ways {
		same[w.Name] = least
	}
	p.open.Failed = leftOut
	samples, err := calls.Open(ways, calls.Middle, p.open, rates)
	if err != nil {
		return err
	}
	r.Open = cells(ways, calls.Middle, samples)
	samples, err = calls.Open(ways, calls.Middle, p.open, same)
	r.OpenSame = cells(ways, calls.Middle, samples)
	return err
}

// measureGrowth follows ours and the best peers, by powers of two.
func measureGrowth(p plan, r *report.Results) error {
	ways := growing(r)
	for _, load := range powers() {
		cells, err := closed(ways, load, p.grows)
		if err != nil {
			return err
		}
		r.Growth = append(r.Growth, cells...)
	}
	return nil
}

func powers() []calls.Load {
	loads := make(map[calls.Load]bool)
	for n := 1; n <= 1024; n *= 2 {
		loads[calls.Load{Callers: n, Conns: 1, Payload: 16, Processes: 1}] = true
	}
	for n := 1; n <= 64; n *= 2 {
		loads[calls.Load{Callers: 64, Conns: n, Payload: 16, Processes: 1}] = true
	}
	for n := 16; n <= 512<<10; n *= 2 {
		loads[calls.Load{Callers: 64, Conns: 1, Payload: n, Processes: 1}] = true
	}
	return slices.SortedFunc(maps.Keys(loads), func(a, b calls.Load) int {
		return slices.Compare([]int{a.Payload, a.Conns, a.Callers}, []int{b.Payload, b.Conns, b.Callers})
	})
}

// growing returns the ways whose growth is shown: by hand, ours, and of each kind the peer that is fastest in the middle.
func growing(r *report.Results) []calls.Way {
	names := []string{"by hand", "demarc", "demarc inline", "demarc raw"}
	for _, kind := range []calls.Kind{calls.Untyped, calls.Typed} {
		names = append(names, report.Fastest(r.Calls, kind, calls.Middle))
	}
	var all []calls.Way
	for _, name := range names {
		if w, ok := calls.Named(name); ok {
			all = append(all, w)
		}
	}
	return all
}

func measureIdle(p plan, r *report.Results) error {
	crowd, _ := calls.Named("demarc")
	measureIdleOf(crowd, p.crowd, r)
	for _, w := range append(calls.Ways(), calls.OverTLS) {
		if w.Kind != calls.Floor && !w.Few {
			measureIdleOf(w, p.idle, r)
		}
	}
	return nil
}

func measureIdleOf(w calls.Way, conns int, r *report.Results) {
	n, err := calls.Idle(w, conns)
	if err != nil {
		leftOut(fmt.Errorf("%s, %d idle connections: %w", w.Name, conns, err))
		return
	}
	r.Idle = append(r.Idle, report.Idle{Way: w.Name, Conns: conns, Bytes: n})
}

func measureProfile(p plan, r *report.Results) error {
	for _, callers := range []int{1, 64} {
		load := calls.Middle
		load.Callers = callers
		w, _ := calls.Named("demarc inline")
		shares, err := calls.Profile(w, load, p.profile)
		if err != nil {
			return err
		}
		r.Profile = append(r.Profile, report.Profile{Way: w.Name, Load: load, Shares: shares})
	}
	return nil
}

// measureLesson compares ways to write.
func measureLesson(p plan, r *report.Results) error {
	for _, callers := range []int{1, 8, 64, 512} {
		load := calls.Middle
		load.Callers = callers
		cells, err := closed(calls.Lessons(), load, p.calls)
		if err != nil {
			return err
		}
		r.Lesson = append(r.Lesson, cells...)
	}
	return nil
}
