// Bench measures Demarc beside other libraries that do the same, in one run in which the ways take turns. README.md says how to read
// what it prints.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/report"
)

// Where the page about performance and its figures are, seen from here.
const (
	page    = "../../docs/performance.md"
	figures = "../../docs/performance"
)

type options struct {
	short  bool
	update bool
	only   string
	from   string
	out    string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == calls.ServeFlag {
		check(calls.ServeProcess(os.Args[2], os.Stdin, os.Stdout))
		return
	}
	var o options
	flag.BoolVar(&o.short, "short", false, "measure for one minute in the place of eight; the figures say less")
	flag.StringVar(&o.only, "only", "", "measure only these parts, such as framing,calls")
	flag.StringVar(&o.out, "out", "", "write JSON, CSV and plots to this folder")
	flag.StringVar(&o.from, "from", "", "measure nothing, but show the results in this folder")
	flag.BoolVar(&o.update, "update", false, "write all to docs/performance, and the tables into docs/performance.md")
	flag.Parse()
	check(run(o))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	r, err := results(o)
	if err != nil {
		return err
	}
	fmt.Print(r.Text())
	if o.out != "" {
		if err := write(r, o.out); err != nil {
			return err
		}
	}
	if o.update {
		if err := write(r, figures); err != nil {
			return err
		}
		return r.UpdatePage(page)
	}
	return nil
}

func write(r *report.Results, dir string) error {
	if err := r.Save(dir); err != nil {
		return err
	}
	return r.Plot(dir)
}

func results(o options) (*report.Results, error) {
	if o.from != "" {
		return report.Load(o.from)
	}
	r := &report.Results{Short: o.short, Machine: machine()}
	p := long
	if o.short {
		p = short
	}
	for _, part := range parts {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), part.name) {
			continue
		}
		begin := time.Now()
		if err := part.measure(p, r); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", part.name, time.Since(begin).Seconds())
	}
	return r, nil
}

// machine says what is measured on.
func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d processors%s%s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor(),
		otherWork())
}

// otherWork says how busy the machine is with other things before anything is measured, where Linux tells.
func otherWork() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	load, _, _ := strings.Cut(string(data), " ")
	return ", load " + load + " before the run"
}

// processor returns the name of the processor, where Linux tells.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return " of an " + strings.TrimSpace(value)
		}
	}
	return ""
}
