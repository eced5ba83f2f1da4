package report

import (
	"cmp"
	"slices"

	"github.com/demarc-go/demarc/peers/bench/calls"
)

func oneCaller() calls.Load {
	one := calls.Middle
	one.Callers = 1
	return one
}

// ahead lists every figure in which a peer was better than ours, like beside like: libraries with messages beside a handler that may
// block, those that carry bytes beside the raw codec.
func (r *Results) ahead() table {
	t := table{name: "ahead", words: 3, head: []string{"figure", "ours", "peer", "ours has", "the peer has"}}
	if len(r.Calls) == 0 {
		return t
	}
	more := func(a, b float64) int { return cmp.Compare(a, b) }
	less := func(a, b float64) int { return cmp.Compare(b, a) }
	for _, load := range loads(r.Calls) {
		r.compare(&t, "calls/s, "+away(load), r.Calls, load, more, func(s calls.Sample) float64 { return s.Rate })
	}
	r.compare(&t, "CPU µs, 64 callers", r.Calls, calls.Middle, less, cpu)
	r.compare(&t, "CPU µs, 1 caller", r.Calls, oneCaller(), less, cpu)
	r.compare(&t, "allocations, 64 callers", r.Calls, calls.Middle, less, func(s calls.Sample) float64 { return s.Allocs })
	r.compare(&t, "write system calls, 64 callers", r.Calls, calls.Middle, less, func(s calls.Sample) float64 { return s.Writes })
	r.compare(&t, "wire bytes, 64 callers", r.Calls, calls.Middle, less, func(s calls.Sample) float64 { return s.Wire })
	r.compare(&t, "p99 µs, open loop, all at one rate", r.OpenSame, calls.Middle, less, func(s calls.Sample) float64 { return s.P99 })
	r.aheadIdle(&t)
	if len(t.rows) == 0 {
		t.add("none in this run")
	}
	return t
}

// compare adds the best peer of each kind, if it is better than ours.
func (r *Results) compare(t *table, what string, cells []Cell, load calls.Load, better func(a, b float64) int, of func(calls.Sample) float64) {
	for _, pair := range []struct {
		mine string
		kind calls.Kind
	}{{ours, calls.Typed}, {raw, calls.Untyped}} {
		mine := find(cells, pair.mine, load)
		peers := slices.DeleteFunc(slices.Clone(cells), func(c Cell) bool {
			w, _ := calls.Named(c.Way)
			return c.Load != load || w.Kind != pair.kind
		})
		if mine == nil || len(peers) == 0 {
			continue
		}
		best := slices.MaxFunc(peers, func(a, b Cell) int { return better(of(a.Sample), of(b.Sample)) })
		if better(of(best.Sample), of(mine.Sample)) > 0 {
			t.add(what, pair.mine, best.Way, number(of(mine.Sample)), number(of(best.Sample)))
		}
	}
}

func (r *Results) aheadIdle(t *table) {
	mine := slices.IndexFunc(r.Idle, func(i Idle) bool { return i.Way == ours })
	if mine < 0 {
		return
	}
	for _, i := range r.Idle[mine+1:] {
		if w, _ := calls.Named(i.Way); w.Kind != calls.Ours && i.Bytes < r.Idle[mine].Bytes {
			t.add("KiB of an idle connection", ours, i.Way, digits(r.Idle[mine].Bytes/1024), digits(i.Bytes/1024))
		}
	}
}

// loads returns those of cells, in their order.
func loads(cells []Cell) (all []calls.Load) {
	for _, c := range cells {
		if !slices.Contains(all, c.Load) {
			all = append(all, c.Load)
		}
	}
	return all
}
