//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets this test program be demarc itself, for the tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv("DEMARC_TEST_MAIN") == "1" {
		main()
	}
	os.Exit(m.Run())
}

func process(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "DEMARC_TEST_MAIN=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	return cmd, &stderr
}

func TestProcessExitCode(t *testing.T) {
	cmd, stderr := process("decode", "-framing", "varint")
	cmd.Stdin = bytes.NewReader([]byte{5, 'h'})
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Run(), &exit)
	assert.Equal(t, 3, exit.ExitCode())
	assert.Contains(t, stderr.String(), "cut off")
}

// TestInterrupt: what came before Ctrl-C has been shown, and it ends the process without a word.
func TestInterrupt(t *testing.T) {
	cmd, stderr := process("decode", "-framing", "varint")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	_, err = stdin.Write([]byte("\x02hi\x05he"))
	require.NoError(t, err)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "       0  02         2  \"hi\"\n", line)

	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assertKilledBy(t, syscall.SIGINT, cmd.Wait())
	assert.Empty(t, stderr.String())
}

// TestBrokenPipe: a reader that has seen enough ends the process without a word.
func TestBrokenPipe(t *testing.T) {
	cmd, stderr := process("decode", "-framing", "varint")
	cmd.Stdin = bytes.NewReader(bytes.Repeat([]byte("\x02hi"), 1<<20))
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, stdout.Close())
	assertKilledBy(t, syscall.SIGPIPE, cmd.Wait())
	assert.Empty(t, stderr.String())
}

func assertKilledBy(t *testing.T, signal syscall.Signal, err error) {
	t.Helper()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	status, ok := exit.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	assert.True(t, status.Signaled(), status)
	assert.Equal(t, signal, status.Signal())
}
