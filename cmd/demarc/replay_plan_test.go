package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReplay(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		stdin  string
		stdout string
		code   int
	}{{
		name: "timeout inside a frame",
		args: []string{"replay", "-framing", "varint", "-plan", "2, Timeout, Rest", "-stream", "0268 69"},
		stdout: `read        2  0268
read        0  -  and i/o timeout
error          i/o timeout; the next call goes on
read        1  69
frame       2  "hi"
read        0  -  and EOF
end            between two frames
`,
	}, {
		name:  "cut off, from the standard input",
		args:  []string{"replay", "-framing", "varint", "-plan", "2 + EOF"},
		stdin: "\x02hi",
		stdout: `read        2  0268  and EOF
end            frame at byte 0: cut off in the payload: 2 bytes arrived, at least 1 missing: unexpected EOF
`,
		code: 3,
	}, {
		name: "a frame that is passed over",
		args: []string{"replay", "-framing", "varint", "-max", "1", "-skip", "-stream", "026869 01ff"},
		stdout: `read        5  02686901ff
skip           frame at byte 0: payload of 2 bytes is over the limit of 1
frame       1  ff
read        0  -  and EOF
end            between two frames
`,
	}, {
		name: "reset",
		args: []string{"replay", "-framing", "varint", "-plan", "fuzz.Plan{fuzz.Reset}", "-stream", "00"},
		stdout: `read        0  -  and connection reset by peer
end            connection reset by peer
`,
		code: 6,
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := demarc(strings.NewReader(test.stdin), test.args...)
			assert.Equal(t, result{stdout: test.stdout, code: test.code}, got)
		})
	}
}

// A plan that gives nothing for ever is given up.
func TestReplayEnds(t *testing.T) {
	got := demarc(strings.NewReader(""), "replay", "-framing", "varint", "-plan", "Timeout, Repeat", "-stream", "00")
	assert.Equal(t, 6, got.code)
	assert.True(t, strings.HasSuffix(got.stdout, "\nend            i/o timeout\n"))
}

func TestReplayRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"replay -framing varint -plan 3,Nap -stream 00": "demarc: -plan: \"Nap\" is no step of a plan\n",
		"replay -framing varint -stream 0":              "demarc: not hex: -stream: odd length hex string\n",
	} {
		got := demarc(strings.NewReader(""), words(args)...)
		assert.NotZero(t, got.code)
		assert.Empty(t, got.stdout)
		assert.Equal(t, want, got.stderr)
	}
}
