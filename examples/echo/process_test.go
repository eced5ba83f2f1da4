package main

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m) }

func TestProcessAlone(t *testing.T) {
	got := process.Start(t, nil).End(t)
	assert.Equal(t, exitOK, got.Code)
	assert.Empty(t, got.Stderr)
	assert.Equal(t, expected(t), summary(got))
}

func TestTwoProcesses(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	for range 2 {
		got := process.Start(t, nil, "-connect", addr).End(t)
		assert.Equal(t, exitOK, got.Code, got.Stderr)
		assert.Equal(t, expected(t), summary(got), "as in one process")
	}
	got := process.Start(t, strings.NewReader("one\ntwo"), "-connect", addr, "-v").End(t)
	assert.Equal(t, []string{`     1  "one"`, `     2  "two"`}, replies(got))
	assert.NotContains(t, got.Stdout, "helloworld", "the mistake is not for the halves")

	server.Interrupt(t)
	assert.Equal(t, process.Result{Code: exitOK, Stdout: "shut down\n"}, server.End(t))
}

func TestServerEndsCleanly(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		server, _ := process.Listen(t, "127.0.0.1:0", "-v")
		require.NoError(t, server.Process.Signal(signal))
		assert.Equal(t, process.Result{Code: exitOK, Stdout: "shut down\n"}, server.End(t))
	}
}

func TestServerDoesNotReadStandardInput(t *testing.T) {
	r, w := process.Stdin(t)
	server := process.Start(t, r, "-listen", "127.0.0.1:0")
	assert.Contains(t, server.Line(t), "listening on 127.0.0.1:")
	_, err := io.WriteString(w, "still here\n")
	require.NoError(t, err)
	server.Interrupt(t)
	assert.Equal(t, exitOK, server.End(t).Code)
	require.NoError(t, w.Close())
	left, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "still here\n", string(left))
}

func TestClientEndsCleanly(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	for _, args := range [][]string{nil, {"-connect", addr}} {
		r, w := process.Stdin(t)
		_, err := io.WriteString(w, "one\n")
		require.NoError(t, err)
		client := process.Start(t, r, args...)
		for client.Line(t) != `     1  "one"` {
		}
		client.Interrupt(t)
		got := client.End(t)
		assert.Equal(t, 130, got.Code)
		assert.Equal(t, "echo: interrupted\n", got.Stderr)
		assert.Contains(t, summary(got), "1 requests, 1 replies, ")
	}
	server.Interrupt(t)
	assert.Equal(t, exitOK, server.End(t).Code)
}

func TestServerGoesAway(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	r, w := process.Stdin(t)
	_, err := io.WriteString(w, "one\n")
	require.NoError(t, err)
	client := process.Start(t, r, "-connect", addr)
	require.Equal(t, `     1  "one"`, client.Line(t))
	server.Interrupt(t)
	assert.Equal(t, exitOK, server.End(t).Code, "an idle client does not hold it up")

	_, err = io.WriteString(w, "two\n")
	require.NoError(t, err)
	got := client.End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "echo: line 2: transport: unavailable: ")
	assert.Contains(t, summary(got), "2 requests, 1 replies, ")
}
