package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

// summary returns the last line of the standard output.
func summary(r process.Result) string {
	lines := strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n")
	return lines[len(lines)-1]
}

// replies returns the lines of the standard output that show a reply.
func replies(r process.Result) []string {
	return regexp.MustCompile(`(?m)^ +\d+  ".*"$`).FindAllString(r.Stdout, -1)
}

// run runs the program in this process, with a standard input that holds the given bytes.
func run(t *testing.T, stdin string, args ...string) process.Result {
	t.Helper()
	return start(t, program{stdin: pipe(t, stdin), handler: echo}, args...)
}

// start runs p to its end.
func start(t *testing.T, p program, args ...string) process.Result {
	t.Helper()
	var stdout, stderr strings.Builder
	p.stdout, p.stderr = &stdout, &stderr
	code := p.run(t.Context(), args)
	return process.Result{Code: code, Stdout: stdout.String(), Stderr: stderr.String()}
}

// pipe returns the reading end of a pipe with the given bytes.
func pipe(t *testing.T, stdin string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	go func() {
		io.WriteString(w, stdin)
		w.Close()
	}()
	return r
}

// file returns the name of a file with the given bytes.
func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "lines.txt")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// expected returns the summary line of a run with the built-in text.
func expected(t *testing.T) string {
	t.Helper()
	want, err := os.ReadFile("testdata/summary.txt")
	require.NoError(t, err)
	return strings.TrimSuffix(string(want), "\n")
}

func TestBuiltInText(t *testing.T) {
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	closed := pipe(t, "")
	require.NoError(t, closed.Close())
	inputs := map[string]*os.File{"empty pipe": pipe(t, ""), "null device": null, "closed": closed}
	if zero, err := os.Open("/dev/zero"); err == nil {
		defer zero.Close()
		inputs["device without an end, as a terminal is"] = zero
	}
	for name, stdin := range inputs {
		t.Run(name, func(t *testing.T) {
			got := start(t, program{stdin: stdin, handler: echo})
			assert.Equal(t, exitOK, got.Code)
			assert.Empty(t, got.Stderr)
			assert.Equal(t, expected(t), summary(got))
			assert.Len(t, replies(got), strings.Count(builtIn, "\n"))
		})
	}
}

func TestMistakeComesFirst(t *testing.T) {
	mistake, story, found := strings.Cut(run(t, "").Stdout, "With framing")
	require.True(t, found)
	assert.Contains(t, mistake, `read     "helloworld"`)
	assert.Contains(t, mistake, `read     "\xf0\x9f" and "\x91\x8b"`)
	cure, _, found := strings.Cut(story, "With calls")
	require.True(t, found)
	assert.Contains(t, cure, "read     05 68 65 6c 6c 6f 05 77 6f 72 6c 64\n")
	assert.Contains(t, cure, `frames   "hello" "world"`)
}

func TestEveryRunIsTheSame(t *testing.T) {
	first := run(t, "", "-v")
	for range 20 {
		require.Equal(t, first, run(t, "", "-v"))
	}
}

func TestInput(t *testing.T) {
	tests := []struct {
		name, input string
		want        []string
	}{
		{"one line", "one\n", []string{`     1  "one"`}},
		{"no newline at the end", "one\ntwo", []string{`     1  "one"`, `     2  "two"`}},
		{"both kinds of newline", "one\r\ntwo\n", []string{`     1  "one"`, `     2  "two"`}},
		{"empty lines", "\n\n", []string{`     1  ""`, `     2  ""`}},
		{"control characters", "\x1b[2J\x00", []string{`     1  "\x1b[2J\x00"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fromStdin := run(t, tt.input)
			assert.Equal(t, exitOK, fromStdin.Code, fromStdin.Stderr)
			assert.Equal(t, tt.want, replies(fromStdin))
			assert.Equal(t, fromStdin, run(t, "not read", file(t, tt.input)))
		})
	}
}

func TestLongestLine(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, end := range []string{"", "\n", "\r\n"} {
		in := input{ReadCloser: io.NopCloser(strings.NewReader(long + end))}
		for line, err := range in.lines(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, long, line)
		}
	}
	got := run(t, long)
	assert.Equal(t, exitOK, got.Code, got.Stderr)
	assert.Equal(t, []string{`     1  "` + long + `"`}, replies(got))
}

func TestEmptyFileIsNoLines(t *testing.T) {
	got := run(t, "not read", file(t, ""))
	assert.Equal(t, exitOK, got.Code)
	assert.Regexp(t, `^0 requests, 0 replies, \d+ bytes, \d+ pieces$`, summary(got))
}

func TestBadInput(t *testing.T) {
	tests := []struct {
		name, input string
		want        string
		replies     int
	}{
		{"line too long", "one\n" + strings.Repeat("x", maxLine+1) + "\n", "echo: line 2 is longer than 65536 bytes\n", 1},
		{"never a newline", strings.Repeat("x", 2*maxLine), "echo: line 1 is longer than 65536 bytes\n", 0},
		{"not UTF-8", "one\ntwo\nth\xffree\n", "echo: line 3: transport: invalid_argument: codec: invalid UTF-8", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, "", file(t, tt.input))
			assert.Equal(t, exitFailed, got.Code)
			assert.Contains(t, got.Stderr, tt.want)
			assert.Equal(t, 1, strings.Count(got.Stderr, "\n"), "one line says it")
			assert.Len(t, replies(got), tt.replies)
		})
	}
}

func TestWrongReplies(t *testing.T) {
	tests := []struct {
		name    string
		handler func(context.Context, Line) (Line, error)
		want    string
	}{
		{"text", func(_ context.Context, l Line) (Line, error) { return Line{l.N, l.Text + "!"}, nil },
			"echo: line 1: the reply to \"one\" is line 1, \"one!\"\n"},
		{"number", func(_ context.Context, l Line) (Line, error) { return Line{l.N + 1, l.Text}, nil },
			"echo: line 1: the reply to \"one\" is line 2, \"one\"\n"},
		{"error", func(context.Context, Line) (Line, error) { return Line{}, errors.New("no mood") },
			"echo: line 1: transport: unknown: no mood\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := start(t, program{stdin: pipe(t, "one\ntwo\n"), handler: tt.handler})
			assert.Equal(t, exitFailed, got.Code)
			assert.Equal(t, tt.want, got.Stderr)
			assert.Contains(t, summary(got), "1 requests, 0 replies, ")
		})
	}
}

func TestNoServer(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	got := run(t, "one\n", "-connect", free.Addr().String())
	assert.Equal(t, exitFailed, got.Code)
	assert.Empty(t, got.Stdout)
	assert.Contains(t, got.Stderr, "echo: cannot connect to "+free.Addr().String()+": ")
	assert.Equal(t, 1, strings.Count(got.Stderr, "\n"), "one line says it")
}

func TestServerSpeaksSomethingElse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
		io.Copy(io.Discard, conn)
		conn.Close()
	}()
	got := run(t, "one\n", "-connect", l.Addr().String())
	assert.Equal(t, exitFailed, got.Code)
	assert.Empty(t, got.Stdout)
	assert.Contains(t, got.Stderr, "the peer does not speak this protocol")
}

func TestUsage(t *testing.T) {
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, 0, "Usage: echo"},
		{"unknown flag", []string{"-x"}, 2, "-x"},
		{"both halves", []string{"-listen", ":0", "-connect", ":0"}, 2, "stands alone"},
		{"server with a file", []string{"-listen", ":0", "lines.txt"}, 2, "stands alone"},
		{"two files", []string{"one.txt", "two.txt"}, 2, "at most one FILE"},
		{"no such file", []string{"no/such.txt"}, 1, "echo: open no/such.txt: "},
		{"a directory", []string{"testdata"}, 1, "echo: read testdata: "},
		{"bad address to listen on", []string{"-listen", "127.0.0.1:99999"}, 1, "echo: listen tcp: "},
		{"bad address to connect to", []string{"-connect", "nowhere"}, 1, "echo: cannot connect to nowhere: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, "one\n", tt.args...)
			assert.Equal(t, tt.code, got.Code)
			assert.Contains(t, got.Stderr, tt.want)
		})
	}
}
