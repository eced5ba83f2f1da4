package drive

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newMutator(known ...any) *mutator {
	return &mutator{random: rand.New(rand.NewPCG(1, 2)), known: [][]reflect.Value{values(known...)}}
}

func values(args ...any) (values []reflect.Value) {
	for _, arg := range args {
		values = append(values, reflect.ValueOf(arg))
	}
	return values
}

// Two bytes that have to stand side by side are found, and each kind of argument changes.
func TestMutationsGetSomewhere(t *testing.T) {
	m := newMutator([]byte("a seed"), "text", false, byte(0), int16(0))
	first := values(t, []byte("a seed"), "text", false, byte(0), int16(0))
	changed := make([]bool, len(first))
	found, now := false, first
	for i := range 20_000 {
		if i%depth == 0 {
			now = first
		}
		now = m.mutate(now)
		require.Same(t, t, now[0].Interface())
		for i := range now {
			changed[i] = changed[i] || !reflect.DeepEqual(now[i].Interface(), first[i].Interface())
		}
		found = found || bytes.Contains(now[1].Bytes(), []byte("\x00\xff"))
		require.LessOrEqual(t, now[1].Len(), largest)
	}
	assert.Equal(t, []bool{false, true, true, true, true, true}, changed)
	assert.True(t, found)
	assert.Equal(t, "a seed", string(first[1].Bytes()), "it was changed")
}

func TestMutationsAreTheSameAgain(t *testing.T) {
	draw := func() (all []string) {
		m, now := newMutator([]byte("seed")), values(t, []byte("seed"))
		for range 100 {
			now = m.mutate(now)
			all = append(all, string(now[1].Bytes()))
		}
		return all
	}
	assert.Equal(t, draw(), draw())
}

func TestMutationsOfOtherTypes(t *testing.T) {
	assert.PanicsWithValue(t, "drive: an argument is a float64", func() { newMutator(1.0).value(reflect.ValueOf(1.0), 0) })
}

func TestCorpusFile(t *testing.T) {
	file := corpusFile(values([]byte("a\x00"), byte(7), true, "\"", int16(-1)))
	assert.Equal(t, "go test fuzz v1\n[]byte(\"a\\x00\")\nbyte('\\a')\nbool(true)\nstring(\"\\\"\")\nint16(-1)\n", file)
}

// Every input of the corpus has its share.
func TestShare(t *testing.T) {
	runs := map[bool]int{}
	target := func(t *testing.T, p []byte, known bool) { runs[known]++ }
	d := &driver{target: reflect.ValueOf(target), left: 100, inputs: 3, mutator: mutator{random: rand.New(rand.NewPCG(1, 2))}}
	for range 3 {
		d.share(values(t, []byte("seed"), true))
	}
	assert.Equal(t, 103, runs[true]+runs[false])
	assert.Positive(t, runs[false])
	assert.Zero(t, d.left)
}

// Without the flag the fuzzer's own machinery runs the seeds. The file in testdata is one of them.
func FuzzSeeds(f *testing.F) {
	target := New(f)
	target.Add([]byte("a"), byte(1))
	target.Add([]byte("b"), byte(2))
	runs := 0
	target.Fuzz(func(t *testing.T, p []byte, b byte) { runs++ })
	if flag.Lookup("test.fuzz").Value.String() == "" {
		assert.Equal(f, 2+*executions, runs)
	}
}
