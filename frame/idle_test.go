//go:build unix

package frame_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// pair returns the two ends of a connection over network.
func pair(t *testing.T, network string) (a, b net.Conn) {
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, addr)
	require.NoError(t, err)
	defer l.Close()
	a, err = net.Dial(network, l.Addr().String())
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = a.Close()
		_ = b.Close()
	})
	return a, b
}

// hidden is a connection of a type that frame does not know.
type hidden struct{ net.Conn }

// readUntilIdle reads a frame that does not come, until the connection has waited for it.
func readUntilIdle(t *testing.T, c *frame.Conn, idle func() bool) {
	for wait := time.Millisecond; wait < 20*time.Second; wait *= 4 { // a short deadline may pass before there is time to wait
		require.NoError(t, c.SetReadDeadline(time.Now().Add(wait)))
		_, err := c.ReadFrame()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		if idle() {
			break
		}
	}
	require.NoError(t, c.SetReadDeadline(time.Time{}))
}

func TestIdleConnHoldsNoBuffer(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		a, b := pair(t, network)
		from, to := frame.NewConn(a, frame.Varint{}), frame.NewConn(b, frame.Varint{})
		for _, size := range []int{1, 100_000, 1} {
			go from.WriteFrame(make([]byte, size))
			p, err := to.ReadFrame()
			require.NoError(t, err)
			require.Len(t, p, size)
			assert.NotZero(t, to.Held(), network)
			readUntilIdle(t, to, func() bool { return to.Held() == 0 })
			assert.Zero(t, to.Held(), network)
		}
		_, err := a.Write([]byte{10, 'x'}) // a frame that has begun
		require.NoError(t, err)
		readUntilIdle(t, to, func() bool { return len(to.Buffered()) == 2 })
		assert.NotZero(t, to.Held(), network)
	}
}

func TestUnknownConnsAreReadAsTheySay(t *testing.T) {
	a, b := pair(t, "tcp")
	to := frame.NewConn(hidden{b}, frame.Varint{})
	_, err := a.Write([]byte{1, 'x'})
	require.NoError(t, err)
	p, err := to.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "x", string(p))
	readUntilIdle(t, to, func() bool { return true })
	assert.NotZero(t, to.Held())
}

// Bytes that come in pieces of any size, with timeouts between them, are the frames that were sent.
func TestIdleConnLosesNothing(t *testing.T) {
	a, b := pair(t, "tcp")
	to := frame.NewConn(b, frame.Varint{})
	random := rand.New(rand.NewPCG(1, 2))
	var sent [][]byte
	var stream []byte
	for range 300 {
		p := make([]byte, random.IntN(1<<random.IntN(15)))
		for i := range p {
			p[i] = byte(random.Uint32())
		}
		sent = append(sent, p)
		stream, _ = frame.Varint{}.AppendFrame(stream, p)
	}
	go func() {
		for len(stream) > 0 {
			n := min(len(stream), 1+random.IntN(1<<random.IntN(16)))
			if _, err := a.Write(stream[:n]); !assert.NoError(t, err) {
				return
			}
			stream = stream[n:]
		}
		assert.NoError(t, a.(*net.TCPConn).CloseWrite())
	}()
	for _, want := range sent {
		p, err := []byte(nil), error(os.ErrDeadlineExceeded)
		for errors.Is(err, os.ErrDeadlineExceeded) {
			require.NoError(t, to.SetReadDeadline(time.Now().Add(100*time.Microsecond)))
			p, err = to.ReadFrame()
		}
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, p))
	}
	require.NoError(t, to.SetReadDeadline(time.Time{}))
	_, err := to.ReadFrame()
	assert.Equal(t, io.EOF, err)
	require.NoError(t, to.Close())
	_, err = to.ReadFrame()
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestIdleConnReportsAReset(t *testing.T) {
	a, b := pair(t, "tcp")
	to := frame.NewConn(b, frame.Varint{})
	require.NoError(t, a.(*net.TCPConn).SetLinger(0))
	require.NoError(t, a.Close())
	_, err := to.ReadFrame()
	var sys *os.SyscallError
	assert.ErrorAs(t, err, &sys)
}
