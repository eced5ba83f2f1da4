package exercise

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/fuzz"
)

func skipUntilChanged(t *testing.T) {
	if _, err := ReadMessage(strings.NewReader(""), 1); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in ReadMessage")
	}
}

func TestReadMessage(t *testing.T) {
	skipUntilChanged(t)
	tests := []struct {
		name, stream string
		want         string
		err          error
	}{
		{"a message", "\x00\x00\x00\x05hello", "hello", nil},
		{"an empty one", "\x00\x00\x00\x00", "", nil},
		{"as large as allowed", "\x00\x00\x00\x0a0123456789", "0123456789", nil},
		{"one byte more", "\x00\x00\x00\x0b0123456789x", "", ErrTooLarge},
		{"as if it were negative", "\xff\xff\xff\xff", "", ErrTooLarge},
		{"negative on a 32-bit machine", "\x80\x00\x00\x00", "", ErrTooLarge},
		{"the end", "", "", io.EOF},
		{"cut off in the length", "\x00\x00", "", io.ErrUnexpectedEOF},
		{"cut off behind the length", "\x00\x00\x00\x05", "", io.ErrUnexpectedEOF},
		{"cut off in the payload", "\x00\x00\x00\x05hell", "", io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, plan := range []fuzz.Plan{nil, {1, fuzz.Repeat}, {fuzz.Rest + fuzz.EOF}} {
				got, err := ReadMessage(fuzz.NewReader(strings.NewReader(tt.stream), plan), 10)
				assert.Equal(t, tt.err, err, "%v", plan)
				if tt.err == nil {
					assert.Equal(t, tt.want, string(got), "%v", plan)
				}
			}
		})
	}
}

func TestNothingIsReadOfWhatIsTooLarge(t *testing.T) {
	skipUntilChanged(t)
	r := strings.NewReader("\x00\x00\x00\x0bhello world")
	_, err := ReadMessage(r, 10)
	assert.Equal(t, ErrTooLarge, err)
	assert.Equal(t, len("hello world"), r.Len())
}

func TestMemoryFollowsTheBytes(t *testing.T) {
	skipUntilChanged(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadMessage(strings.NewReader("\x10\x00\x00\x00ten bytes!"), 1<<30)
	runtime.ReadMemStats(&after)
	assert.Equal(t, io.ErrUnexpectedEOF, err)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes of memory for a promise")
}
