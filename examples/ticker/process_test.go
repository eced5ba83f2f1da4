package main

import (
	"bufio"
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
	dir, err := os.MkdirTemp("", "ticker")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "ticker.exe")
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

// until returns the next line of the standard output that has part in it.
func (p *process) until(t *testing.T, part string) string {
	t.Helper()
	for {
		line, err := p.stdout.ReadString('\n')
		require.NoError(t, err, "waiting for %q", part)
		if strings.Contains(line, part) {
			return strings.TrimSuffix(line, "\n")
		}
	}
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

// launchServer launches a server on addr, and returns it with its address.
func launchServer(t *testing.T, addr string, args ...string) (*process, string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	server := launch(t, append(args, "-listen", addr)...)
	return server, strings.TrimPrefix(server.until(t, "listening on "), "listening on ")
}

// The story of the program, in processes: the server is away, comes, goes, comes back and hangs up.
func TestClientOutlivesItsServers(t *testing.T) {
	first, addr := launchServer(t, "127.0.0.1:0")
	assert.Equal(t, result{exitOK, "shut down\n", ""}, first.interrupt(t))

	client := launch(t, "-connect", addr, "-every", "10ms", "-timeout", "10s")
	client.until(t, "s  error    dial tcp "+addr)
	client.until(t, "s  retry    in ")
	second, _ := launchServer(t, addr)
	client.until(t, "s  connect  to "+addr)
	client.until(t, `s  data     "tick 2"`)
	second.until(t, `says "tick 2"`)
	ended := second.interrupt(t)
	assert.Equal(t, exitOK, ended.code)
	assert.Contains(t, ended.stdout, "shut down\n")
	client.until(t, "s  retry    in ")

	third, _ := launchServer(t, addr, "-end")
	client.until(t, "s  data     ")
	client.until(t, "s  end      the server has closed the connection")
	client.until(t, "s  data     ")
	got := client.interrupt(t)
	assert.Equal(t, exitInterrupted, got.code)
	assert.Equal(t, "ticker: interrupted\n", got.stderr)
	assert.Regexp(t, `(?m)^\d+ sent, \d+ answered, \d+ connections\n\z`, got.stdout)
	assert.Equal(t, exitOK, third.interrupt(t).code)
}

func TestClientTellsSilence(t *testing.T) {
	server, addr := launchServer(t, "127.0.0.1:0", "-mute")
	client := launch(t, "-connect", addr, "-every", "10ms", "-timeout", "30ms")
	client.until(t, "s  timeout  ")
	client.until(t, "s  connect  ")
	assert.Equal(t, exitInterrupted, client.interrupt(t).code)
	assert.Equal(t, exitOK, server.interrupt(t).code)
}

func TestClientEndsByItself(t *testing.T) {
	server, addr := launchServer(t, "127.0.0.1:0")
	got := launch(t, "-connect", addr, "-every", "1ms", "-timeout", "10s", "-n", "3").end(t)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stdout, " 3 answered, 1 connections\n")
	assert.Equal(t, exitOK, server.interrupt(t).code)
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":             nil,
		"both halves":         {"-listen", ":0", "-connect", ":0"},
		"an argument":         {"-listen", ":0", "now"},
		"no port":             {"-connect", "localhost"},
		"no time":             {"-connect", ":1", "-every", "0s"},
		"too short a timeout": {"-connect", ":1", "-timeout", "1s"},
		"less than no answer": {"-connect", ":1", "-n", "-1"},
		"an unknown flag":     {"-x"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			got := launch(t, args...).end(t)
			assert.Equal(t, exitUsage, got.code)
			assert.Empty(t, got.stdout)
			assert.NotEmpty(t, got.stderr)
		})
	}
	got := launch(t, "-h").end(t)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stderr, "-mute")
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	got := launch(t, "-listen", l.Addr().String()).end(t)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "ticker: listen tcp "+l.Addr().String())
}
