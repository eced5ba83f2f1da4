package fuzz_test

import (
	"bytes"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func TestPlanFrom(t *testing.T) {
	both := []fuzz.Step{fuzz.Timeout, fuzz.EOF}
	tests := []struct {
		name   string
		data   []byte
		faults []fuzz.Step
		want   fuzz.Plan
	}{
		{"nothing", nil, both, nil},
		{"numbers", []byte{3, 0, 4, 0x7f}, both, fuzz.Plan{3, 0, 4, 127}},
		{"large numbers", []byte{0x80, 0x81, 0x87, 0xbf}, both, fuzz.Plan{128, 256, 16384, 16384}},
		{"faults", []byte{0xc0, 0xc1, 0xc2}, both, fuzz.Plan{fuzz.Timeout, fuzz.EOF, fuzz.Timeout}},
		{"faults with bytes", []byte{3, 0xe0, 4, 0xe1}, both, fuzz.Plan{3 + fuzz.Timeout, 4 + fuzz.EOF}},
		{"nothing to go with", []byte{0xe0, 0xe0, 0, 0xe0}, both, fuzz.Plan{fuzz.Timeout, fuzz.Timeout, 0, fuzz.Timeout}},
		{"one fault for a number", []byte{3, 0xe0, 0xe0}, both, fuzz.Plan{3 + fuzz.Timeout, fuzz.Timeout}},
		{"no faults to choose from", []byte{0xc0, 0xfe}, nil, fuzz.Plan{192, 254}},
		{"repeat", []byte{3, 0, 0xff, 4}, both, fuzz.Plan{3, 0, fuzz.Repeat}},
		{"nothing to repeat", []byte{0, 0xc0, 0xff, 4}, both, fuzz.Plan{0, fuzz.Timeout}},
		{"eight reads of nothing", make([]byte, 99), nil, make(fuzz.Plan, 8)},
		{"and again", append(make([]byte, 99), 1, 0), nil, append(make(fuzz.Plan, 8), 1, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, fuzz.PlanFrom(tt.data, tt.faults...))
		})
	}
}

func TestPlanFromWorksWithAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		stream := rapid.SliceOf(rapid.Byte()).Draw(t, "stream")
		plan := fuzz.PlanFrom(data, fuzz.Timeout, fuzz.Transient)
		got, err := readAll(fuzz.NewReader(bytes.NewReader(stream), plan), 16)
		require.NoError(t, err)
		assert.Equal(t, string(stream), string(got))

		plan = fuzz.PlanFrom(data, fuzz.EOF, fuzz.Reset)
		got, _ = readAll(fuzz.NewReader(bytes.NewReader(stream), plan), 16)
		assert.True(t, bytes.HasPrefix(stream, got))
		assert.Equal(t, string(got), string(bytes.Join(plan.Pieces(stream), nil)))
	})
}

func TestOnlyFaultsAreFaults(t *testing.T) {
	for step, name := range map[fuzz.Step]string{
		0: "0", 3: "3", 3 + fuzz.Timeout: "3 + fuzz.Timeout", fuzz.Half: "fuzz.Half", fuzz.Rest: "fuzz.Rest",
	} {
		want := "fuzz: " + name + " is no fault"
		assert.PanicsWithValue(t, want, func() { fuzz.PlanFrom(nil, fuzz.EOF, step) })
		assert.PanicsWithValue(t, want, func() { fuzz.Plans(fuzz.EOF, step) })
	}
}

// longestIdle returns how many steps 0 follow each other in plan at most.
func longestIdle(plan fuzz.Plan) int {
	longest, idle := 0, 0
	for _, step := range plan {
		if idle++; step != 0 {
			idle = 0
		}
		longest = max(longest, idle)
	}
	return longest
}

// manyDraws calls f with so many values of g that what g draws at times is
// among them.
func manyDraws[V any](t *testing.T, g *rapid.Generator[V], f func(t *rapid.T, v V)) {
	rapid.Check(t, func(t *rapid.T) {
		for _, v := range rapid.SliceOfN(g, 50, 50).Draw(t, "values") {
			f(t, v)
		}
	})
}

func TestPlansVary(t *testing.T) {
	seen := map[string]bool{}
	manyDraws(t, fuzz.Plans(fuzz.Timeout, fuzz.Reset), func(t *rapid.T, plan fuzz.Plan) {
		assert.LessOrEqual(t, longestIdle(plan), 8)
		for _, step := range plan {
			_, fault, joined := strings.Cut(step.String(), " + ")
			seen[fault] = true
			seen["alone"] = seen["alone"] || !joined && step >= fuzz.Timeout
			seen["nothing"] = seen["nothing"] || step == 0
			seen["large"] = seen["large"] || step > 1000 && step < fuzz.Rest
		}
		seen["nil"] = seen["nil"] || plan == nil
		seen["repeat"] = seen["repeat"] || slices.Contains(plan, fuzz.Repeat)
	})
	for _, kind := range []string{"fuzz.Timeout", "fuzz.Reset", "alone", "nothing", "large", "nil", "repeat"} {
		assert.True(t, seen[kind], kind)
	}
}

func TestPlansWithoutFaultsHaveNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, step := range fuzz.Plans().Draw(t, "plan") {
			assert.True(t, step == fuzz.Repeat || step >= 0 && step < fuzz.Rest, "%v", step)
		}
	})
}

// A failing is a testing.T whose failure is expected.
type failing struct {
	*testing.T
	failed bool
}

func (f *failing) Errorf(string, ...any) { f.failed = true }
func (f *failing) Fail()                 { f.failed = true }
func (f *failing) FailNow()              { f.failed = true }
func (f *failing) Failed() bool          { return f.failed }
func (f *failing) Logf(string, ...any)   {}

// setFlag sets a flag of the test binary and returns how to set it back.
func setFlag(t *testing.T, name, value string) (restore func()) {
	old := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	return func() { require.NoError(t, flag.Set(name, old)) }
}

// smallest returns the smallest value that rapid finds for which bad is true.
func smallest[T any](t *testing.T, values *rapid.Generator[T], bad func(T) bool) (found T) {
	defer setFlag(t, "rapid.nofailfile", "true")()
	defer setFlag(t, "rapid.checks", "5000")()
	defer setFlag(t, "rapid.seed", "1")() // how small it gets depends on where it begins, a little
	f := &failing{T: t}
	rapid.Check(f, func(t *rapid.T) {
		value := values.Draw(t, "value")
		if bad(value) {
			found = value
			t.Fatalf("bad")
		}
	})
	require.True(t, f.failed, "nothing was bad")
	return found
}

// shrunk returns the smallest plan for which bad is true.
func shrunk(t *testing.T, bad func(fuzz.Plan) bool, faults ...fuzz.Step) fuzz.Plan {
	return smallest(t, fuzz.Plans(faults...), bad)
}

func TestPlansShrink(t *testing.T) {
	has := func(steps ...fuzz.Step) func(fuzz.Plan) bool {
		return func(plan fuzz.Plan) bool {
			return !slices.ContainsFunc(steps, func(s fuzz.Step) bool { return !slices.Contains(plan, s) })
		}
	}
	stream := make([]byte, 40)
	cutAt20 := func(plan fuzz.Plan) bool {
		offset := 0
		for _, piece := range plan.Pieces(stream) {
			if offset += len(piece); offset == 20 {
				return true
			}
		}
		return false
	}
	assert.Nil(t, shrunk(t, func(fuzz.Plan) bool { return true }))
	assert.Equal(t, fuzz.Plan{0}, shrunk(t, has(0)))
	assert.Equal(t, fuzz.Plan{fuzz.Timeout}, shrunk(t, has(fuzz.Timeout), fuzz.Timeout, fuzz.EOF))
	assert.Equal(t, fuzz.Plan{1, fuzz.Repeat}, shrunk(t, has(fuzz.Repeat)))
	assert.LessOrEqual(t, len(shrunk(t, cutAt20)), 2)
}

func TestStreamsShrink(t *testing.T) {
	streams := fuzz.Streams(frame.Varint{}.AppendFrame, 200)
	two := smallest(t, streams, func(s fuzz.Stream) bool { return len(s.Frames) == 2 })
	assert.Equal(t, "\x00\x00", string(two.Wire))
	long := smallest(t, streams, func(s fuzz.Stream) bool { return len(s.Wire) > 4 && len(s.Wire) != 2*len(s.Frames) })
	assert.LessOrEqual(t, len(long.Frames), 4)
	assert.Len(t, long.Wire, 5)
	assert.Len(t, smallest(t, fuzz.Payloads(200), func(p []byte) bool { return len(p) > 3 }), 4)
}

func TestPayloads(t *testing.T) {
	tests := []struct {
		limit int
		sizes []int // some that are drawn
	}{
		{-1, []int{0}},
		{0, []int{0}},
		{1, []int{0, 1}},
		{2, []int{0, 1, 2}},
		{128, []int{0, 1, 127, 128}},
		{300, []int{0, 127, 128, 255, 256, 299, 300}},
		{20_000, []int{0, 127, 128, 16_383, 16_384, 19_999, 20_000}},
	}
	for _, tt := range tests {
		seen := map[int]bool{}
		manyDraws(t, fuzz.Payloads(tt.limit), func(t *rapid.T, payload []byte) {
			require.LessOrEqual(t, len(payload), max(tt.limit, 0))
			seen[len(payload)] = true
		})
		for _, size := range tt.sizes {
			assert.True(t, seen[size], "limit %d: never of %d bytes", tt.limit, size)
		}
	}
}

func TestPayloadsHoldEveryMark(t *testing.T) {
	var seen [256]bool
	manyDraws(t, fuzz.Payloads(200), func(_ *rapid.T, payload []byte) {
		for _, c := range payload {
			seen[c] = true
		}
	})
	for _, c := range []byte("\n\r\x00\xc0\xdb\xdc\xdd\x80\x7f\xff:,0") {
		assert.True(t, seen[c], "%q", c)
	}
}
