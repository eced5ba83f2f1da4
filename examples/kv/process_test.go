package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// Calls over TLS, in processes.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	server, addr := process.Listen(t, "127.0.0.1:0", "-dir", dir)
	call := func(args ...string) process.Result {
		return process.Start(t, nil, append([]string{"-connect", addr, "-dir", dir, "-timeout", "1m"}, args...)...).End(t)
	}
	assert.Equal(t, process.Result{Stdout: "1 \"a\" \"1\"\n"}, call("put", "a", "1"))
	assert.Equal(t, process.Result{Stdout: "1 \"a\" \"1\"\n"}, call("get", "a"))
	assert.Equal(t, process.Result{Code: exitFailed, Stderr: "kv: not_found: nothing is under \"b\"\n"}, call("get", "b"))
	assert.Equal(t, process.Result{Code: exitFailed, Stderr: "kv: aborted: under \"a\" is version 1, not 7\n"}, call("put", "a", "2", "7"))
	assert.Equal(t, process.Result{Stdout: "2 \"a\" \"2\"\n"}, call("put", "a", "2", "1"))

	watcher := process.Start(t, nil, "-connect", addr, "-dir", dir, "watch", "a")
	assert.Equal(t, `2 "a" "2"`, watcher.Line(t))
	assert.Equal(t, exitOK, call("put", "b", "not watched").Code)
	assert.Equal(t, exitOK, call("put", "a", "3").Code)
	assert.Equal(t, `4 "a" "3"`, watcher.Line(t))

	// A restart: the data are there, and the watcher comes back by itself.
	assert.Equal(t, process.Result{Stdout: "shut down with 2 entries\n"}, server.Stop(t))
	server, _ = process.Listen(t, addr, "-dir", dir)
	assert.Equal(t, process.Result{Stdout: "4 \"a\" \"3\"\n"}, call("get", "a"))
	assert.Equal(t, exitOK, call("put", "a", "4").Code)
	assert.Equal(t, `5 "a" "4"`, watcher.Line(t))
	assert.Equal(t, process.Result{Code: exitInterrupted, Stderr: "kv: interrupted\n"}, watcher.Stop(t))
	assert.Equal(t, exitOK, server.Stop(t).Code)
}

// The server is stopped and started while eight workers count as fast as they can. Not one count is lost, none is made twice.
func TestRestartUnderLoad(t *testing.T) {
	dir := t.TempDir()
	server, addr := process.Listen(t, "127.0.0.1:0", "-dir", dir)
	watcher := process.Start(t, nil, "-connect", addr, "-dir", dir, "-n", "50", "watch", "load/")
	load := process.Start(t, nil, "-connect", addr, "-dir", dir, "-for", "2s", "load")
	watcher.Until(t, "load/")
	for range 2 {
		assert.Equal(t, exitOK, server.Stop(t).Code)
		server, _ = process.Listen(t, addr, "-dir", dir)
	}
	got := load.End(t)
	assert.Equal(t, exitOK, got.Code, got.Stderr)
	assert.Contains(t, got.Stdout, "none lost")
	assert.Equal(t, exitOK, watcher.End(t).Code)
	assert.Equal(t, exitOK, server.Stop(t).Code)
}

// Who has no certificate of this server's authority is no client, and who has one of another takes this server for a stranger.
func TestStrangers(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	server, addr := process.Listen(t, "127.0.0.1:0", "-dir", dir)
	require.NoError(t, makeCerts(other))
	got := process.Start(t, nil, "-connect", addr, "-dir", other, "get", "a").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "certificate")
	got = process.Start(t, nil, "-connect", addr, "-dir", t.TempDir(), "get", "a").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "kv: no certificates; a server makes them: ")
	assert.Equal(t, exitOK, server.Stop(t).Code)
}

func TestServerIsAway(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, makeCerts(dir))
	require.NoError(t, makeCerts(dir), "those that are there are kept")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	got := process.Start(t, nil, "-listen", addr, "-dir", dir).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "kv: listen tcp "+addr)
	require.NoError(t, l.Close())
	got = process.Start(t, nil, "-connect", addr, "-dir", dir, "get", "a").End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "kv: unavailable: ")
	assert.Contains(t, got.Stderr, addr)
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":             nil,
		"both halves":         {"-listen", ":0", "-connect", ":0"},
		"server and call":     {"-listen", ":0", "get", "a"},
		"no call":             {"-connect", ":1"},
		"no key":              {"-connect", ":1", "get"},
		"no value":            {"-connect", ":1", "put", "a"},
		"a version of letter": {"-connect", ":1", "put", "a", "1", "x"},
		"two prefixes":        {"-connect", ":1", "watch", "a", "b"},
		"load of something":   {"-connect", ":1", "load", "a"},
		"nobody works":        {"-connect", ":1", "-workers", "0", "load"},
		"less than nothing":   {"-connect", ":1", "-n", "-1", "watch"},
		"unknown":             {"-connect", ":1", "fly"},
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
	assert.Contains(t, got.Stderr, "-workers")
}
