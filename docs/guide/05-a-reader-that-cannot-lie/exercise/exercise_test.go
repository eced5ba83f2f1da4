package exercise

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

func skipUntilChanged(t *testing.T) {
	if _, err := NewReader(strings.NewReader("")).Next(); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in Reader")
	}
}

const stream = "\x05hello\x00\x05world\x02\n\x00"

var want = []string{"hello", "", "world", "\n\x00"}

// readAll reads on after timeouts and other errors that do not last.
func readAll(src io.Reader) (messages []string, err error) {
	r := NewReader(src)
	for {
		message, err := r.Next()
		switch {
		case err == nil:
			messages = append(messages, string(message))
		case !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, fuzz.ErrTransient):
			return messages, err
		}
	}
}

func TestATimeoutAnywhereLosesNothing(t *testing.T) {
	skipUntilChanged(t)
	for i := range stream {
		at := fuzz.Step(i)
		for _, plan := range []fuzz.Plan{
			fuzz.SplitAt(i), {at, fuzz.Timeout}, {at, fuzz.Timeout, 1, fuzz.Timeout}, {at + 1 + fuzz.Timeout}, {at, 0, 0, 1, fuzz.Transient},
		} {
			got, err := readAll(fuzz.NewReader(strings.NewReader(stream), plan))
			require.Equal(t, io.EOF, err, "%v", plan)
			require.Equal(t, want, got, "%v", plan)
		}
	}
}

func TestAnyPlan(t *testing.T) {
	skipUntilChanged(t)
	rapid.Check(t, func(t *rapid.T) {
		plan := fuzz.Plans(fuzz.Timeout, fuzz.Transient).Draw(t, "plan")
		got, err := readAll(fuzz.NewReader(strings.NewReader(stream), plan))
		require.Equal(t, io.EOF, err)
		require.Equal(t, want, got)
	})
}

func TestEveryEnd(t *testing.T) {
	skipUntilChanged(t)
	clean := map[int]bool{0: true, 6: true, 7: true, 13: true}
	for end := range stream {
		for _, plan := range []fuzz.Plan{nil, {fuzz.Rest + fuzz.EOF}} {
			_, err := readAll(fuzz.NewReader(strings.NewReader(stream[:end]), plan))
			if clean[end] {
				assert.Equal(t, io.EOF, err, "%d bytes, %v", end, plan)
			} else {
				assert.Equal(t, io.ErrUnexpectedEOF, err, "%d bytes, %v", end, plan)
			}
		}
	}
}

func TestAnErrorThatComesWithBytesIsNotForgotten(t *testing.T) {
	skipUntilChanged(t)
	r := NewReader(fuzz.NewReader(strings.NewReader(stream), fuzz.Plan{8 + fuzz.Transient}))
	for _, message := range want[:2] {
		got, err := r.Next()
		require.NoError(t, err)
		assert.Equal(t, message, string(got))
	}
	_, err := r.Next()
	assert.Equal(t, fuzz.ErrTransient, err)
	got, err := r.Next()
	require.NoError(t, err)
	assert.Equal(t, want[2], string(got))
}

func TestMessagesAreTheCallersOwn(t *testing.T) {
	skipUntilChanged(t)
	r := NewReader(strings.NewReader(stream))
	first, err := r.Next()
	require.NoError(t, err)
	for range 3 {
		_, err = r.Next()
		require.NoError(t, err)
	}
	assert.Equal(t, "hello", string(first))
}

func TestNoProgress(t *testing.T) {
	skipUntilChanged(t)
	plan := append(fuzz.Plan{3}, make(fuzz.Plan, 200)...) // three bytes, and two hundred reads of nothing
	_, err := NewReader(fuzz.NewReader(strings.NewReader(stream), plan)).Next()
	assert.Equal(t, io.ErrNoProgress, err)
}
