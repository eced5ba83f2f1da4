// Command mutate asks what the tests of a package are worth: it breaks the package in many small ways, one at a time, and counts
// the mutants that its tests do not notice.
//
//	go run ./internal/mutate -n 100 -seed 1 ./frame ./codec
//
// All mutants of a package are compiled into one test binary, each behind a condition that an environment variable makes true, so
// that trying one costs no build. The same seed gives the same mutants, as long as the package is the same. The tests run with
// -short first, and those that live are tried with all tests.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

var (
	count   = flag.Int("n", 100, "how many mutants of each package")
	seed    = flag.Uint64("seed", 1, "which ones")
	only    = flag.Int("only", 0, "try only the mutant of this number")
	timeout = flag.Duration("timeout", 2*time.Minute, "how long the tests may take: a mutant that makes them hang is noticed, and named, as a slow machine looks alike")
)

func main() {
	flag.Parse()
	flag.Parse()
	left := 0
	if err := limitMemory(); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	for _, dir := range flag.Args() {
		living, err := survivors(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutate:", err)
			os.Exit(1)
		}
		left += living
	}
	fmt.Printf("%d mutants of all live\n", left)
}

// survivors tries the mutants of the package in dir, and returns how many live.
func survivors(dir string) (living int, err error) {
	p, err := load(dir)
	if err != nil {
		return 0, err
	}
	mutants := p.choose(*count, *seed)
	work, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	binary, err := p.build(work, mutants)
	if err != nil {
		return 0, err
	}
	if out, err := test(binary, p.dir, 0); err != nil {
		return 0, fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", dir, err, out)
	}
	for i, m := range mutants {
		if *only != 0 && *only != i+1 {
			continue
		}
		out, err := test(binary, p.dir, i+1, "-test.short")
		if err == nil {
			out, err = test(binary, p.dir, i+1)
		}
		switch {
		case err == nil:
			living++
			fmt.Printf("lives: %s\n", m)
		case bytes.Contains(out, []byte("panic: test timed out")):
			fmt.Printf("hangs: %s\n", m)
		}
	}
	fmt.Printf("%s: %d mutants, %d live\n", dir, len(mutants), living)
	return living, nil
}

// test runs the tests with a mutant, or with none.
func test(binary, dir string, mutant int, flags ...string) (out []byte, err error) {
	args := append([]string{"-test.failfast", "-test.timeout", timeout.String(), "-rapid.nofailfile", "-rapid.seed=1"}, flags...)
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", variable, mutant))
	return cmd.CombinedOutput()
}

// build compiles the tests of the package with all mutants in it.
func (p *pkg) build(work string, mutants []mutant) (binary string, err error) {
	overlay, err := p.overlay(work, mutants)
	if err != nil {
		return "", err
	}
	binary = filepath.Join(work, "mutants.test")
	cmd := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, ".")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return binary, nil
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s  ──▶  %s", filepath.Base(m.file), m.line, m.was, cmp.Or(m.is, "nothing"))
}
