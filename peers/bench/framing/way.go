// Package framing measures ways to read and write frames in memory, side by side.
package framing

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// A way reads and writes the frames of one program. All but one put the length in front as a varint.
type way struct {
	name, note string
	frame      func(payload []byte) []byte                          // a frame as it is on the wire; nil means varint
	whole      bool                                                 // it needs a source whose reads do not end inside a length
	read       func(src io.Reader) func() (payload []byte, e error) // the payload is valid until the next call
	write      func(dst io.Writer) func(payload []byte) error       // one frame, which has left with the call's return
}

func ways() []way {
	return []way{byHand, views, copies, scanner, readFull, msgIO, msgIOReuse, protoDelim, goFrame}
}

// Cell is what was measured of one way: for each frame, and the median of all turns.
type Cell struct {
	Way     string  `json:"way"`
	Note    string  `json:"note"`
	Work    string  `json:"work"`    // read or write
	Payload int     `json:"payload"` // bytes
	Piece   int     `json:"piece"`   // bytes that one Read of the source gives; 0 for write
	Nanos   float64 `json:"nanos"`
	Allocs  float64 `json:"allocs"`
	Floor   float64 `json:"floor"` // how many times as long as the one by hand
	Steps   float64 `json:"steps"` // Reads of the source, or Writes to the destination
}

// Plan says how long is measured.
type Plan struct {
	Rounds int           // turns of each way
	Turn   time.Duration // how long one is, about
}

var (
	payloads = []int{16, 1 << 10, 64 << 10}
	pieces   = []int{1448, 64 << 10} // a TCP segment, and what a busy socket gives
)

// Run measures all of it.
func Run(plan Plan) ([]Cell, error) {
	var cells []Cell
	for _, payload := range payloads {
		for _, piece := range pieces {
			if err := compare(&cells, plan, reading(payload, piece)); err != nil {
				return nil, err
			}
		}
		if err := compare(&cells, plan, writing(payload)); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// task is what one way has to do again and again.
type task struct {
	cell  Cell
	work  func() error
	steps *int
}

func reading(payload, piece int) (tasks []task) {
	for _, w := range ways() {
		wire := varintFrame(make([]byte, payload))
		if w.frame != nil {
			wire = w.frame(make([]byte, payload))
		}
		src := &cycle{data: bytes.Repeat(wire, max(1, 1<<20/len(wire))), piece: piece}
		if w.whole {
			src.unit = len(wire)
		}
		next := w.read(src)
		tasks = append(tasks, task{Cell{Way: w.name, Note: w.note, Work: "read", Payload: payload, Piece: piece}, func() error {
			got, err := next()
			if err == nil && len(got) != payload {
				err = fmt.Errorf("%s: %d bytes of %d", w.name, len(got), payload)
			}
			return err
		}, &src.reads})
	}
	return tasks
}

func writing(payload int) (tasks []task) {
	p := make([]byte, payload)
	for _, w := range ways() {
		if w.write == nil {
			continue
		}
		dst := new(sink)
		write := w.write(dst)
		cell := Cell{Way: w.name, Note: w.note, Work: "write", Payload: payload}
		tasks = append(tasks, task{cell, func() error { return write(p) }, &dst.writes})
	}
	return tasks
}

// compare lets all tasks take turns.
func compare(cells *[]Cell, plan Plan, tasks []task) error {
	times, counts := make([][]float64, len(tasks)), make([]int, len(tasks))
	for i, t := range tasks {
		n := 1
		for took := time.Duration(0); took < plan.Turn; n *= 2 {
			var err error
			if took, err = repeat(t, n); err != nil {
				return err
			}
		}
		counts[i] = n / 2
	}
	for range plan.Rounds {
		for i, t := range tasks {
			took, err := repeat(t, counts[i])
			if err != nil {
				return err
			}
			times[i] = append(times[i], float64(took.Nanoseconds())/float64(counts[i]))
		}
	}
	for i, t := range tasks {
		cell := t.cell
		cell.Nanos = median(times[i])
		cell.Floor = cell.Nanos / median(times[0])
		var err error
		if cell.Allocs, cell.Steps, err = counted(t, max(counts[i]/4, 1)); err != nil {
			return err
		}
		*cells = append(*cells, cell)
	}
	return nil
}

func repeat(t task, n int) (time.Duration, error) {
	begin := time.Now()
	for range n {
		if err := t.work(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// counted returns the allocations and the steps for each frame.
func counted(t task, n int) (allocs, steps float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stepped := *t.steps
	_, err = repeat(t, n)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(*t.steps-stepped) / float64(n), err
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

func varintFrame(payload []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(payload))), payload...)
}

// cycle gives the same bytes for ever, piece by piece.
type cycle struct {
	data      []byte
	piece, at int
	unit      int // of which it gives whole ones, if they are smaller than a piece
	reads     int
}

func (c *cycle) Read(p []byte) (int, error) {
	c.reads++
	if c.at == len(c.data) {
		c.at = 0
	}
	n := min(len(p), c.piece)
	if c.unit > 0 {
		if rest := c.unit - c.at%c.unit; n > rest {
			n = rest + (n-rest)/c.unit*c.unit
		}
	}
	n = copy(p[:n], c.data[c.at:])
	c.at += n
	return n, nil
}

// sink takes what is written.
type sink struct{ writes int }

func (s *sink) Write(p []byte) (int, error) {
	s.writes++
	return len(p), nil
}
