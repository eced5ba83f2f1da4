package fuzz_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

func TestPlanString(t *testing.T) {
	tests := []struct {
		plan fuzz.Plan
		want string
	}{
		{nil, "fuzz.Plan{}"},
		{fuzz.Plan{}, "fuzz.Plan{}"},
		{fuzz.Plan{0, 1, 70000}, "fuzz.Plan{0, 1, 70000}"},
		{fuzz.Plan{3 + fuzz.Timeout, fuzz.Transient}, "fuzz.Plan{3 + fuzz.Timeout, fuzz.Transient}"},
		{fuzz.Plan{fuzz.Half, fuzz.Repeat}, "fuzz.Plan{fuzz.Half, fuzz.Repeat}"},
		{fuzz.Plan{fuzz.Rest, fuzz.Rest + fuzz.EOF}, "fuzz.Plan{fuzz.Rest, fuzz.Rest + fuzz.EOF}"},
		{fuzz.Plan{fuzz.Reset, fuzz.EOF}, "fuzz.Plan{fuzz.Reset, fuzz.EOF}"},
		{fuzz.Plan{fuzz.Timeout + fuzz.EOF}, "fuzz.Plan{fuzz.Step(4785074604081152)}"},
		{fuzz.Plan{-7}, "fuzz.Plan{fuzz.Step(-7)}"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, tt.plan.String())
		assert.Equal(t, tt.want, tt.plan.GoString())
	}
}

func TestPlanStringIsTheSamePlanInGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := fuzz.Plans(fuzz.Timeout, fuzz.Transient, fuzz.EOF, fuzz.Reset).Draw(t, "plan")
		plan = append(plan, fuzz.Half, fuzz.Rest, fuzz.Rest+fuzz.Reset)
		expr, err := parser.ParseExpr(plan.String())
		require.NoError(t, err)
		var got fuzz.Plan
		for _, step := range expr.(*ast.CompositeLit).Elts {
			got = append(got, evalStep(t, step))
		}
		assert.Equal(t, plan, got)
	})
}

// evalStep evaluates a step written in Go.
func evalStep(t require.TestingT, expr ast.Expr) fuzz.Step {
	switch e := expr.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 10, 64)
		require.NoError(t, err)
		return fuzz.Step(n)
	case *ast.BinaryExpr:
		require.Equal(t, token.ADD, e.Op)
		return evalStep(t, e.X) + evalStep(t, e.Y)
	case *ast.SelectorExpr:
		step, ok := map[string]fuzz.Step{
			"Rest": fuzz.Rest, "Timeout": fuzz.Timeout, "Transient": fuzz.Transient,
			"EOF": fuzz.EOF, "Reset": fuzz.Reset, "Half": fuzz.Half, "Repeat": fuzz.Repeat,
		}[e.Sel.Name]
		require.True(t, ok, e.Sel.Name)
		return step
	}
	require.Fail(t, "not a step", "%T", expr)
	return 0
}

func TestSplitAt(t *testing.T) {
	tests := []struct {
		name    string
		offsets []int
		want    fuzz.Plan
	}{
		{"none", nil, nil},
		{"one", []int{5}, fuzz.Plan{5}},
		{"two", []int{3, 7}, fuzz.Plan{3, 4}},
		{"unordered", []int{7, 3, 4}, fuzz.Plan{3, 1, 3}},
		{"twice the same", []int{3, 3, 4}, fuzz.Plan{3, 1}},
		{"at the start and before", []int{0, -2, 4}, fuzz.Plan{4}},
		{"all at the start", []int{0, -2}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, fuzz.SplitAt(tt.offsets...))
		})
	}
}

func TestSplitAtLeavesItsArgumentAlone(t *testing.T) {
	offsets := []int{7, 3}
	fuzz.SplitAt(offsets...)
	assert.Equal(t, []int{7, 3}, offsets)
}

func TestPlanPieces(t *testing.T) {
	tests := []struct {
		name string
		plan fuzz.Plan
		want []string
	}{
		{"whole", nil, []string{"abcdefg"}},
		{"split", fuzz.SplitAt(3, 5), []string{"abc", "de", "fg"}},
		{"single bytes", fuzz.Plan{1, fuzz.Repeat}, []string{"a", "b", "c", "d", "e", "f", "g"}},
		{"halves", fuzz.Plan{fuzz.Half, fuzz.Repeat}, []string{"abcd", "ef", "g"}},
		{"empty pieces", fuzz.Plan{0, 3, 0, 0}, []string{"", "abc", "", "", "defg"}},
		{"faults leave no trace", fuzz.Plan{fuzz.Timeout, 2 + fuzz.Transient, 2}, []string{"ab", "cd", "efg"}},
		{"cut off", fuzz.Plan{2, fuzz.EOF, 3}, []string{"ab"}},
		{"cut off with the last byte", fuzz.Plan{2 + fuzz.EOF, 3}, []string{"ab"}},
		{"reset", fuzz.Plan{2, fuzz.Reset, 3}, []string{"ab"}},
		{"cut off at once", fuzz.Plan{fuzz.EOF}, nil},
		{"more than there is", fuzz.Plan{2, 100, 1}, []string{"ab", "cdefg"}},
		{"the rest", fuzz.Plan{2, fuzz.Rest + fuzz.EOF}, []string{"ab", "cdefg"}},
		{"only a repeat", fuzz.Plan{fuzz.Repeat}, []string{"abcdefg"}},
		{"no progress", fuzz.Plan{fuzz.Timeout, fuzz.Repeat}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, piece := range tt.plan.Pieces([]byte("abcdefg")) {
				got = append(got, string(piece))
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestPlanPiecesOfNothing(t *testing.T) {
	for _, plan := range []fuzz.Plan{nil, {0, 3}, {0, fuzz.Repeat}, {fuzz.Rest + fuzz.Timeout, fuzz.Repeat}} {
		assert.Empty(t, plan.Pieces(nil), "%v", plan)
	}
}

func TestPlanPiecesAreSafeToAppendTo(t *testing.T) {
	stream := []byte("abcdef")
	pieces := fuzz.Plan{2, 0, 2}.Pieces(stream)
	for _, piece := range pieces {
		_ = append(piece, "XYZ"...)
	}
	assert.Equal(t, "abcdef", string(stream))
}

func TestImpossibleStepsPanic(t *testing.T) {
	tests := map[string]fuzz.Step{
		"negative":           -7,
		"two errors":         fuzz.Timeout + fuzz.EOF,
		"one error twice":    fuzz.Timeout + fuzz.Timeout,
		"two rests":          fuzz.Rest + fuzz.Rest,
		"more than the rest": fuzz.Rest + 1,
		"half and an error":  fuzz.Half + fuzz.Timeout,
		"far too large":      1 << 62,
	}
	for name, step := range tests {
		t.Run(name, func(t *testing.T) {
			plan := fuzz.Plan{1, step}
			want := "fuzz: step 1 of the plan is impossible: " + step.String()
			assert.PanicsWithValue(t, want, func() { fuzz.NewReader(nil, plan) })
			assert.PanicsWithValue(t, want, func() { plan.Pieces(nil) })
			a, _ := fuzz.Pipe()
			assert.PanicsWithValue(t, want, func() { a.SetReadPlan(plan) })
		})
	}
}
