package exercise

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGuess(t *testing.T) {
	if _, err := Guess([]byte("hello\n")); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in Guess")
	}
	tests := []struct {
		name, recording string
		want            string
		err             error
	}{
		{"a chat", "hello\nhow are you?\n\nfine\n", "lines", nil},
		{"one line of a chat", "hello\n", "lines", nil},
		{"small binary messages", "\x05hello\x00\x05world", "varint", nil},
		{"a large binary message", "\xac\x02" + strings.Repeat("\xff", 300), "varint", nil},
		{"lengths of four bytes", "\x00\x00\x00\x05hello\x00\x00\x00\x02\xff\xfe", "fixed", nil},
		{"numbers as text", "5:hello,0:,5:world,", "netstring", nil},
		{"a line in a netstring", "6:hello\n,", "netstring", nil},
		{"a netstring on a line", "5:hello,\n", "lines", nil},
		{"cut off", "\x05hel", "", ErrUnknown},
		{"nothing", "", "", ErrUnknown},
		{"one message either way", "\x04abc\n", "", ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Guess([]byte(tt.recording))
			assert.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, got)
		})
	}
}
