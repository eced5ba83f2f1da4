package fuzz

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAccounted(t *testing.T) {
	failed := errors.New("failed")
	wires := [][]byte{[]byte("abc"), []byte("ax"), []byte("abc")}
	tests := []struct {
		wire string
		errs []error
		want bool
	}{
		{"abcaxabc", []error{nil, nil, nil}, true},
		{"abcaxab", []error{nil, nil, nil}, false},
		{"abcaxab", []error{nil, nil, failed}, true},
		{"abcaxabc", []error{nil, nil, failed}, true},
		{"abcax", []error{nil, nil, failed}, true},
		{"abcabc", []error{nil, failed, nil}, true}, // nothing of the second
		{"abcaabc", []error{nil, failed, nil}, false},
		{"ab", []error{failed, failed, failed}, true},
		{"a", []error{failed, nil, failed}, false},
		{"", []error{failed, failed, failed}, true},
		{"", []error{nil, failed, failed}, false},
		{"abcaxabcx", []error{nil, nil, nil}, false},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, accounted([]byte(test.wire), wires, test.errs), "%s after %v", test.wire, test.errs)
	}
	assert.False(t, accounted([]byte("abc"), [][]byte{nil}, []error{nil}), "written, although it was refused")
}

func TestGoBytes(t *testing.T) {
	run := make([]byte, 60)
	tests := map[string]string{
		"":                               `[]byte("")`,
		"a\x00\xff":                      `[]byte("a\x00\xff")`,
		string(run):                      `bytes.Repeat([]byte("\x00"), 60)`,
		"ab" + string(run) + "c":         `slices.Concat([]byte("ab"), bytes.Repeat([]byte("\x00"), 60), []byte("c"))`,
		string(run[:47]):                 `[]byte("` + repeat(`\x00`, 47) + `")`,
		string(run) + repeat("\xc0", 50): `slices.Concat(bytes.Repeat([]byte("\x00"), 60), bytes.Repeat([]byte("\xc0"), 50))`,
	}
	for bytes, want := range tests {
		assert.Equal(t, want, goBytes([]byte(bytes)))
	}
}

func repeat(s string, n int) (all string) {
	for range n {
		all += s
	}
	return all
}

func TestPlanWithout(t *testing.T) {
	plan := Plan{3, Timeout, 4 + EOF, Half, Rest}
	assert.Equal(t, Plan{1, Timeout, 4 + EOF, Half, Rest}, plan.without(1, 2))
	assert.Equal(t, Plan{2, Timeout, 2 + EOF, Half, Rest}, plan.without(2, 3))
	assert.Equal(t, Plan{3, Timeout, 0 + EOF, Half, Rest}, plan.without(3, 100))
	assert.Equal(t, Plan{3, Timeout, 4 + EOF, Half, Rest}, plan, "it was changed")
}

func TestStuckPlans(t *testing.T) {
	for _, plan := range []Plan{{0, Repeat}, {Timeout, Repeat}, {Stall, 0, Repeat}, {Drop, Repeat, 5}} {
		assert.True(t, plan.stuck(), "%v", plan)
	}
	for _, plan := range []Plan{nil, {0}, {1, Repeat}, {0, Half, Repeat}, {EOF, Repeat}, {Double, Repeat}, {Repeat}} {
		assert.False(t, plan.stuck(), "%v", plan)
	}
}

// All subtests that are documented exist, and the other way round.
func TestEveryFaultHasAName(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range faults {
		assert.False(t, seen[f.name], f.name)
		seen[f.name] = true
		assert.NotEmpty(t, f.oracles, f.name)
	}
	assert.Len(t, faults, 28)
}
