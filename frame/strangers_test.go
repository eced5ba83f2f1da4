package frame_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func TestLooksLike(t *testing.T) {
	tests := map[string][]string{
		"HTTP": {
			"GET / HTTP/1.1\r\n", "POST /x HTTP/1.0", "PUT /", "HEAD /", "DELETE /", "OPTIONS *", "PATCH /", "CONNECT a:1",
			"HTTP/1.1 400 Bad Request",
		},
		"HTTP/2": {"PRI * HTTP/2.0\r\n"},
		"TLS":    {"\x16\x03\x01\x02\x00\x01", "\x16\x03\x03", "\x15\x03\x01\x00\x02\x02\x28"},
		"SSH":    {"SSH-2.0-OpenSSH_9.7\r"},
		"text":   {"hello", "EHLO mail.example\r\n", "{\"a\":\t1}", " ~~ "},
		"":       {"", "hi", "\x00\x00\x00\x05hello", "\x16\x04", "\x05hello", "caf\xc3\xa9", "GET", "\x80\x81\x82\x83"},
	}
	for want, firsts := range tests {
		for _, first := range firsts {
			assert.Equal(t, want, frame.LooksLike([]byte(first)), "%q", first)
		}
	}
}

// Row 26 of the attacks: "G" is the length 71, and a TLS record begins with the length 22.
func TestRow26StrangerIsNamedInTheError(t *testing.T) {
	tests := []struct {
		name, stream string
		max          int
	}{
		{"HTTP", "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 64},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", 0}, // cut off, as it is shorter than 71 bytes
		{"TLS", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 16},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x28", 0},
		{"SSH", "SSH-2.0-OpenSSH_9.7\r\n", 64},
		{"text", "hello, is anybody there?\r\n", 64},
	}
	for _, test := range tests {
		frames, err := readAll(settings{max: test.max}.reader(strings.NewReader(test.stream), frame.Varint{}))
		require.Error(t, err)
		assert.Empty(t, frames)
		assert.Contains(t, err.Error(), "look like "+test.name)
	}
}

// Row 26 of the attacks: noise ends in an error or in frames, the same ones however it is split, and takes no memory that it has
// not paid for.
func TestRow26Noise(t *testing.T) {
	noise := make([]byte, 1<<20)
	if raceEnabled {
		noise = noise[:64<<10]
	}
	rand.NewChaCha8([32]byte{26}).Read(noise)
	eachFraming(t, func(t *testing.T, r row) {
		s := settings{max: 4 << 10}
		want := s.read(r.framing, noise, nil)
		assert.True(t, slices.ContainsFunc(classes, func(c errorClass) bool { return c.name == want.End }), want.End)
		assert.Equal(t, want, s.read(r.framing, noise, fuzz.Plan{1448, fuzz.Repeat}))

		reader := s.reader(bytes.NewReader(noise), r.framing)
		for _, err := range reader.Frames() {
			require.LessOrEqual(t, reader.Held(), 64<<10)
			if err != nil {
				break
			}
		}
	})
}
