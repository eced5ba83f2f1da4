package main

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// typist is a run of the program as a client, whose standard input stays open.
type typist struct {
	*process.Process
	stdin *os.File
}

func launch(t *testing.T, args ...string) typist {
	t.Helper()
	r, w := process.Stdin(t)
	return typist{process.Start(t, r, args...), w}
}

// types writes a line to the standard input.
func (p typist) types(t *testing.T, line string) {
	t.Helper()
	_, err := io.WriteString(p.stdin, line+"\n")
	require.NoError(t, err)
}

// Two clients, and a bare connection as nc makes one, over real sockets.
func TestProcessesTalk(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	anna := launch(t, "-connect", addr, "-name", "anna")
	assert.Equal(t, "* Welcome. What is your name?", anna.Line(t))
	assert.Equal(t, "* Hello, anna. Nobody is here. /help says what you can do.", anna.Line(t))
	bob := launch(t, "-connect", addr)
	assert.Equal(t, "* Welcome. What is your name?", bob.Line(t))
	bob.types(t, "bob")
	assert.Equal(t, "* Hello, bob. Here: anna. /help says what you can do.", bob.Line(t))
	assert.Equal(t, "* bob has come.", anna.Line(t))
	anna.types(t, "hello 👋")
	assert.Equal(t, "anna: hello 👋", bob.Line(t))

	nc, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	_, err = io.WriteString(nc, "nc\n/to anna psst\n\x1b[2J\n/leave\n"+strings.Repeat("but wait\n", 10_000))
	require.NoError(t, err)
	heard, err := io.ReadAll(nc)
	require.NoError(t, err, "the end is no reset, though there was more to read")
	require.NoError(t, nc.Close())
	assert.Equal(t, "* Welcome. What is your name?\nanna: hello 👋\n* Hello, nc. Here: anna, bob. /help says what you can do.\n* Bye.\n", string(heard))
	for _, want := range []string{"* nc has come.", "nc (to you): psst", "nc: �[2J", "* nc has gone."} {
		assert.Equal(t, want, anna.Line(t))
	}

	bob.types(t, "/leave")
	require.NoError(t, bob.stdin.Close())
	left := bob.End(t)
	assert.Equal(t, process.Result{Code: exitOK, Stdout: "* nc has come.\nnc: �[2J\n* nc has gone.\n* Bye.\n"}, left)
	assert.Equal(t, "* bob has gone.", anna.Line(t))
	ended := server.Stop(t)
	assert.Equal(t, exitOK, ended.Code)
	assert.Contains(t, ended.Stdout, " is anna\n")
	assert.Contains(t, ended.Stdout, "shut down\n")
	assert.Equal(t, process.Result{Code: exitFailed, Stdout: "* The server is closing. Bye.\n", Stderr: "chat: the server has closed the connection\n"}, anna.End(t))
}

func TestClientIsInterrupted(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	client := launch(t, "-connect", addr)
	assert.Equal(t, "* Welcome. What is your name?", client.Line(t))
	assert.Equal(t, process.Result{Code: exitInterrupted, Stderr: "chat: interrupted\n"}, client.Stop(t))
	assert.Equal(t, exitOK, server.Stop(t).Code)
}

func TestServerIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	assert.Equal(t, exitFailed, launch(t, "-listen", addr).End(t).Code, "the address is in use")
	require.NoError(t, l.Close())
	got := launch(t, "-connect", addr).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Empty(t, got.Stdout)
	assert.Contains(t, got.Stderr, "chat: cannot connect to "+addr+": ")
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":             nil,
		"both halves":         {"-listen", ":0", "-connect", ":0"},
		"a name for a server": {"-listen", ":0", "-name", "x"},
		"an argument":         {"-connect", ":1", "x"},
		"an unknown flag":     {"-x"},
	}
	run := func(args ...string) process.Result {
		var stdout, stderr strings.Builder
		code := (&program{stdout: &stdout, stderr: &stderr}).run(t.Context(), args)
		return process.Result{Code: code, Stdout: stdout.String(), Stderr: stderr.String()}
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(args...)
			assert.Equal(t, exitUsage, got.Code)
			assert.Empty(t, got.Stdout)
			assert.NotEmpty(t, got.Stderr)
		})
	}
	got := run("-h")
	assert.Equal(t, exitOK, got.Code)
	assert.Contains(t, got.Stderr, "-connect")
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
