package fuzz_test

import (
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// A conn is what fuzz.Conn and net.TCPConn have in common.
type conn interface {
	net.Conn
	CloseWrite() error
	SetReadBuffer(int) error
}

var _, _ conn = (*fuzz.Conn)(nil), (*net.TCPConn)(nil)

// class returns which of the documented errors err is, among them.
func class(t *testing.T, err error) string {
	t.Helper()
	if err == nil || err == io.EOF {
		return errorMark(1, err)
	}
	var opErr *net.OpError
	require.ErrorAs(t, err, &opErr)
	for name, target := range map[string]error{
		"closed":  net.ErrClosed,
		"pipe":    syscall.EPIPE,
		"reset":   syscall.ECONNRESET,
		"timeout": os.ErrDeadlineExceeded,
	} {
		if assert.ObjectsAreEqual(target, opErr.Err) || strings.HasSuffix(err.Error(), target.Error()) {
			return opErr.Op + " " + name
		}
	}
	return err.Error()
}

// endTests end a connection in some way and then say what each call gives.
// They hold for TCP as well.
var endTests = []struct {
	name string
	end  func(a, b conn) error
	want [6]string // a: read, write, set deadline, close write, close; b: read
}{
	{
		"nothing, but a deadline",
		func(a, b conn) error { return a.SetDeadline(time.Now().Add(-time.Hour)) },
		[6]string{"read timeout", "write timeout", "", "", "", "!eof"},
	},
	{
		"close",
		func(a, b conn) error { return a.Close() },
		[6]string{"read closed", "write closed", "set closed", "close closed", "close closed", "!eof"},
	},
	{
		"close write",
		func(a, b conn) error { _, _ = b.Write([]byte("x")); return a.CloseWrite() },
		[6]string{"", "write pipe", "", "", "", "!eof"},
	},
	{
		"both close write, then close",
		func(a, b conn) error { _ = a.CloseWrite(); _ = b.CloseWrite(); return a.Close() },
		[6]string{"read closed", "write closed", "set closed", "close closed", "close closed", "!eof"},
	},
	{
		"reset",
		func(a, b conn) error { reset(a); return nil },
		[6]string{"read closed", "write closed", "set closed", "close closed", "close closed", "read reset"},
	},
}

// reset resets a connection of either kind.
func reset(c conn) {
	switch c := c.(type) {
	case *fuzz.Conn:
		c.Reset()
	case *net.TCPConn:
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

func testEnds(t *testing.T, dial func(t *testing.T) (a, b conn)) {
	for _, tt := range endTests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := dial(t)
			defer b.Close()
			require.NoError(t, tt.end(a, b))
			var got [6]string
			p := make([]byte, 9)
			_, err := a.Read(p)
			got[0] = class(t, err)
			_, err = a.Write(p)
			got[1] = class(t, err)
			got[2] = class(t, a.SetDeadline(time.Time{}))
			got[3] = class(t, a.CloseWrite())
			got[4] = class(t, a.Close())
			_, err = b.Read(p)
			got[5] = class(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestEnds(t *testing.T) {
	testEnds(t, func(t *testing.T) (a, b conn) { return fuzz.Pipe() })
}

func TestEndsAreThoseOfTCP(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the names of TCP's errors differ")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	testEnds(t, func(t *testing.T) (conn, conn) {
		a, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		b, err := ln.Accept()
		require.NoError(t, err)
		return a.(conn), b.(conn)
	})
}

func TestWrittenBytesAreReadAfterClose(t *testing.T) {
	ends := map[string]func(*fuzz.Conn) error{"Close": (*fuzz.Conn).Close, "CloseWrite": (*fuzz.Conn).CloseWrite}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				write(t, a, "written")
				require.NoError(t, end(a))
				assert.Equal(t, "wri tte n !eof", reads(b, 3))
				assert.Equal(t, "!eof", reads(b, 3))
			})
		})
	}
}

func TestCloseWriteLeavesTheOtherDirectionOpen(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, a.CloseWrite())
		write(t, b, "answer")
		require.NoError(t, b.Close())
		assert.Equal(t, "answer !eof", reads(a, 9))
	})
}

func TestWriteToAClosedEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "nobody reads this")
		require.NoError(t, b.Close())
		for range 2 {
			n, err := a.Write([]byte("nor this"))
			assert.Zero(t, n)
			assert.ErrorIs(t, err, syscall.EPIPE)
			assert.EqualError(t, err, "write pipe pipe:1->pipe:2: broken pipe")
		}
		n, err := a.Write(nil)
		assert.Zero(t, n)
		assert.ErrorIs(t, err, syscall.EPIPE)
	})
}

func TestResetTakesBackWhatWasWritten(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "to b")
		write(t, b, "to a")
		a.Reset()
		for range 2 {
			for _, op := range []func([]byte) (int, error){b.Read, b.Write} {
				n, err := op(make([]byte, 9))
				assert.Zero(t, n)
				assert.ErrorIs(t, err, syscall.ECONNRESET)
			}
			for _, op := range []func([]byte) (int, error){a.Read, a.Write} {
				n, err := op(make([]byte, 9))
				assert.Zero(t, n)
				assert.ErrorIs(t, err, net.ErrClosed)
			}
		}
		assert.ErrorIs(t, a.Close(), net.ErrClosed)
		assert.NoError(t, b.SetDeadline(time.Now()))
		assert.NoError(t, b.Close())
		_, err := b.Read(make([]byte, 9))
		assert.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestResetAfterClose(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "to b")
		require.NoError(t, a.Close())
		a.Reset()
		_, err := b.Read(make([]byte, 9))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		_, err = b.Write(make([]byte, 9))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
	})
}

func TestBothEndsReset(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		a.Reset()
		b.Reset()
		for _, op := range []func([]byte) (int, error){a.Read, a.Write, b.Read, b.Write} {
			_, err := op(make([]byte, 9))
			assert.ErrorIs(t, err, net.ErrClosed)
		}
	})
}

func TestEndsReachCallsThatWait(t *testing.T) {
	tests := []struct {
		name        string
		end         func(a, b *fuzz.Conn)
		read, write error // what the calls of a give
	}{
		{"own close", func(a, b *fuzz.Conn) { _ = a.Close() }, net.ErrClosed, net.ErrClosed},
		{"own reset", func(a, b *fuzz.Conn) { a.Reset() }, net.ErrClosed, net.ErrClosed},
		{"close of the other", func(a, b *fuzz.Conn) { _ = b.Close() }, io.EOF, syscall.EPIPE},
		{"reset by the other", func(a, b *fuzz.Conn) { b.Reset() }, syscall.ECONNRESET, syscall.ECONNRESET},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				require.NoError(t, b.SetReadBuffer(2))
				read := begin(a.Read, make([]byte, 9))
				first, second := begin(a.Write, []byte("abc")), begin(a.Write, []byte("def"))
				for _, call := range []<-chan result{read, first, second} {
					requireBlocked(t, call)
				}
				tt.end(a, b)
				r, w, behind := <-read, <-first, <-second
				assert.ErrorIs(t, r.err, tt.read)
				assert.ErrorIs(t, w.err, tt.write)
				assert.Equal(t, 2, w.n)
				assert.ErrorIs(t, behind.err, tt.write)
				assert.Zero(t, behind.n)
			})
		})
	}
}

func TestNothingCanBeSetAfterClose(t *testing.T) {
	a, _ := fuzz.Pipe()
	require.NoError(t, a.Close())
	for _, err := range []error{
		a.SetDeadline(time.Now()),
		a.SetReadDeadline(time.Now()),
		a.SetWriteDeadline(time.Now()),
		a.SetReadBuffer(1),
		a.CloseWrite(),
		a.Close(),
	} {
		assert.ErrorIs(t, err, net.ErrClosed)
	}
	a.SetReadPlan(fuzz.Plan{fuzz.Timeout})
	_, err := a.Read(make([]byte, 1))
	assert.ErrorIs(t, err, net.ErrClosed)
}
