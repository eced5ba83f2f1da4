package main

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const source = `package sample

import "errors"

type size int

func larger(a, b size) (size, error) {
	if a > b && b >= 0 {
		a++
		return a - 2, nil
	}
	if a%2 == 0 {
		panic("even")
	}
	s := "a" + "b"
	s += "%d"
	return b, errors.New(s)
}
`

func sample(t *testing.T) *pkg {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module sample\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sample.go"), []byte(source), 0o600))
	p, err := load(dir)
	require.NoError(t, err)
	return p
}

func TestChoose(t *testing.T) {
	p := sample(t)
	seen := map[string]bool{}
	for seed := range uint64(50) {
		mutants := p.choose(100, seed)
		assert.Equal(t, mutants, p.choose(100, seed))
		for _, m := range mutants {
			seen[m.String()] = true
		}
		text, err := format.Source(mutated(filepath.Join(p.dir, "sample.go"), []byte(source), mutants))
		require.NoError(t, err, "%s", text)
	}
	for _, want := range []string{
		"sample.go:8: a > b  ──▶  a >= b", "sample.go:8: a > b  ──▶  a < b", "sample.go:8: a > b && b >= 0  ──▶  !(a > b && b >= 0)",
		"sample.go:8: a > b && b >= 0  ──▶  a > b || b >= 0", "sample.go:8: b >= 0  ──▶  b >= (0 + 1)", "sample.go:9: a++  ──▶  nothing",
		"sample.go:10: a - 2  ──▶  a + 2", "sample.go:10: a - 2  ──▶  a - (2 + 1)", "sample.go:12: a%2  ──▶  a / 2",
		`sample.go:16: s += "%d"  ──▶  nothing`,
	} {
		assert.True(t, seen[want], "%s is not among %v", want, seen)
	}
	for got := range seen {
		assert.NotContains(t, got, "panic")
		assert.NotContains(t, got, `"a"`)
	}
}

// The code with all mutants is compiled, and does what it did while none of them is alive.
func TestSurvivors(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module of its own")
	}
	p := sample(t)
	test := `package sample

import (
	"flag"
	"testing"
)

func init() { flag.Bool("rapid.nofailfile", false, ""); flag.Uint64("rapid.seed", 0, "") }

func TestLarger(t *testing.T) {
	if n, err := larger(3, 1); n != 2 || err != nil {
		t.Fatal(n, err)
	}
}
`
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "sample_test.go"), []byte(test), 0o600))
	living, err := survivors(p.dir)
	require.NoError(t, err)
	assert.Positive(t, living, "nothing is tested behind the first if")
	assert.Less(t, living, len(p.choose(100, 1)))
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "sample_test.go"), []byte(strings.ReplaceAll(test, "n != 2", "n == 2")), 0o600))
	_, err = survivors(p.dir)
	assert.ErrorContains(t, err, "fail without a mutant")
}
