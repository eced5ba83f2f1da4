package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// The story of the program, in processes: the server is away, comes, goes, comes back and hangs up.
func TestClientOutlivesItsServers(t *testing.T) {
	first, addr := process.Listen(t, "127.0.0.1:0")
	assert.Equal(t, process.Result{Code: exitOK, Stdout: "shut down\n"}, first.Stop(t))

	client := process.Start(t, nil, "-connect", addr, "-every", "10ms", "-timeout", "10s")
	client.Until(t, "s  error    dial tcp "+addr)
	client.Until(t, "s  retry    in ")
	second, _ := process.Listen(t, addr)
	client.Until(t, "s  connect  to "+addr)
	client.Until(t, `s  data     "tick 2"`)
	second.Until(t, `says "tick 2"`)
	ended := second.Stop(t)
	assert.Equal(t, exitOK, ended.Code)
	assert.Contains(t, ended.Stdout, "shut down\n")
	client.Until(t, "s  retry    in ")

	third, _ := process.Listen(t, addr, "-end")
	client.Until(t, "s  data     ")
	client.Until(t, "s  end      the server has closed the connection")
	client.Until(t, "s  data     ")
	got := client.Stop(t)
	assert.Equal(t, exitInterrupted, got.Code)
	assert.Equal(t, "ticker: interrupted\n", got.Stderr)
	assert.Regexp(t, `(?m)^\d+ sent, \d+ answered, \d+ connections\n\z`, got.Stdout)
	assert.Equal(t, exitOK, third.Stop(t).Code)
}

func TestClientTellsSilence(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0", "-mute")
	client := process.Start(t, nil, "-connect", addr, "-every", "10ms", "-timeout", "30ms")
	client.Until(t, "s  timeout  ")
	client.Until(t, "s  connect  ")
	assert.Equal(t, exitInterrupted, client.Stop(t).Code)
	assert.Equal(t, exitOK, server.Stop(t).Code)
}

func TestClientEndsByItself(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	got := process.Start(t, nil, "-connect", addr, "-every", "1ms", "-timeout", "10s", "-n", "3").End(t)
	assert.Equal(t, exitOK, got.Code)
	assert.Contains(t, got.Stdout, " 3 answered, 1 connections\n")
	assert.Equal(t, exitOK, server.Stop(t).Code)
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
			got := process.Start(t, nil, args...).End(t)
			assert.Equal(t, exitUsage, got.Code)
			assert.Empty(t, got.Stdout)
			assert.NotEmpty(t, got.Stderr)
		})
	}
	got := process.Start(t, nil, "-h").End(t)
	assert.Equal(t, exitOK, got.Code)
	assert.Contains(t, got.Stderr, "-mute")
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	got := process.Start(t, nil, "-listen", l.Addr().String()).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "ticker: listen tcp "+l.Addr().String())
}
