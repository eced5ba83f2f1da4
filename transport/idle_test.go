//go:build unix

package transport

import (
	"context"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bare is a connection to a server that costs this program a descriptor and nothing else.
type bare int

func dialBare(t testing.TB, port int) bare {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	return bare(fd)
}

func (fd bare) write(t testing.TB, p []byte) {
	n, err := syscall.Write(int(fd), p)
	require.NoError(t, err)
	require.Len(t, p, n)
}

func (fd bare) read(t testing.TB, size int) {
	for p := make([]byte, size); len(p) > 0; {
		n, err := syscall.Read(int(fd), p)
		require.NoError(t, err)
		require.NotZero(t, n)
		p = p[n:]
	}
}

// idleConns has conns connections make one call each, and returns how many bytes each costs the server afterwards.
func idleConns(t testing.TB, conns int) int64 {
	srv := &Server{Log: slog.New(slog.DiscardHandler)}
	Unary[string, string]("echo").Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go srv.Serve(l)
	defer srv.Close()
	port := l.Addr().(*net.TCPAddr).Port
	fds := make([]bare, 0, conns)
	call := func() {
		fd := dialBare(t, port)
		fd.write(t, wire(nil).hello().request(1))
		fd.read(t, len(wire(nil).hello())+len("\x04\x03\x01\xa1x"))
		fds = append(fds, fd)
	}
	call() // which makes what is made once
	before := settled()
	for range conns {
		call()
	}
	quiet := func() bool { return allSettled(srv) }
	require.Eventually(t, quiet, 30*time.Second, 10*time.Millisecond)
	each := (settled() - before) / int64(conns)
	for _, fd := range fds {
		_ = syscall.Close(int(fd))
	}
	return each
}

// settled returns how many bytes of heap and stacks are in use when nothing moves any more.
func settled() int64 {
	least := memory()
	for range 20 {
		time.Sleep(time.Millisecond) // for goroutines that are about to end
		least = min(least, memory())
	}
	return least
}

// Row 21: what an idle connection costs the server after one call, on plain TCP.
func TestRow21IdleSockets(t *testing.T) {
	if slower > 1 {
		t.Skip("the race detector's own memory would be counted")
	}
	const most = 6 << 10
	each := idleConns(t, 500)
	for tries := 1; each > most && tries < 5; tries++ { // how large new stacks are is the runtime's guess
		each = min(each, idleConns(t, 500))
	}
	t.Logf("%d bytes for each connection", each)
	assert.LessOrEqual(t, each, int64(most), "2 KiB of stack, and a heap of 4")
}
