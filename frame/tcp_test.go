package frame_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// dial returns both ends of a real connection on this machine.
func dial(t *testing.T, framing frame.Framing) (client, server *frame.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		defer close(accepted)
		if conn, err := listener.Accept(); err == nil {
			accepted <- conn
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	client = frame.NewConn(conn, framing)
	peer, ok := <-accepted
	require.True(t, ok)
	server = frame.NewConn(peer, framing)
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client, server
}

func TestEchoOverTCP(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		client, server := dial(t, framing)
		var group sync.WaitGroup
		group.Go(func() {
			for payload, err := range server.Frames() {
				if !assert.NoError(t, err) || !assert.NoError(t, server.WriteFrame(payload)) {
					return
				}
			}
			assert.NoError(t, server.CloseWrite())
		})
		sizes := []int{0, 1, 127, 128, 1448, 16383, 16384, 100_000, 1 << 20}
		group.Go(func() {
			for _, size := range sizes {
				assert.NoError(t, client.WriteFrameContext(t.Context(), bytes.Repeat([]byte("z"), size)))
			}
			assert.NoError(t, client.CloseWrite())
		})
		for _, size := range sizes {
			payload, err := client.ReadFrameContext(t.Context())
			require.NoError(t, err)
			require.Equal(t, bytes.Repeat([]byte("z"), size), payload)
		}
		_, err := client.ReadFrame()
		require.Same(t, io.EOF, err)
		group.Wait()
		assert.Equal(t, client.Stats().BytesOut, server.Stats().BytesIn)
		assert.Equal(t, server.Stats(), frame.Stats{
			BytesIn: client.Stats().BytesOut, BytesOut: client.Stats().BytesIn,
			FramesIn: uint64(len(sizes)), FramesOut: uint64(len(sizes)),
		})
	}
}

func TestTimeoutsOverTCP(t *testing.T) {
	client, server := dial(t, frame.Varint{})
	server.IdleTimeout = time.Millisecond
	_, err := server.ReadFrame()
	require.ErrorIs(t, err, frame.ErrIdleTimeout)
	server.IdleTimeout, server.FrameTimeout = 0, time.Millisecond
	conn, _, err := client.Detach()
	require.NoError(t, err)
	_, err = conn.Write([]byte("\x05he"))
	require.NoError(t, err)
	_, err = server.ReadFrame()
	require.ErrorIs(t, err, frame.ErrFrameTimeout)
	_, err = conn.Write([]byte("llo"))
	require.NoError(t, err)
	server.FrameTimeout = -1
	assertFrame(t, server, "hello")
}

// A peer that takes nothing stops a writer, not for ever.
func TestWriteTimeoutOverTCP(t *testing.T) {
	client, _ := dial(t, frame.Varint{})
	client.WriteTimeout, client.Max = 10*time.Millisecond, -1
	payload := make([]byte, 1<<20)
	var err error
	for range 1000 { // the kernel takes some megabytes
		if err = client.WriteFrame(payload); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, frame.ErrWriteTimeout)
	before := client.Stats()
	assert.Equal(t, err, client.WriteFrame([]byte("hi")))
	assert.Equal(t, before, client.Stats())
}

func TestCloseOverTCP(t *testing.T) {
	client, server := dial(t, frame.Varint{})
	var group sync.WaitGroup
	group.Go(func() {
		_, err := client.ReadFrame()
		assert.ErrorIs(t, err, net.ErrClosed)
	})
	require.NoError(t, client.Close())
	group.Wait()
	assert.ErrorIs(t, client.SetDeadline(time.Now()), net.ErrClosed)
	_, err := server.ReadFrame()
	assert.True(t, err == io.EOF || !errors.Is(err, os.ErrDeadlineExceeded), "%v", err)
}
