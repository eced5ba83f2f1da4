package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
	"github.com/demarc-go/demarc/transport"
)

func TestMain(m *testing.M) { process.Main(m) }

// The story of the program, in processes: good files, bad ones between them, a server that is away.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	large, empty := write(t, "large", content), write(t, "empty", nil)
	server, addr := process.Listen(t, "127.0.0.1:0", "-dir", dir)

	got := process.Start(t, nil, "-connect", addr, large, filepath.Join(dir, "nothing"), empty).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Regexp(t, fmt.Sprintf(`\A.*large: 4194304 bytes in .*, SHA-256 %x\n.*empty: 0 bytes in .*\n\z`, sha256.Sum256(content)), got.Stdout)
	assert.Regexp(t, `\Aupload: .*nothing: open .*\n\z`, got.Stderr)
	kept, err := os.ReadFile(filepath.Join(dir, "large"))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(content, kept))

	got = process.Start(t, nil, "-connect", addr, large, empty).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "large: already_exists: there is a \"large\" already\n")
	assert.Contains(t, got.Stderr, "empty: already_exists: there is a \"empty\" already\n")
	server.Until(t, `"large": 4194304 bytes from 127.0.0.1:`)
	assert.Equal(t, exitOK, server.Stop(t).Code)

	got = process.Start(t, nil, "-connect", addr, large).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "upload: unavailable: ")
	assert.Contains(t, got.Stderr, addr)
}

func TestWhatCannotServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	got := process.Start(t, nil, "-listen", l.Addr().String(), "-dir", t.TempDir()).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "upload: listen tcp "+l.Addr().String())
	got = process.Start(t, nil, "-listen", "127.0.0.1:0", "-dir", filepath.Join(t.TempDir(), "nothing")).End(t)
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "upload: open ")
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"nothing":          nil,
		"both halves":      {"-listen", ":0", "-connect", ":0"},
		"server and file":  {"-listen", ":0", "file"},
		"no file":          {"-connect", ":1"},
		"a file, no place": {"file"},
		"no number":        {"-listen", ":0", "-max", "much"},
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
	assert.Contains(t, got.Stderr, "-max")
}

// A client that is interrupted gives its file up, and the server hears of it.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	began, gaveUp := make(chan bool), make(chan error, 1)
	srv := new(transport.Server)
	put.Handle(srv, func(ctx context.Context, parts iter.Seq2[part, error]) (receipt, error) {
		for range parts {
			close(began)
			<-ctx.Done() // and reads no more, so that the file does not come to its end
			gaveUp <- context.Cause(ctx)
			break
		}
		return receipt{}, ctx.Err()
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go srv.Serve(l)
	defer srv.Close()
	huge := write(t, "huge", nil)
	require.NoError(t, os.Truncate(huge, 1<<40)) // zeros that take no place
	client := process.Start(t, nil, "-connect", l.Addr().String(), huge)
	<-began
	assert.Equal(t, process.Result{Code: exitInterrupted, Stderr: "upload: interrupted\n"}, client.Stop(t))
	assert.Equal(t, transport.ErrCallCanceled, <-gaveUp)
}
