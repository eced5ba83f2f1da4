package fuzz

import (
	"testing"
	"time"
)

// RaceEnabled says that the race detector is on.
const RaceEnabled = raceEnabled

// Findings returns what TestFormat would report with -short, and in how many
// cases.
func Findings(t *testing.T, format Format) (found []Finding, cases int) {
	return sweepAll(t, format, true, time.Minute)
}

// FindingsOf returns what TestFormat would report, and gives a case up that
// takes longer than patience.
func FindingsOf(t *testing.T, format Format, patience time.Duration) (found []Finding, cases int) {
	return sweepAll(t, format, false, patience)
}

func sweepAll(t *testing.T, format Format, quick bool, patience time.Duration) (found []Finding, cases int) {
	if err := format.validate(); err != nil {
		t.Fatal(err)
	}
	s := newSweep(&format, quick)
	s.patience = patience
	for _, fault := range faults {
		found = append(found, s.run(t, fault)...)
	}
	return found, s.cases
}
