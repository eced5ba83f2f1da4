package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/framing"
)

// The guard compares what hardly depends on the machine with what guardFile says: allocations, system calls, bytes on the wire, and
// ratios to a floor that is measured in the same moment. What has become worse fails; what has become better is told, and is to be
// recorded with
//
//	go test -run TestGuard -record .

const guardFile = "guard.json"

var record = flag.Bool("record", false, "write what the guard measures to "+guardFile)

// A unit is what is counted, and how much worse it may become before the guard fails.
type unit struct {
	name   string
	bounds func(was float64) float64
	more   bool // more is better
	timed  bool // it depends on the machine
}

var (
	allocations = unit{name: "allocations", bounds: func(was float64) float64 { return was*1.25 + 0.5 }}
	writes      = unit{name: "writes", bounds: func(was float64) float64 { return was*1.5 + 0.2 }}
	wire        = unit{name: "bytes on the wire", bounds: func(was float64) float64 { return was*1.01 + 2 }}
	steps       = unit{name: "steps", bounds: func(was float64) float64 { return was*1.05 + 0.01 }}
	slower      = unit{name: "times as long as by hand", bounds: func(was float64) float64 { return was * 3 }, timed: true}
	faster      = unit{name: "times ping-pong's rate", bounds: func(was float64) float64 { return was / 3 }, more: true, timed: true}
)

var units = []unit{allocations, writes, wire, steps, slower, faster}

// readings are what was measured, by a name that ends in that of its unit.
type readings map[string]float64

func (r readings) add(what string, u unit, got float64) {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(got, 'g', 3, 64), 64) // for people who read the file
	r[what+": "+u.name] = rounded
}

// best keeps of each reading the better one: what else the machine does makes them worse and never better.
func (r readings) best(s readings) {
	for name, got := range s {
		was, ok := r[name]
		if u := unitOf(name); !ok || (got > was) == u.more {
			r[name] = got
		}
	}
}

func unitOf(name string) unit {
	for _, u := range units {
		if strings.HasSuffix(name, ": "+u.name) {
			return u
		}
	}
	panic("no unit: " + name)
}

// worse says which readings are over their bounds.
func (r readings) worse(recorded readings) (faults []string) {
	for name, was := range recorded {
		u := unitOf(name)
		got, ok := r[name]
		if !ok && (u.name == writes.name || u.name == wire.name) {
			continue // this system does not count them
		}
		if bound := u.bounds(was); !ok || (got != bound && (got > bound) != u.more) {
			faults = append(faults, fmt.Sprintf("%s: %.3g, recorded are %.3g, the bound is %.3g", name, got, was, bound))
		}
	}
	return faults
}

func TestGuard(t *testing.T) {
	if withRace {
		t.Skip("the race detector allocates, and empties pools")
	}
	if *record {
		writeGuard(t, usual(t))
		return
	}
	data, err := os.ReadFile(guardFile)
	require.NoError(t, err)
	var recorded readings
	require.NoError(t, json.Unmarshal(data, &recorded))
	got := measured(t)
	for range 4 { // a machine with other work gets more tries
		if len(got.worse(recorded)) == 0 {
			break
		}
		got.best(measured(t))
	}
	assert.Empty(t, got.worse(recorded), "worse than recorded; if that is meant, record it as guard_test.go says")
	for name, was := range recorded {
		if u := unitOf(name); !u.timed && got[name] < 0.8*was {
			t.Logf("better than recorded: %s: %.3g, recorded are %.3g", name, got[name], was)
		}
	}
}

// measured returns what one round shows.
func measured(t *testing.T) readings {
	r := make(readings)
	guardFraming(t, r)
	guardCalls(t, r)
	return r
}

// usual returns the medians of a few rounds.
func usual(t *testing.T) readings {
	all := make(map[string][]float64)
	for range 5 {
		for name, got := range measured(t) {
			all[name] = append(all[name], got)
		}
	}
	medians := make(readings)
	for name, of := range all {
		slices.Sort(of)
		medians[name] = of[len(of)/2]
	}
	return medians
}

func writeGuard(t *testing.T, r readings) {
	data, err := json.MarshalIndent(r, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(guardFile, append(data, '\n'), 0o644))
}

func guardFraming(t *testing.T, r readings) {
	cells, err := framing.Run(framing.Plan{Rounds: 11, Turn: 200 * time.Microsecond})
	require.NoError(t, err)
	for _, c := range cells {
		if !strings.HasPrefix(c.Way, "demarc") {
			continue
		}
		what := fmt.Sprintf("%s, %s, payload %d, piece %d", c.Way, c.Work, c.Payload, c.Piece)
		r.add(what, allocations, c.Allocs)
		r.add(what, steps, c.Steps)
		r.add(what, slower, c.Floor)
	}
}

// guardCalls measures ours beside ping-pong, with one in flight on each connection.
func guardCalls(t *testing.T, r readings) {
	names := []string{"ping-pong", "demarc", "demarc inline", "demarc raw"}
	var ways []calls.Way
	for _, name := range names {
		w, ok := calls.Named(name)
		require.True(t, ok)
		ways = append(ways, w)
	}
	for _, load := range []calls.Load{
		{Callers: 1, Conns: 1, Payload: 16, Processes: 1},
		{Callers: 64, Conns: 1, Payload: 16, Processes: 1},
		{Callers: 64, Conns: 8, Payload: 16, Processes: 1},
		{Callers: 16, Conns: 1, Payload: 64 << 10, Processes: 1},
	} {
		samples, err := calls.Closed(ways, load, calls.Plan{Rounds: 3, Turn: 40 * time.Millisecond})
		require.NoError(t, err)
		for _, name := range names[1:] {
			what := fmt.Sprintf("%s, callers %d, connections %d, payload %d", name, load.Callers, load.Conns, load.Payload)
			s := samples[name]
			r.add(what, allocations, s.Allocs)
			r.add(what, faster, s.Rate/samples["ping-pong"].Rate)
			if samples["ping-pong"].Wire > 0 { // as Linux counts it
				r.add(what, writes, s.Writes)
				r.add(what, wire, s.Wire)
			}
		}
	}
}
