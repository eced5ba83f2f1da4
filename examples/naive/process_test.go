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

var errNoRoom = errors.New("no room")

// binary is the built program.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "naive")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "naive.exe")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a run of the built program.
type process struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr strings.Builder
}

// launch starts the built program.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), binary, args...)}
	out, err := p.StdoutPipe()
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

// interrupt sends what Ctrl-C sends.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Process.Signal(os.Interrupt))
}

// listen launches a server, and returns it with its address.
func listen(t *testing.T, args ...string) (server *process, addr string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	server = launch(t, append(args, "-listen", "127.0.0.1:0")...)
	addr, ok := strings.CutPrefix(server.line(t), "listening on ")
	require.True(t, ok)
	return server, addr
}

func TestFramedProcessesSurviveTheSmallestPieces(t *testing.T) {
	server, addr := listen(t, "-framed", "-cut", "1")
	got := launch(t, "-connect", addr, "-framed", "-cut", "1", "one", "The exit is on the left.", "👋").end(t)
	want := []string{"one", exit, "The exit is on the left.", exit, "👋", exit}
	assert.Equal(t, result{exitOK, `received "` + strings.Join(want, "\"\nreceived \"") + "\"\n", ""}, got)
	assert.Regexp(t, `^127\.0\.0\.1:\d+ has connected$`, server.line(t))
	assert.Contains(t, server.line(t), ` says "one"`)
	server.interrupt(t)
	ended := server.end(t)
	assert.Equal(t, exitOK, ended.code)
	assert.Contains(t, ended.stdout, "shut down\n")
}

func TestNaiveProcessWaitsForEver(t *testing.T) {
	server, addr := listen(t)
	client := launch(t, "-connect", addr, "-cut", "1")
	for _, letter := range "Hello World!exit" {
		assert.Equal(t, `received "`+string(letter)+`"`, client.line(t))
	}
	client.interrupt(t)
	assert.Equal(t, result{exitInterrupted, "", "naive: interrupted\n"}, client.end(t))
	assert.Contains(t, server.line(t), " has connected")
	assert.Contains(t, server.line(t), ` says "Hello World!"`)
	server.interrupt(t)
	assert.Equal(t, exitOK, server.end(t).code)
}

func TestServerIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	got := launch(t, "-connect", addr).end(t)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "naive: cannot connect to "+addr+": ")
}

func TestServerGoesAway(t *testing.T) {
	server, addr := listen(t)
	client := launch(t, "-connect", addr, "-cut", "1")
	client.line(t)
	server.interrupt(t)
	assert.Equal(t, exitOK, server.end(t).code, "a client does not hold it up")
	got := client.end(t)
	assert.Equal(t, exitFailed, got.code)
	assert.NotEmpty(t, got.stderr)
}
