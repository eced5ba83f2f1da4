package frame_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/frame"
)

func TestSplitFunc(t *testing.T) {
	tests := []struct {
		name    string
		framing frame.Framing
		max     int
		stream  string
		want    outcome
	}{
		{"blanks between", frame.SLIP{}, 0, "a\xc0\xc0\xc0b\xc0", outcome{Frames: []string{"a", "b"}, End: "EOF"}},
		{"blanks at both ends", frame.SLIP{}, 0, "\xc0\xc0a\xc0\xc0", outcome{Frames: []string{"a"}, End: "EOF"}},
		{"blanks alone", frame.COBS{}, 0, "\x00\x00", outcome{End: "EOF"}},
		{"behind a blank cut off", frame.COBS{}, 0, "\x00\x02", outcome{End: "cut off"}},
		{"stuffed", frame.SLIP{}, 2, "\xdb\xdc\xdb\xdd\xc0", outcome{Frames: []string{"\xc0\xdb"}, End: "EOF"}},
		{"empty frames", frame.Varint{}, 0, "\x00\x00", outcome{Frames: []string{"", ""}, End: "EOF"}},
		{"nothing", frame.Varint{}, 0, "", outcome{End: "EOF"}},
		{"cut off", frame.Varint{}, 0, "\x02hi\x02h", outcome{Frames: []string{"hi"}, End: "cut off"}},
		{"tail", frame.Lines{Tail: true}, 0, "hi\nyou", outcome{Frames: []string{"hi", "you"}, End: "EOF"}},
		{"as large as allowed", frame.Varint{}, 2, "\x02hi", outcome{Frames: []string{"hi"}, End: "EOF"}},
		{"too large", frame.Varint{}, 2, "\x02hi\x03you", outcome{Frames: []string{"hi"}, End: "too large"}},
		{"too large behind a blank", frame.SLIP{}, 2, "\xc0\xc0you\xc0", outcome{End: "too large"}},
		{"malformed", frame.SLIP{}, 0, "a\xc0\xdb\xc0b\xc0", outcome{Frames: []string{"a"}, End: "malformed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, scanAll(strings.NewReader(test.stream), frame.SplitFunc(test.framing, test.max)))
			slow := iotest.OneByteReader(strings.NewReader(test.stream))
			assert.Equal(t, test.want, scanAll(slow, frame.SplitFunc(test.framing, test.max)))
		})
	}
}

func ExampleSplitFunc_slip() {
	scanner := bufio.NewScanner(strings.NewReader("hi\xc0\xc0there\xc0"))
	scanner.Split(frame.SplitFunc(frame.SLIP{}, 0))
	for scanner.Scan() {
		fmt.Println(scanner.Text())
	}
	// Output:
	// hi
	// there
}
