package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// result is what a command left behind.
type result struct {
	stdout, stderr string
	code           int
}

// demarc runs a command in this process.
func demarc(stdin io.Reader, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(args, stdin, &stdout, &stderr)
	return result{stdout.String(), stderr.String(), code}
}

// words splits a command line of a test at its blanks.
func words(line string) []string { return strings.Fields(line) }

// commandTest is a command with all that it writes; with stderr "*" any message will do.
type commandTest struct {
	name   string
	args   string
	stdin  string
	stdout string
	stderr string
	code   int
}

func runCommandTests(t *testing.T, tests []commandTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := demarc(strings.NewReader(test.stdin), words(test.args)...)
			slowly := demarc(iotest.OneByteReader(strings.NewReader(test.stdin)), words(test.args)...)
			assert.Equal(t, test.stdout, got.stdout)
			assert.Equal(t, test.code, got.code, "exit code; stderr: %s", got.stderr)
			assert.Equal(t, test.stdout, slowly.stdout, "byte by byte")
			assert.Equal(t, test.code, slowly.code, "exit code, byte by byte")
			if test.stderr == "*" {
				assert.NotEmpty(t, got.stderr)
				return
			}
			assert.Equal(t, test.stderr, got.stderr)
		})
	}
}

var errBroken = errors.New("the disk is gone")

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// TestExitCodes has a row for every exit code, and fails if one is missing.
func TestExitCodes(t *testing.T) {
	badCases := filepath.Join(t.TempDir(), "cases.json")
	require.NoError(t, os.WriteFile(badCases, []byte(`[{"id": "x", "framing": "varint", "eof": true, "chunks": ["0161"],
		"config": {"minimal": true, "max_prefix_bytes": 9}, "frames": ["62"]}]`), 0o600))
	tests := []struct {
		name  string
		args  string
		stdin io.Reader
		code  int
	}{
		{"clean end", "decode -framing varint", strings.NewReader("\x01a"), 0},
		{"empty stream", "decode -framing varint", strings.NewReader(""), 0},
		{"help", "--help", strings.NewReader(""), 0},
		{"help in a wrong command", "decode --help -bits 5", strings.NewReader(""), 0},
		{"a failed case", "vectors " + badCases, strings.NewReader(""), 1},
		{"no command", "", strings.NewReader(""), 2},
		{"unknown flag", "decode -framing varint -colour", strings.NewReader(""), 2},
		{"flag without value", "decode -framing", strings.NewReader(""), 2},
		{"flag of another framing", "encode -framing varint -delim x", strings.NewReader(""), 2},
		{"cut off", "decode -framing varint", strings.NewReader("\x02a"), 3},
		{"too large", "decode -framing varint -max 1", strings.NewReader("\x02ab"), 4},
		{"too large, skipped", "decode -framing varint -max 1 -skip", strings.NewReader("\x02ab\x01a"), 4},
		{"too large to write", "encode -framing varint -max 1", strings.NewReader("ab"), 4},
		{"malformed", "decode -framing varint", strings.NewReader("\x80\x00"), 5},
		{"holds the delimiter", "encode -framing delimiter -delim ,", strings.NewReader("a,b"), 5},
		{"no hex", "encode -framing varint -hex", strings.NewReader("0x00"), 5},
		{"no cases", "vectors -", strings.NewReader("{}"), 5},
		{"no such file", "decode -framing varint no/such/file", strings.NewReader(""), 6},
		{"no such file of cases", "vectors no/such/file", strings.NewReader(""), 6},
		{"source fails", "decode -framing varint", iotest.ErrReader(errBroken), 6},
		{"source fails with a class of ours", "decode -framing varint", iotest.ErrReader(io.ErrUnexpectedEOF), 6},
		{"source fails while writing", "encode -framing varint", iotest.ErrReader(errBroken), 6},
		{"source gives nothing", "decode -framing varint", iotest.ErrReader(nil), 6},
		{"cases fail", "vectors -", iotest.ErrReader(errBroken), 6},
	}
	seen := map[int]bool{}
	for _, test := range tests {
		seen[test.code] = true
		t.Run(test.name, func(t *testing.T) {
			got := demarc(test.stdin, words(test.args)...)
			assert.Equal(t, test.code, got.code, "stderr: %s", got.stderr)
			if test.code != 0 {
				assert.NotEmpty(t, got.stderr+got.stdout, "no word of what was wrong")
			}
		})
	}
	for _, exit := range exits {
		assert.True(t, seen[exit.code], "no row for exit code %d", exit.code)
	}
}

func TestOutputFails(t *testing.T) {
	tests := []struct {
		name, args, stdin string
	}{
		{"decode", "decode -framing varint", "\x01a"},
		{"decode, then malformed", "decode -framing varint", "\x01a\x80\x00"},
		{"decode, many", "decode -framing varint", strings.Repeat("\x01a", 10000)},
		{"encode", "encode -framing varint", "a\n"},
		{"encode, then too large", "encode -framing varint -max 1", "a\naa\n"},
		{"vectors", "vectors testdata/framing.json", ""},
		{"help", "--help", ""},
		{"version", "--version", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			code := run(words(test.args), strings.NewReader(test.stdin), brokenWriter{errBroken}, &stderr)
			assert.Equal(t, 6, code)
			assert.Equal(t, "demarc: the disk is gone\n", stderr.String())
		})
		t.Run(test.name+", the reader has left", func(t *testing.T) {
			var stderr bytes.Buffer
			code := run(words(test.args), strings.NewReader(test.stdin), brokenWriter{io.ErrClosedPipe}, &stderr)
			assert.Equal(t, 6, code)
			assert.Empty(t, stderr.String(), "that is no news")
		})
	}
}
