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

// AllFindings returns what TestFormat would report.
func AllFindings(t *testing.T, format Format) (found []Finding, cases int) {
	return sweepAll(t, format, false, time.Minute)
}

// FindingsOnly returns what one fault finds, and gives a case up that takes
// longer than patience.
func FindingsOnly(t *testing.T, format Format, name string, patience time.Duration) (found []Finding, cases int) {
	s, stuck := newSweep(&format, true, patience)
	if stuck != nil {
		return []Finding{*stuck}, 0
	}
	for _, fault := range faults {
		if fault.name == name {
			found = append(found, s.run(t, fault)...)
		}
	}
	return found, s.cases
}

func sweepAll(t *testing.T, format Format, quick bool, patience time.Duration) (found []Finding, cases int) {
	if err := format.validate(); err != nil {
		t.Fatal(err)
	}
	s, stuck := newSweep(&format, quick, patience)
	if stuck != nil {
		return []Finding{*stuck}, s.cases
	}
	for _, fault := range faults {
		found = append(found, s.run(t, fault)...)
	}
	return found, s.cases
}
