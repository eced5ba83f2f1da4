package main

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// keys returns the two ends of a keyboard.
func keys() (*io.PipeReader, *io.PipeWriter) { return io.Pipe() }

// plainConsole returns a plain console and what it shows.
func plainConsole(keyboard io.Reader) (plain, *strings.Builder) {
	var shown strings.Builder
	return newPlain(keyboard, &printer{w: &shown}), &shown
}

func TestClientAndServer(t *testing.T) {
	hold(t, func(p *party) {
		bob := p.join("bob")
		conn, err := p.listener.Dial(p.t.Context())
		require.NoError(t, err)
		console, shown := plainConsole(strings.NewReader("hello\r\n\n/to bob psst\nlast words"))
		require.NoError(t, newClient(conn, console).run(p.t.Context(), "anna"))
		assert.Equal(t, []string{"* anna has come.", "anna: hello", "anna (to you): psst", "anna: last words", "* anna has gone."}, bob.hears())
		assert.Equal(t, "* Welcome. What is your name?\n* Hello, anna. Here: bob. /help says what you can do.\n", shown.String())
	})
}

func TestHowClientsEnd(t *testing.T) {
	tests := []struct {
		name string
		do   func(keyboard *io.PipeWriter, server net.Conn, interrupt func())
		want error
	}{
		{"/leave", func(keyboard *io.PipeWriter, server net.Conn, _ func()) {
			io.WriteString(keyboard, "/leave\n")
			synctest.Wait()
			server.Close()
		}, nil},
		{"the end of the input", func(keyboard *io.PipeWriter, server net.Conn, _ func()) {
			keyboard.Close()
			io.Copy(io.Discard, server)
			server.Close()
		}, nil},
		{"the server has gone", func(_ *io.PipeWriter, server net.Conn, _ func()) { server.Close() }, errServerGone},
		{"the connection has broken", func(_ *io.PipeWriter, server net.Conn, _ func()) { server.(*fuzz.Conn).Reset() }, nil},
		{"a signal", func(_ *io.PipeWriter, _ net.Conn, interrupt func()) { interrupt() }, context.Canceled},
		{"a keyboard that breaks", func(k *io.PipeWriter, _ net.Conn, _ func()) { k.CloseWithError(io.ErrNoProgress) }, io.ErrNoProgress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := fuzz.Pipe()
				r, w := keys()
				defer w.Close()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				console, _ := plainConsole(r)
				done := make(chan error, 1)
				go func() { done <- newClient(near, console).run(ctx, "") }()
				tt.do(w, far, cancel)
				err := <-done
				switch {
				case tt.want != nil:
					assert.ErrorIs(t, err, tt.want)
				case tt.name == "the connection has broken":
					assert.ErrorContains(t, err, "connection reset")
				default:
					assert.NoError(t, err)
				}
			})
		})
	}
}

// A hostile server does no more to the terminal of a client than a hostile guest.
func TestClientTrustsNoServer(t *testing.T) {
	near, far := fuzz.Pipe()
	go func() {
		io.WriteString(far, "\x1b[2Jboo\r\n"+strings.Repeat("x", maxLine+1)+"\nbye")
		far.CloseWrite()
	}()
	r, w := keys()
	defer w.Close()
	console, shown := plainConsole(r)
	assert.ErrorIs(t, newClient(near, console).run(t.Context(), ""), errServerGone)
	assert.Equal(t, "�[2Jboo\n* The server has sent a line that is too long.\nbye\n", shown.String())
}

func TestLineThatCannotBeSent(t *testing.T) {
	near, far := fuzz.Pipe()
	console, shown := plainConsole(strings.NewReader(strings.Repeat("x", maxLine+1) + "\nhi\n"))
	go newClient(near, console).run(t.Context(), "two\nlines")
	got := make([]byte, 3)
	_, err := io.ReadFull(far, got)
	require.NoError(t, err)
	assert.Equal(t, "hi\n", string(got))
	assert.Equal(t, 2, strings.Count(shown.String(), "* This line cannot be sent: frame: "))
	far.Close()
}

// Whatever a server sends, in whatever pieces, the client shows harmless lines.
func TestClientSurvivesAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "stream")
		near, far := fuzz.Pipe()
		near.SetReadPlan(fuzz.Plans().Draw(t, "plan"))
		far.Write(stream)
		far.CloseWrite()
		r, w := keys()
		defer w.Close()
		console, shown := plainConsole(r)
		assert.ErrorIs(t, newClient(near, console).run(context.Background(), ""), errServerGone)
		for line := range strings.SplitSeq(shown.String(), "\n") {
			assert.Equal(t, line, clean(line))
		}
	})
}
