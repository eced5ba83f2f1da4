package report

import (
	"fmt"

	"github.com/demarc-go/demarc/peers/bench/calls"
)

const (
	pingPong = "ping-pong"
	ours     = "demarc"
	inline   = "demarc inline"
	raw      = "demarc raw"
)

// Fastest returns the name of the fastest way of a kind under a load, or "".
func Fastest(cells []Cell, kind calls.Kind, load calls.Load) string {
	best, rate := "", 0.0
	for _, c := range cells {
		if w, _ := calls.Named(c.Way); w.Kind == kind && c.Load == load && c.Rate > rate {
			best, rate = c.Way, c.Rate
		}
	}
	return best
}

// A goal is a figure to reach.
type goal struct {
	about string
	got   float64
	least bool // the limit is the least, and not the most
	limit float64
}

func (g goal) holds() bool {
	if g.least {
		return g.got >= g.limit
	}
	return g.got <= g.limit
}

// goals are what the project wants to reach on two processors, and whether this run did.
func (r *Results) goals() table {
	t := table{name: "goals", head: []string{"figure", "limit", "this run", "holds"}}
	if find(r.Calls, ours, calls.Middle) == nil {
		return t
	}
	for _, g := range r.wanted() {
		sign, holds := "≤", "no"
		if g.least {
			sign = "≥"
		}
		if g.holds() {
			holds = "yes"
		}
		t.add(g.about, fmt.Sprintf("%s %g", sign, g.limit), digits(g.got), holds)
	}
	return t
}

func (r *Results) wanted() []goal {
	load := func(change func(*calls.Load)) calls.Load {
		l := calls.Middle
		change(&l)
		return l
	}
	one := load(func(l *calls.Load) { l.Callers = 1 })
	some := load(func(l *calls.Load) { l.Callers = 16 })
	many := load(func(l *calls.Load) { l.Callers = 256 })
	most := load(func(l *calls.Load) { l.Callers = 1024 })
	eight := load(func(l *calls.Load) { l.Conns = 8 })
	large := load(func(l *calls.Load) { l.Payload = 64 << 10 })
	mid := calls.Middle
	atLeast := func(about string, got, limit float64) goal { return goal{about, got, true, limit} }
	atMost := func(about string, got, limit float64) goal { return goal{about, got, false, limit} }
	all := []goal{
		atLeast("1 caller, inline: rate, times ping-pong", r.rate(inline, one)/r.rate(pingPong, one), 0.9),
		atMost("1 caller, inline: p50, times ping-pong", r.at(inline, one).P50/r.at(pingPong, one).P50, 1.15),
		atLeast("1 caller, not inline: rate, times ping-pong", r.rate(ours, one)/r.rate(pingPong, one), 0.6),
		atLeast("1 caller, not inline: rate, times the best peer that is not inline", r.rate(ours, one)/r.bestPeer(one), 1),
		atLeast("64 callers, inline: rate, times the fastest typed peer", r.rate(inline, mid)/r.typed(mid), 4),
		atLeast("64 callers, not inline: rate, times the fastest typed peer", r.rate(ours, mid)/r.typed(mid), 4),
		atLeast("64 callers, inline: rate, times ping-pong with one in flight", r.rate(inline, mid)/r.rate(pingPong, mid), 7),
		atLeast("64 callers, raw codec: rate, times fastrpc's fastest", r.rate(raw, mid)/r.untyped(mid), 2),
		atMost("64 callers, inline: write system calls a call", r.at(inline, mid).Writes, 0.1),
		atLeast("16 callers, inline: rate, times ping-pong", r.rate(inline, some)/r.rate(pingPong, some), 4),
		atMost("allocations a call beyond those of the codec", r.at(inline, mid).Allocs-r.at("codec only", mid).Allocs, 2),
		atMost("CPU that a deadline costs, µs", r.at("demarc deadline", mid).CPU-r.at(inline, mid).CPU, 1),
		atLeast("64 KiB, inline: rate, times the fastest typed peer", r.rate(inline, large)/r.typed(large), 3),
		atLeast("64 KiB, raw codec: rate, times fastrpc's fastest", r.rate(raw, large)/r.untyped(large), 1),
		atLeast("8 connections, inline: rate, times the fastest typed peer", r.rate(inline, eight)/r.typed(eight), 3),
		atLeast("8 connections, inline: rate, times that on one", r.rate(inline, eight)/r.rate(inline, mid), 0.3),
		atLeast("1024 callers, inline: rate, times that of 256", r.rate(inline, most)/r.rate(inline, many), 0.9),
		atMost("1024 callers, inline: longest wait, times the median", r.at(inline, most).Max/r.at(inline, most).P50, 20),
		atMost("wire bytes of a call beyond payloads and the method's name", r.at(raw, mid).Wire-2*float64(mid.Payload)-4, 16),
		atMost("rate without limits, times that with them", r.rate("demarc no limits", mid)/r.rate(inline, mid), 1.1),
	}
	if len(r.Growth) > 0 {
		all = append(all,
			atLeast("callers doubled, inline: rate, times that before, at worst", 1/r.worst(func(s calls.Sample) float64 { return 1 / s.Rate }), 0.8),
			atMost("callers doubled, inline: CPU of a call, times that before, at worst", r.worst(cpu), 1.2))
	}
	for _, i := range r.Idle {
		if i.Way == ours {
			all = append(all, atMost(fmt.Sprintf("one of %d idle connections in the server, KiB", i.Conns), i.Bytes/1024, 5))
		}
	}
	return all
}

// worst returns by how many times something grew at most when callers were doubled.
func (r *Results) worst(of func(calls.Sample) float64) float64 {
	worst, before := 0.0, 0.0
	for _, c := range r.Growth {
		if _, ok := byCallers(c.Load); !ok || c.Way != inline {
			continue
		}
		if before > 0 {
			worst = max(worst, of(c.Sample)/before)
		}
		before = of(c.Sample)
	}
	return worst
}

// at returns what a way showed, or nothing but zeros.
func (r *Results) at(way string, load calls.Load) calls.Sample {
	if c := find(r.Calls, way, load); c != nil {
		return c.Sample
	}
	return calls.Sample{}
}

func (r *Results) rate(way string, load calls.Load) float64 { return r.at(way, load).Rate }

func (r *Results) typed(load calls.Load) float64 {
	return r.rate(Fastest(r.Calls, calls.Typed, load), load)
}

func (r *Results) untyped(load calls.Load) float64 {
	return r.rate(Fastest(r.Calls, calls.Untyped, load), load)
}

func (r *Results) bestPeer(load calls.Load) float64 {
	return max(r.typed(load), r.rate("fastrpc", load))
}
