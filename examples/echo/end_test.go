package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

func TestInterruptEndsACallThatGetsNoReply(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	p := program{stdin: pipe(t, "one\n"), handler: func(ctx context.Context, l Line) (Line, error) {
		interrupt()
		<-ctx.Done()
		return l, nil
	}}
	var stdout, stderr strings.Builder
	p.stdout, p.stderr = &stdout, &stderr
	assert.Equal(t, exitInterrupted, p.run(ctx, nil))
	assert.Equal(t, "echo: interrupted\n", stderr.String())
}

func TestServerFinishesItsCallsBeforeItEnds(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	out, stdout := io.Pipe()
	server := program{stdin: pipe(t, ""), stdout: stdout, stderr: io.Discard, handler: func(_ context.Context, l Line) (Line, error) {
		close(started)
		<-release
		return l, nil
	}}
	ctx, interrupt := context.WithCancel(t.Context())
	code := make(chan int)
	go func() { code <- server.run(ctx, []string{"-listen", "127.0.0.1:0"}) }()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	require.NoError(t, err)

	client := &transport.Client{Addr: strings.TrimSpace(strings.TrimPrefix(first, "listening on "))}
	defer client.Close()
	replied := make(chan error)
	go func() {
		_, err := Echo.Call(t.Context(), client, Line{1, "one"})
		replied <- err
	}()
	<-started
	interrupt()
	for client.Connect(t.Context()) == nil { // until the server has said that it takes no more calls
	}
	close(release)
	assert.NoError(t, <-replied)
	last, err := lines.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "shut down\n", last)
	assert.Equal(t, exitOK, <-code)
}

func TestBrokenOutput(t *testing.T) {
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(errors.New("the reader has left")))
	var stderr strings.Builder
	p := program{stdin: pipe(t, "one\n"), stdout: w, stderr: &stderr, handler: echo}
	assert.Equal(t, exitFailed, p.run(t.Context(), nil))
	assert.Equal(t, "echo: the reader has left\n", stderr.String())
}
