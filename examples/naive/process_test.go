package main

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

var errNoRoom = errors.New("no room")

func TestMain(m *testing.M) { process.Main(m) }

func TestFramedProcessesSurviveTheSmallestPieces(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0", "-framed", "-cut", "1")
	got := process.Start(t, nil, "-connect", addr, "-framed", "-cut", "1", "one", "The exit is on the left.", "👋").End(t)
	want := []string{"one", exit, "The exit is on the left.", exit, "👋", exit}
	assert.Equal(t, process.Result{Code: exitOK, Stdout: `received "` + strings.Join(want, "\"\nreceived \"") + "\"\n"}, got)
	assert.Regexp(t, `^127\.0\.0\.1:\d+ has connected$`, server.Line(t))
	assert.Contains(t, server.Line(t), ` says "one"`)
	server.Interrupt(t)
	ended := server.End(t)
	assert.Equal(t, exitOK, ended.Code)
	assert.Contains(t, ended.Stdout, "shut down\n")
}

func TestNaiveProcessWaitsForEver(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	client := process.Start(t, nil, "-connect", addr, "-cut", "1")
	for _, letter := range "Hello World!exit" {
		assert.Equal(t, `received "`+string(letter)+`"`, client.Line(t))
	}
	client.Interrupt(t)
	assert.Equal(t, process.Result{Code: exitInterrupted, Stderr: "naive: interrupted\n"}, client.End(t))
	assert.Contains(t, server.Line(t), " has connected")
	assert.Contains(t, server.Line(t), ` says "Hello World!"`)
	server.Interrupt(t)
	assert.Equal(t, exitOK, server.End(t).Code)
}

func TestServerIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	got := process.Start(t, nil, "-connect", addr).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "naive: cannot connect to "+addr+": ")
}

func TestServerGoesAway(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	client := process.Start(t, nil, "-connect", addr, "-cut", "1")
	client.Line(t)
	server.Interrupt(t)
	assert.Equal(t, exitOK, server.End(t).Code, "a client does not hold it up")
	got := client.End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.NotEmpty(t, got.Stderr)
}
