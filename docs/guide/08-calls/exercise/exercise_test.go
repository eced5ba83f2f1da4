package exercise

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func skipUntilChanged(t *testing.T) {
	if errors.Is(new(Pending).Answer(1, ""), errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in Pending")
	}
}

// heard returns what is in the channel of a call, without waiting for it.
func heard(answer <-chan string) string {
	select {
	case text, open := <-answer:
		if !open {
			return "closed"
		}
		return text
	default:
		return "nothing"
	}
}

func TestAnswer(t *testing.T) {
	skipUntilChanged(t)
	var p Pending
	first, ada := p.Begin()
	second, grace := p.Begin()
	assert.Equal(t, []uint64{1, 3}, []uint64{first, second})
	assert.Equal(t, 2, p.Len())
	assert.NoError(t, p.Answer(second, "85"))
	assert.NoError(t, p.Answer(first, "36"))
	assert.Equal(t, []string{"36", "closed", "85", "closed"}, []string{heard(ada), heard(ada), heard(grace), heard(grace)})
	assert.Zero(t, p.Len())
}

func TestLateAndNever(t *testing.T) {
	skipUntilChanged(t)
	var p Pending
	assert.Equal(t, ErrNever, p.Answer(1, "before any call"))
	id, answer := p.Begin()
	p.Forget(id)
	p.Forget(id)
	assert.Zero(t, p.Len())
	assert.Equal(t, ErrLate, p.Answer(id, "too late"))
	assert.Equal(t, "nothing", heard(answer))
	for _, never := range []uint64{0, 2, 3, 4, math.MaxUint64, math.MaxUint64 - 1, 1 << 63} {
		assert.Equal(t, ErrNever, p.Answer(never, ""), "id %d", never)
		p.Forget(never)
	}
	id, answer = p.Begin()
	require.NoError(t, p.Answer(id, "once"))
	assert.Equal(t, ErrLate, p.Answer(id, "twice"))
	assert.Equal(t, []string{"once", "closed"}, []string{heard(answer), heard(answer)})
}

func TestFail(t *testing.T) {
	skipUntilChanged(t)
	var p Pending
	id, answer := p.Begin()
	p.Fail()
	p.Fail()
	assert.Equal(t, "closed", heard(answer))
	assert.Equal(t, ErrLate, p.Answer(id, "too late"))
	id, answer = p.Begin()
	assert.Zero(t, id)
	require.NotNil(t, answer)
	assert.Equal(t, "closed", heard(answer))
	assert.Zero(t, p.Len())
}

// Any order of events gives what a simple model says.
func TestAsTheModel(t *testing.T) {
	skipUntilChanged(t)
	rapid.Check(t, func(t *rapid.T) {
		var p Pending
		answers := map[uint64]<-chan string{}
		want := map[uint64]string{}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(t *rapid.T) {
				id, answer := p.Begin()
				require.Equal(t, uint64(2*len(answers)+1), id)
				answers[id], want[id] = answer, "nothing"
			},
			"answer": func(t *rapid.T) {
				id := rapid.Uint64Range(0, uint64(2*len(answers)+2)).Draw(t, "id")
				text := fmt.Sprintf("answer to %d", id)
				state, made := want[id]
				switch err := p.Answer(id, text); {
				case !made:
					assert.Equal(t, ErrNever, err)
				case state != "nothing":
					assert.Equal(t, ErrLate, err)
				default:
					assert.NoError(t, err)
					want[id] = text
				}
			},
			"forget": func(t *rapid.T) {
				id := rapid.Uint64Range(0, uint64(2*len(answers)+2)).Draw(t, "id")
				p.Forget(id)
				if want[id] == "nothing" {
					want[id] = "forgotten"
				}
			},
		})
		for id, answer := range answers {
			if want[id] == "forgotten" {
				want[id] = "nothing"
			}
			assert.Equal(t, want[id], heard(answer), "call %d", id)
		}
	})
}

func TestManyGoroutines(t *testing.T) {
	skipUntilChanged(t)
	var p Pending
	var callers sync.WaitGroup
	ids := make(chan uint64, 1000)
	for range 10 {
		callers.Go(func() {
			for i := range 100 {
				id, answer := p.Begin()
				ids <- id
				if i%10 == 0 {
					p.Forget(id)
					continue
				}
				assert.Equal(t, fmt.Sprint(id), <-answer)
			}
		})
	}
	go func() {
		callers.Wait()
		close(ids)
	}()
	seen := map[uint64]bool{}
	for id := range ids {
		assert.False(t, seen[id], "id %d was used twice", id)
		seen[id] = true
		if err := p.Answer(id, fmt.Sprint(id)); err != nil {
			assert.Equal(t, ErrLate, err)
		}
	}
	assert.Zero(t, p.Len())
}
