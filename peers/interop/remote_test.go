package interop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// patience is how long a peer may take to answer everything, before it is taken for stuck.
const patience = 30 * time.Second

// remote is a peer that runs: a child process, or a goroutine with a connection.
type remote struct {
	io.Reader               // gives what the peer writes
	io.Writer               // reaches the peer
	closeWrite func() error // tells the peer that nothing more comes
	wait       func() error // returns how the peer ended; to be called when everything was read
}

// child returns what starts a program that reads its standard input and writes to its standard output.
func child(name string, args ...string) func(*testing.T) remote {
	return func(t *testing.T) remote {
		cmd, wait := command(t, name, args...)
		stdin, err := cmd.StdinPipe()
		require.NoError(t, err)
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		return remote{stdout, stdin, stdin.Close, wait}
	}
}

// command prepares a program, which is killed if it is stuck. wait returns how it ended, with what it said about that.
func command(t *testing.T, name string, args ...string) (cmd *exec.Cmd, wait func() error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	var stderr bytes.Buffer
	cmd = exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stderr = &stderr
	return cmd, func() error {
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
		}
		return nil
	}
}

// goroutine returns what starts peer at the other end of a TCP connection. It sees what it reads in odd pieces.
func goroutine(peer func(io.Reader, io.Writer) error) func(*testing.T) remote {
	return func(t *testing.T) remote {
		l := listen(t)
		done := make(chan error, 1)
		go func() {
			conn, err := net.Dial(l.Addr().Network(), l.Addr().String())
			if err != nil {
				done <- err
				return
			}
			err = peer(fuzz.NewReader(conn, oddPieces), conn)
			done <- errors.Join(err, conn.Close())
		}()
		return accept(t, l, func() error { return <-done })
	}
}

// listen waits for a peer on a port of this machine.
func listen(t *testing.T) *net.TCPListener {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	require.NoError(t, l.SetDeadline(time.Now().Add(patience)))
	return l
}

// accept returns the peer that connects to l.
func accept(t *testing.T, l *net.TCPListener, wait func() error) remote {
	conn, err := l.AcceptTCP()
	if err != nil {
		require.NoError(t, errors.Join(err, wait()))
	}
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return remote{conn, conn, conn.CloseWrite, wait}
}

// find returns the first of the programs that exists. Otherwise the test is skipped, or fails if INTEROP is "all".
func find(t *testing.T, install string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	missing(t, fmt.Sprintf("%v not found", programs), install)
	return ""
}

// missing ends a test for which something is missing.
func missing(t *testing.T, what, install string) {
	t.Helper()
	if os.Getenv("INTEROP") == "all" {
		t.Fatalf("%s; install %s", what, install)
	}
	t.Skipf("%s; to run this test, install %s (peers/interop/install does it on Debian)", what, install)
}
