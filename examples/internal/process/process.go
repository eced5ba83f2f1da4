// Package process builds a program and runs it as its users do. It is for the tests of the examples.
package process

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Binary is the path of the built program.
var Binary string

// Main builds the program of the package that is tested, runs the tests, and ends the test process.
func Main(m *testing.M) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	Binary = filepath.Join(dir, "program.exe")
	if out, err := exec.Command("go", "build", "-o", Binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// A Result is what a run of a program has left behind.
type Result struct {
	Code           int // with which it has exited
	Stdout, Stderr string
}

// A Process is a run of the built program. It ends with the test, if not before.
type Process struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr strings.Builder
}

// Start starts the built program. A nil stdin is the null device.
func Start(t *testing.T, stdin io.Reader, args ...string) *Process {
	t.Helper()
	p := &Process{Cmd: exec.CommandContext(t.Context(), Binary, args...)}
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	p.stdout, p.Stdin, p.Stderr = bufio.NewReader(out), stdin, &p.stderr
	require.NoError(t, p.Cmd.Start())
	return p
}

// Listen starts the built program as a server, and returns it with its address, which it prints. Where a process cannot be sent
// an interrupt, and so not be ended well, the test is skipped.
func Listen(t *testing.T, addr string, args ...string) (server *Process, at string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	server = Start(t, nil, append(args, "-listen", addr)...)
	_, at, _ = strings.Cut(server.Until(t, "listening on "), "listening on ")
	return server, at
}

// Stdin returns a standard input that does not end before the test does, or w is closed.
func Stdin(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// Line returns the next line of the standard output.
func (p *Process) Line(t *testing.T) string { return p.Until(t, "") }

// Until returns the next line of the standard output that has part in it.
func (p *Process) Until(t *testing.T, part string) string {
	t.Helper()
	for {
		line, err := p.stdout.ReadString('\n')
		require.NoError(t, err, "waiting for %q", part)
		if strings.Contains(line, part) {
			return strings.TrimSuffix(line, "\n")
		}
	}
}

// End waits for the program to end. The output does not hold the lines that were read before.
func (p *Process) End(t *testing.T) Result {
	t.Helper()
	rest, err := io.ReadAll(p.stdout)
	require.NoError(t, err)
	var failed *exec.ExitError
	if err := p.Wait(); err != nil {
		require.ErrorAs(t, err, &failed)
	}
	return Result{p.ProcessState.ExitCode(), string(rest), p.stderr.String()}
}

// Interrupt sends what Ctrl-C sends.
func (p *Process) Interrupt(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Process.Signal(os.Interrupt))
}

// Stop interrupts the program, and waits for it to end.
func (p *Process) Stop(t *testing.T) Result {
	t.Helper()
	p.Interrupt(t)
	return p.End(t)
}
