package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// vectorsCmd is "demarc vectors".
type vectorsCmd struct {
	Verbose bool     `short:"v" help:"Name the skipped cases too, and why."`
	JSON    bool     `name:"json" help:"Print a JSON object for each case, and one with the sums."`
	Files   []string `arg:"" name:"file" help:"JSON arrays of cases; - is the standard input."`
}

// Help is shown by kong.
func (vectorsCmd) Help() string {
	return `A case is a stream in hex, a framing with its settings, and the frames and the first error that must come out. It is
replayed as given, in one piece, byte by byte, and at every split into two pieces, and has to give the same each time. Cases
for a framing or a setting that is not built are skipped.`
}

// Run replays the cases of all files.
func (c *vectorsCmd) Run(_ *kong.Context, s *streams) error {
	out := &output{dst: s.out}
	t := tally{cmd: c, out: out}
	for _, name := range c.Files {
		if err := t.file(name, s); err != nil {
			return err
		}
	}
	if err := t.sum(); err != nil {
		return err
	}
	if t.Failed > 0 {
		return told{errFailed}
	}
	return nil
}

// tally replays cases, prints what it finds, and counts.
type tally struct {
	cmd     *vectorsCmd
	out     *output
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

func (t *tally) file(name string, s *streams) error {
	src, err := s.open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	cases, err := readCases(src)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := range cases {
		if err := t.replay(&cases[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tally) replay(c *testCase) error {
	how, err := c.setup()
	if err != nil {
		t.Skipped++
		return t.skipped(c, err)
	}
	if f := c.run(how); f != nil {
		t.Failed++
		return t.failed(c, f)
	}
	t.Passed++
	return t.passed(c)
}

// caseRow is what -json prints of a case.
type caseRow struct {
	ID       string   `json:"id"`
	Result   string   `json:"result"`
	Reason   string   `json:"reason,omitempty"`   // skipped: why
	Cut      string   `json:"cut,omitempty"`      // failed: the first split of the bytes at which it did
	Expected *outcome `json:"expected,omitempty"` // failed
	Got      *outcome `json:"got,omitempty"`      // failed
}

func (t *tally) passed(c *testCase) error {
	if !t.cmd.JSON {
		return nil
	}
	return t.row(caseRow{ID: c.ID, Result: "passed"})
}

func (t *tally) skipped(c *testCase, why error) error {
	switch {
	case t.cmd.JSON:
		return t.row(caseRow{ID: c.ID, Result: "skipped", Reason: why.Error()})
	case t.cmd.Verbose:
		return t.out.printf("skipped %s: %s\n", printable(c.ID), printable(why.Error()))
	}
	return nil
}

func (t *tally) failed(c *testCase, f *failure) error {
	want := c.expected()
	if t.cmd.JSON {
		return t.row(caseRow{ID: c.ID, Result: "failed", Cut: f.cut, Expected: &want, Got: &f.got})
	}
	return t.out.printf("failed %s: %s, as at %d of %d cuts in all\n  expected  %v\n  got       %v\n",
		printable(c.ID), f.cut, f.cuts, f.all, want, f.got)
}

func (t *tally) row(row caseRow) error { return t.out.printf("%s\n", jsonLine(row)) }

// String is the last line of what is printed.
func (t *tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.Passed, t.Failed, t.Skipped)
}

func (t *tally) sum() error {
	var err error
	if t.cmd.JSON {
		err = t.out.printf("%s\n", jsonLine(t))
	} else {
		err = t.out.printf("%s\n", t)
	}
	if err != nil {
		return err
	}
	return t.out.flush()
}
