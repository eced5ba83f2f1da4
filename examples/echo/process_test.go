package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// binary is the built program.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "echo")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "echo.exe")
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

// launch starts the built program. A nil stdin is the null device.
func launch(t *testing.T, stdin io.Reader, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), binary, args...)}
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	p.stdout, p.Stdin, p.Stderr = bufio.NewReader(out), stdin, &p.stderr
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
	server = launch(t, nil, append(args, "-listen", "127.0.0.1:0")...)
	addr, ok := strings.CutPrefix(server.line(t), "listening on ")
	require.True(t, ok)
	return server, addr
}

// stdin returns a standard input that does not end before the test does.
func stdin(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

func noSignalsOnWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
}

func TestProcessAlone(t *testing.T) {
	got := launch(t, nil).end(t)
	assert.Equal(t, exitOK, got.code)
	assert.Empty(t, got.stderr)
	assert.Equal(t, expected(t), got.summary())
}

func TestTwoProcesses(t *testing.T) {
	noSignalsOnWindows(t)
	server, addr := listen(t)
	for range 2 {
		got := launch(t, nil, "-connect", addr).end(t)
		assert.Equal(t, exitOK, got.code, got.stderr)
		assert.Equal(t, expected(t), got.summary(), "as in one process")
	}
	got := launch(t, strings.NewReader("one\ntwo"), "-connect", addr, "-v").end(t)
	assert.Equal(t, []string{`     1  "one"`, `     2  "two"`}, got.replies())
	assert.NotContains(t, got.stdout, "helloworld", "the mistake is not for the halves")

	server.interrupt(t)
	assert.Equal(t, result{exitOK, "shut down\n", ""}, server.end(t))
}

func TestServerEndsCleanly(t *testing.T) {
	noSignalsOnWindows(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		server, _ := listen(t, "-v")
		require.NoError(t, server.Process.Signal(signal))
		assert.Equal(t, result{exitOK, "shut down\n", ""}, server.end(t))
	}
}

func TestServerDoesNotReadStandardInput(t *testing.T) {
	noSignalsOnWindows(t)
	r, w := stdin(t)
	server := launch(t, r, "-listen", "127.0.0.1:0")
	assert.Contains(t, server.line(t), "listening on 127.0.0.1:")
	_, err := io.WriteString(w, "still here\n")
	require.NoError(t, err)
	server.interrupt(t)
	assert.Equal(t, exitOK, server.end(t).code)
	require.NoError(t, w.Close())
	left, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "still here\n", string(left))
}

func TestClientEndsCleanly(t *testing.T) {
	noSignalsOnWindows(t)
	server, addr := listen(t)
	for _, args := range [][]string{nil, {"-connect", addr}} {
		r, w := stdin(t)
		_, err := io.WriteString(w, "one\n")
		require.NoError(t, err)
		client := launch(t, r, args...)
		for client.line(t) != `     1  "one"` {
		}
		client.interrupt(t)
		got := client.end(t)
		assert.Equal(t, 130, got.code)
		assert.Equal(t, "echo: interrupted\n", got.stderr)
		assert.Contains(t, got.summary(), "1 requests, 1 replies, ")
	}
	server.interrupt(t)
	assert.Equal(t, exitOK, server.end(t).code)
}

func TestServerGoesAway(t *testing.T) {
	noSignalsOnWindows(t)
	server, addr := listen(t)
	r, w := stdin(t)
	_, err := io.WriteString(w, "one\n")
	require.NoError(t, err)
	client := launch(t, r, "-connect", addr)
	require.Equal(t, `     1  "one"`, client.line(t))
	server.interrupt(t)
	assert.Equal(t, exitOK, server.end(t).code, "an idle client does not hold it up")

	_, err = io.WriteString(w, "two\n")
	require.NoError(t, err)
	got := client.end(t)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "echo: line 2: transport: unavailable: ")
	assert.Contains(t, got.summary(), "2 requests, 1 replies, ")
}
