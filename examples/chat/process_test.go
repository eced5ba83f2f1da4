package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// binary is the built program.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "chat")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "chat.exe")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// result is what a run of the program has left behind.
type result struct {
	code           int
	stdout, stderr string
}

// process is a run of the built program.
type process struct {
	*exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr strings.Builder
}

// launch starts the built program.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), binary, args...)}
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	p.stdin, err = p.StdinPipe()
	require.NoError(t, err)
	p.stdout, p.Stderr = bufio.NewReader(out), &p.stderr
	require.NoError(t, p.Start())
	return p
}

// line returns the next line of the standard output.
func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSuffix(line, "\n")
}

// types writes a line to the standard input.
func (p *process) types(t *testing.T, line string) {
	t.Helper()
	_, err := io.WriteString(p.stdin, line+"\n")
	require.NoError(t, err)
}

// end waits for the program to end. The output does not hold the lines that were read before.
func (p *process) end(t *testing.T) result {
	t.Helper()
	rest, err := io.ReadAll(p.stdout)
	require.NoError(t, err)
	var failed *exec.ExitError
	if err := p.Wait(); err != nil {
		require.ErrorAs(t, err, &failed)
	}
	return result{p.ProcessState.ExitCode(), string(rest), p.stderr.String()}
}

// interrupt sends what Ctrl-C sends, and waits for the end.
func (p *process) interrupt(t *testing.T) result {
	t.Helper()
	require.NoError(t, p.Process.Signal(os.Interrupt))
	return p.end(t)
}

// launchServer launches a server, and returns it with its address.
func launchServer(t *testing.T) (server *process, addr string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	server = launch(t, "-listen", "127.0.0.1:0")
	addr, ok := strings.CutPrefix(server.line(t), "listening on ")
	require.True(t, ok)
	return server, addr
}

// Two clients, and a bare connection as nc makes one, over real sockets.
func TestProcessesTalk(t *testing.T) {
	server, addr := launchServer(t)
	anna := launch(t, "-connect", addr, "-name", "anna")
	assert.Equal(t, "* Welcome. What is your name?", anna.line(t))
	assert.Equal(t, "* Hello, anna. Nobody is here. /help says what you can do.", anna.line(t))
	bob := launch(t, "-connect", addr)
	assert.Equal(t, "* Welcome. What is your name?", bob.line(t))
	bob.types(t, "bob")
	assert.Equal(t, "* Hello, bob. Here: anna. /help says what you can do.", bob.line(t))
	assert.Equal(t, "* bob has come.", anna.line(t))
	anna.types(t, "hello 👋")
	assert.Equal(t, "anna: hello 👋", bob.line(t))

	nc, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	_, err = io.WriteString(nc, "nc\n/to anna psst\n\x1b[2J\n/leave\n"+strings.Repeat("but wait\n", 10_000))
	require.NoError(t, err)
	heard, err := io.ReadAll(nc)
	require.NoError(t, err, "the end is no reset, though there was more to read")
	require.NoError(t, nc.Close())
	assert.Equal(t, "* Welcome. What is your name?\nanna: hello 👋\n* Hello, nc. Here: anna, bob. /help says what you can do.\n* Bye.\n", string(heard))
	for _, want := range []string{"* nc has come.", "nc (to you): psst", "nc: �[2J", "* nc has gone."} {
		assert.Equal(t, want, anna.line(t))
	}

	bob.types(t, "/leave")
	require.NoError(t, bob.stdin.Close())
	left := bob.end(t)
	assert.Equal(t, result{exitOK, "* nc has come.\nnc: �[2J\n* nc has gone.\n* Bye.\n", ""}, left)
	assert.Equal(t, "* bob has gone.", anna.line(t))
	ended := server.interrupt(t)
	assert.Equal(t, exitOK, ended.code)
	assert.Contains(t, ended.stdout, " is anna\n")
	assert.Contains(t, ended.stdout, "shut down\n")
	assert.Equal(t, result{exitFailed, "* The server is closing. Bye.\n", "chat: the server has closed the connection\n"}, anna.end(t))
}

func TestClientIsInterrupted(t *testing.T) {
	server, addr := launchServer(t)
	client := launch(t, "-connect", addr)
	assert.Equal(t, "* Welcome. What is your name?", client.line(t))
	assert.Equal(t, result{exitInterrupted, "", "chat: interrupted\n"}, client.interrupt(t))
	assert.Equal(t, exitOK, server.interrupt(t).code)
}

func TestServerIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	assert.Equal(t, exitFailed, launch(t, "-listen", addr).end(t).code, "the address is in use")
	require.NoError(t, l.Close())
	got := launch(t, "-connect", addr).end(t)
	assert.Equal(t, exitFailed, got.code)
	assert.Empty(t, got.stdout)
	assert.Contains(t, got.stderr, "chat: cannot connect to "+addr+": ")
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":             nil,
		"both halves":         {"-listen", ":0", "-connect", ":0"},
		"a name for a server": {"-listen", ":0", "-name", "x"},
		"an argument":         {"-connect", ":1", "x"},
		"an unknown flag":     {"-x"},
	}
	run := func(args ...string) result {
		var stdout, stderr strings.Builder
		code := (&program{stdout: &stdout, stderr: &stderr}).run(t.Context(), args)
		return result{code, stdout.String(), stderr.String()}
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(args...)
			assert.Equal(t, exitUsage, got.code)
			assert.Empty(t, got.stdout)
			assert.NotEmpty(t, got.stderr)
		})
	}
	got := run("-h")
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stderr, "-connect")
}

// An output that takes nothing is an error at the end.
func TestOutputFails(t *testing.T) {
	p := printer{w: failing{}}
	assert.ErrorIs(t, p.printf("x"), errNoRoom)
	assert.ErrorIs(t, p.printf("x"), errNoRoom)
	var stderr strings.Builder
	assert.Equal(t, exitFailed, (&program{stderr: &stderr, out: &p}).exit(nil))
	assert.Equal(t, "chat: no room\n", stderr.String())
}

var errNoRoom = errors.New("no room")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errNoRoom }
