package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// The story of the program, in processes.
func TestProcesses(t *testing.T) {
	hub, addr := process.Listen(t, "127.0.0.1:0", "-token", "s3cret")
	agent := process.Start(t, nil, "-connect", addr, "-token", "s3cret", "-serve", "ada")
	assert.Equal(t, `serving as "ada"`, agent.Line(t))
	tests := []struct {
		name, want string
		args       []string
	}{
		{"agents", "1 agents: ada\n", []string{"agents"}},
		{"echo", "Hi 👋\n", []string{"-to", "ada", "echo", "Hi 👋"}},
		{"describe", "ada: ", []string{"-to", "ada", "describe"}},
		{"pause", "paused for ", []string{"-to", "ada", "pause", "1ms"}},
	}
	for _, tt := range tests {
		got := process.Start(t, nil, append([]string{"-connect", addr, "-token", "s3cret", "-timeout", "1m"}, tt.args...)...).End(t)
		assert.Equal(t, exitOK, got.Code, got.Stderr)
		assert.Contains(t, got.Stdout, tt.want)
	}

	got := process.Start(t, nil, "-connect", addr, "agents").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Regexp(t, `\Areverse: unauthenticated: .*wrong token.*\n\z`, got.Stderr)
	got = process.Start(t, nil, "-connect", addr, "-token", "s3cret", "-to", "eve", "describe").End(t)
	assert.Equal(t, process.Result{Code: exitFailed, Stderr: "reverse: not_found: no agent is called \"eve\"\n"}, got)
	got = process.Start(t, nil, "-connect", addr, "-token", "s3cret", "-timeout", "100ms", "-to", "ada", "pause", "1h").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "reverse: deadline_exceeded")

	assert.Equal(t, exitOK, hub.Stop(t).Code)
	agent.Until(t, "no hub: ")
	again, _ := process.Listen(t, addr, "-token", "s3cret")
	agent.Until(t, `serving as "ada"`)
	got = agent.Stop(t)
	assert.Equal(t, exitOK, got.Code)
	assert.Contains(t, got.Stdout, "shut down\n")
	assert.Equal(t, exitOK, again.Stop(t).Code)
}

func TestInterruptedCaller(t *testing.T) {
	hub, addr := process.Listen(t, "127.0.0.1:0")
	agent := process.Start(t, nil, "-connect", addr, "-serve", "ada")
	agent.Until(t, "serving")
	caller := process.Start(t, nil, "-connect", addr, "-timeout", "1h", "-to", "ada", "pause", "1h")
	agent.Until(t, "a pause of 1h0m0s") // before that it might not listen for signals yet
	got := caller.Stop(t)
	assert.Equal(t, process.Result{Code: exitInterrupted, Stderr: "reverse: interrupted\n"}, got)
	assert.Equal(t, exitOK, agent.Stop(t).Code)
	assert.Equal(t, exitOK, hub.Stop(t).Code)
}

func TestHubIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	got := process.Start(t, nil, "-listen", addr).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "reverse: listen tcp "+addr)
	require.NoError(t, l.Close())
	got = process.Start(t, nil, "-connect", addr, "agents").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "reverse: unavailable: ")
	assert.Contains(t, got.Stderr, addr)
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":           nil,
		"no address":        {"agents"},
		"hub and agent":     {"-listen", ":0", "-serve", "ada"},
		"hub and call":      {"-listen", ":0", "agents"},
		"agent and call":    {"-connect", ":1", "-serve", "ada", "agents"},
		"no call":           {"-connect", ":1"},
		"unknown":           {"-connect", ":1", "fly"},
		"unknown, of agent": {"-connect", ":1", "-to", "ada", "fly"},
		"echo of nothing":   {"-connect", ":1", "-to", "ada", "echo"},
		"no time":           {"-connect", ":1", "-to", "ada", "pause", "long"},
		"an unknown flag":   {"-x"},
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
	assert.Contains(t, got.Stderr, "-token")
}
