// Package report shows what was measured: as tables, as files for other programs, as plots, and in docs/performance.md.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/framing"
)

// Results are all that one run has measured.
type Results struct {
	Machine  string         `json:"machine"`
	Short    bool           `json:"short"` // a short run, whose figures say less
	Framing  []framing.Cell `json:"framing"`
	Calls    []Cell         `json:"calls"`     // closed loop
	Open     []Cell         `json:"open"`      // open loop, at half the rate that the way reaches in a closed one
	OpenSame []Cell         `json:"open_same"` // at half the rate of the slowest
	Growth   []Cell         `json:"growth"`    // by powers of two
	Idle     []Idle         `json:"idle"`
	Profile  []Profile      `json:"profile"`
	Lesson   []Cell         `json:"lesson"` // ways to write
}

// Cell is what one way showed under one load.
type Cell struct {
	Way string `json:"way"`
	calls.Load
	calls.Sample
}

// Idle is what an idle connection takes in the server.
type Idle struct {
	Way   string  `json:"way"`
	Conns int     `json:"conns"`
	Bytes float64 `json:"bytes"` // of heap and stack, for each
}

// Profile is where the time of one way goes under one load.
type Profile struct {
	Way string `json:"way"`
	calls.Load
	Shares []calls.Share `json:"shares"`
}

// find returns what a way showed under a load, or nil.
func find(cells []Cell, way string, load calls.Load) *Cell {
	for i, c := range cells {
		if c.Way == way && c.Load == load {
			return &cells[i]
		}
	}
	return nil
}

// Find returns what a way showed in the closed loop under a load, or nil.
func (r *Results) Find(way string, load calls.Load) *Cell { return find(r.Calls, way, load) }

const resultsFile = "results.json"

// Load reads results that Save has written to a folder.
func Load(dir string) (*Results, error) {
	data, err := os.ReadFile(filepath.Join(dir, resultsFile))
	if err != nil {
		return nil, err
	}
	r := new(Results)
	return r, json.Unmarshal(data, r)
}

// Save writes results to a folder, as JSON and as CSV.
func (r *Results) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, resultsFile), append(data, '\n'), 0o644); err != nil {
		return err
	}
	for name, rows := range r.csv() {
		if err := writeCSV(filepath.Join(dir, name+".csv"), rows); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
