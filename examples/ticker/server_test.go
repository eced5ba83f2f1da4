package main

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// The server hears what clients do wrong, and goes on.
func TestServerAndItsClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown strings.Builder
		s := server{journal: &journal{w: &shown, start: time.Now()}}
		l := new(fuzz.Listener)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.serve(ctx, l) }()
		says := func(bytes string) {
			conn, err := l.Dial(ctx)
			require.NoError(t, err)
			_, err = io.WriteString(conn, bytes)
			require.NoError(t, err)
			synctest.Wait()
			require.NoError(t, conn.Close())
			synctest.Wait()
		}
		says("\x02hi")
		says("\x05hi")
		says("\x80\x00")
		_, err := l.Dial(ctx)
		require.NoError(t, err)
		time.Sleep(idleLimit)
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		for _, want := range []string{
			`data     pipe:1 says "hi"`, "end      pipe:1 has closed the connection",
			"error    pipe:2: frame: ", "error    pipe:3: frame: ", "60.000s  error    pipe:4: frame: no frame began within the idle limit",
		} {
			assert.Contains(t, shown.String(), want)
		}
	})
}

// A server that has hung up takes what is still on the way, and says no more.
func TestServerThatHangsUpTakesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown strings.Builder
		near, far := fuzz.Pipe()
		_, err := io.WriteString(near, "\x02hi\x02ho")
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&server{journal: &journal{w: &shown, start: time.Now()}, end: true}).connection(t.Context(), far)
		}()
		answers, err := io.ReadAll(near)
		require.NoError(t, err)
		assert.Equal(t, "\x02hi", string(answers))
		require.NoError(t, near.Close())
		<-done
		assert.Contains(t, shown.String(), `says "ho"`)
		assert.NotContains(t, shown.String(), "error")
	})
}

func TestServerReturnsWhyItCannotAccept(t *testing.T) {
	l := new(fuzz.Listener)
	require.NoError(t, l.Close())
	assert.ErrorIs(t, (&server{journal: &journal{w: io.Discard}}).serve(t.Context(), l), net.ErrClosed)
}
