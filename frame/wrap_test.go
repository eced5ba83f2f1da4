package frame_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

func TestWriteFrameFrom(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		payload, _ := r.fit([]byte("hello"))
		dst := &writes{}
		w := frame.NewWriter(dst, r.framing)
		require.NoError(t, w.BufferFrame(payload))
		want := string(r.encode(payload))
		err := w.WriteFrameFrom(iotest.OneByteReader(bytes.NewReader(payload)), int64(len(payload)))
		if errors.Is(err, errors.ErrUnsupported) {
			assert.Empty(t, dst.got)
			require.NoError(t, w.WriteFrame(payload), "it stays usable")
		} else {
			require.NoError(t, err)
		}
		want += string(r.encode(payload))
		assert.Equal(t, want, strings.Join(dst.got, ""))
		require.NoError(t, w.Flush())
		_, isVarint := r.framing.(frame.Varint)
		assert.True(t, err == nil || !isVarint)
	})
}

func TestWriteFrameFromAShortSource(t *testing.T) {
	broken := errors.New("broken")
	for want, src := range map[error]io.Reader{
		io.ErrUnexpectedEOF: strings.NewReader("hel"),
		broken:              io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(broken)),
	} {
		dst := &writes{}
		w := frame.NewWriter(dst, frame.Varint{})
		require.Same(t, want, w.WriteFrameFrom(src, 5))
		before := strings.Join(dst.got, "")
		assert.Equal(t, "\x05hel", before)
		assert.Same(t, want, w.WriteFrame([]byte("hi")))
		assert.Same(t, want, w.WriteFrameFrom(strings.NewReader("hello"), 5))
		assert.Same(t, want, w.Flush())
		assert.Equal(t, before, strings.Join(dst.got, ""), "nothing more is written")
	}
}

func TestWriteFrameFromThatIsTooLarge(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Varint{})
	w.Max = 5
	for _, size := range []int64{6, math.MaxInt64} {
		src := strings.NewReader("hello!")
		require.ErrorIs(t, w.WriteFrameFrom(src, size), frame.ErrTooLarge)
		assert.Equal(t, 6, src.Len(), "the source is left alone")
	}
	w.Max = -1
	require.ErrorIs(t, frame.NewWriter(dst, frame.Varint{Bits: 32}).WriteFrameFrom(strings.NewReader(""), 1<<32), frame.ErrTooLarge)
	assert.Empty(t, dst.got)
	w.Max = 5
	require.NoError(t, w.WriteFrameFrom(strings.NewReader("hello!"), 5))
	assert.Equal(t, "\x05hello", strings.Join(dst.got, ""))
}

// A framing that is impossible as it is set up writes nothing, from wherever the payload comes.
func TestImpossibleFramingWritesNothingFrom(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Varint{Bits: 5}, frame.Header{Name: "no token"}} {
		dst := &writes{}
		w := frame.NewWriter(dst, framing)
		src := strings.NewReader("hello")
		assert.ErrorIs(t, w.WriteFrameFrom(src, 5), frame.ErrConfig, "%#v", framing)
		assert.ErrorIs(t, w.WriteFrame([]byte("hello")), frame.ErrConfig, "%#v", framing)
		assert.Equal(t, 5, src.Len())
		assert.Empty(t, dst.got)
	}
}

// sockets returns both ends of a real connection of each kind.
func sockets(t *testing.T) map[string][2]net.Conn {
	ends := map[string][2]net.Conn{}
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		listener, err := net.Listen(network, address)
		require.NoError(t, err)
		conn, err := net.Dial(network, listener.Addr().String()) // which waits for no Accept
		require.NoError(t, err)
		peer, err := listener.Accept()
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		t.Cleanup(func() {
			_ = conn.Close()
			_ = peer.Close()
		})
		ends[network] = [2]net.Conn{conn, peer}
	}
	return ends
}

// A large frame to a real socket goes out behind the buffered ones, without a copy of its own.
func TestLargeFrameOverASocket(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16)
	for network, ends := range sockets(t) {
		t.Run(network, func(t *testing.T) {
			w := frame.NewWriter(ends[0], frame.Varint{})
			done := make(chan error, 1)
			go func() {
				defer close(done)
				for _, err := range []error{
					w.BufferFrame([]byte("a")), w.BufferFrame([]byte("b")), w.WriteFrame([]byte(large)), w.WriteFrame([]byte("c")),
				} {
					if err != nil {
						done <- err
						return
					}
				}
			}()
			r := frame.NewReader(ends[1], frame.Varint{})
			for _, want := range []string{"a", "b", large, "c"} {
				payload, err := r.ReadFrame()
				require.NoError(t, err)
				require.True(t, want == string(payload), "%d bytes, %d came", len(want), len(payload))
			}
			require.NoError(t, <-done)
			assert.LessOrEqual(t, w.Held(), 1<<10)
		})
	}
}

func TestLargeFramesOverASocketAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for network, ends := range sockets(t) {
		t.Run(network, func(t *testing.T) {
			go func() { // in a buffer of its own, since a copy may allocate
				for buf := make([]byte, 1<<20); ; {
					if _, err := ends[1].Read(buf); err != nil {
						return
					}
				}
			}()
			w := frame.NewWriter(ends[0], frame.Varint{})
			payload := make([]byte, 1<<20)
			assertNoAllocs(t, func() error { return w.WriteFrame(payload) })
		})
	}
}

// Row 17 of the attacks, where the kernel takes several buffers: half a frame, and nothing more.
func TestRow17LargeWriteThatFailsStays(t *testing.T) {
	for network, ends := range sockets(t) {
		t.Run(network, func(t *testing.T) {
			w := frame.NewWriter(ends[0], frame.Varint{})
			require.NoError(t, ends[0].Close())
			first := w.WriteFrame(make([]byte, 1<<20))
			require.ErrorIs(t, first, net.ErrClosed)
			assert.Same(t, first, w.WriteFrame([]byte("hi")))
			assert.Same(t, first, w.Flush())
		})
	}
}
