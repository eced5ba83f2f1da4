package fuzz

import (
	"fmt"
	"strings"
	"time"
)

// An AttackReport says how a server bore attacks. Its String is a table, and it
// is made for encoding/json too.
type AttackReport struct {
	Results []AttackResult `json:"results"`
}

// An AttackResult says how a server bore one attack.
type AttackResult struct {
	Attack      string        `json:"attack"`
	About       string        `json:"about"`
	Survived    bool          `json:"survived"`        // it served, or could be connected to, afterwards
	Conns       int           `json:"conns"`           // how many connections were tried
	Refused     int           `json:"refused"`         // those that were not made
	Closed      int           `json:"closed"`          // those on which the server hung up by itself
	ClosedAfter time.Duration `json:"closed_after_ns"` // when it hung up on the last of them
	Sent        int64         `json:"sent_bytes"`      // what it took from the attackers
	Memory      int64         `json:"memory_bytes"`    // what it held more than before, at most; -1 if nobody knows
	Latency     time.Duration `json:"latency_ns"`      // the longest that a neighbour waited
	Failures    []string      `json:"failures"`        // what is wrong; nil if nothing is
}

// OK reports whether the server bore all attacks.
func (r AttackReport) OK() bool {
	for _, result := range r.Results {
		if !result.OK() {
			return false
		}
	}
	return true
}

// OK reports whether the server bore the attack.
func (r AttackResult) OK() bool { return len(r.Failures) == 0 }

// AttackHead is the first line of a report as text. The Strings of results are
// what stands below it.
const AttackHead = "attack                                            verdict  closed      after      memory     neighbours"

// String returns the report as a table, with what is wrong below each line.
func (r AttackReport) String() string {
	lines := []string{AttackHead}
	for _, result := range r.Results {
		lines = append(lines, result.String())
	}
	return strings.Join(lines, "\n")
}

// String returns a line of the table, and what is wrong below it.
func (r AttackResult) String() string {
	verdict, after, memory := "ok", "-", "-"
	if !r.OK() {
		verdict = "FAILED"
	}
	if r.Closed > 0 {
		after = short(r.ClosedAfter)
	}
	if r.Memory >= 0 {
		memory = fmt.Sprintf("%d KiB", r.Memory>>10)
	}
	closed := fmt.Sprintf("%d/%d", r.Closed, r.Conns)
	line := fmt.Sprintf("%-48s  %-7s  %-10s  %-9s  %-9s  %s", r.Attack, verdict, closed, after, memory, short(r.Latency))
	return strings.Join(append([]string{line}, r.Failures...), "\n    ")
}

// short returns d to three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
