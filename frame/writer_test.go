package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// writes records each Write by itself.
type writes struct {
	got  []string
	fail func(p []byte) (int, error) // if not nil
}

func (w *writes) Write(p []byte) (int, error) {
	w.got = append(w.got, string(p))
	if w.fail != nil {
		return w.fail(p)
	}
	return len(p), nil
}

// Two writes for one frame wait for each other 40 ms on many a network.
func TestOneWriteForOneFrame(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Varint{})
	large := strings.Repeat("z", 200_000)
	for _, payload := range []string{"hi", "", large, "you"} {
		require.NoError(t, w.WriteFrame([]byte(payload)))
	}
	assert.Equal(t, []string{"\x02hi", "\x00", "\xc0\x9a\x0c" + large, "\x03you"}, dst.got)
}

func TestBatch(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Delimiter{})
	require.NoError(t, w.BufferFrame([]byte("a")))
	require.NoError(t, w.BufferFrame([]byte("b")))
	assert.Empty(t, dst.got)
	require.NoError(t, w.Flush())
	require.NoError(t, w.Flush())
	require.NoError(t, w.BufferFrame([]byte("c")))
	require.NoError(t, w.WriteFrame([]byte("d")))
	assert.Equal(t, []string{"a\nb\n", "c\nd\n"}, dst.got, "nothing to flush is no Write, and WriteFrame flushes")
}

// What is buffered is the caller's again.
func TestBufferFrameKeepsNoPayload(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Delimiter{})
	payload := []byte("a")
	require.NoError(t, w.BufferFrame(payload))
	payload[0] = 'b'
	require.NoError(t, w.Flush())
	assert.Equal(t, []string{"a\n"}, dst.got)
}

func TestBatchOf64KiBGoesOutUnasked(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Delimiter{})
	payload := make([]byte, 999)
	for range 65 {
		require.NoError(t, w.BufferFrame(payload))
	}
	require.Empty(t, dst.got)
	require.NoError(t, w.BufferFrame(payload))
	require.Len(t, dst.got, 1)
	assert.Len(t, dst.got[0], 66_000)
}

// Row 17 of the attacks: after half a frame nothing may follow, and the error stays.
func TestRow17FailedWriteStays(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		fail func(p []byte) (int, error)
		want error
	}{
		"error":             {func([]byte) (int, error) { return 0, broken }, broken},
		"short with error":  {func([]byte) (int, error) { return 1, broken }, broken},
		"whole with error":  {func(p []byte) (int, error) { return len(p), broken }, broken},
		"short and silent":  {func(p []byte) (int, error) { return len(p) - 1, nil }, io.ErrShortWrite},
		"nothing at all":    {func([]byte) (int, error) { return 0, nil }, io.ErrShortWrite},
		"more than it took": {func(p []byte) (int, error) { return len(p) + 1, nil }, io.ErrShortWrite},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dst := &writes{fail: test.fail}
			w := frame.NewWriter(dst, frame.Varint{})
			require.NoError(t, w.BufferFrame([]byte("hi")))
			require.Same(t, test.want, w.WriteFrame([]byte("you")))
			dst.fail = nil
			assert.Same(t, test.want, w.WriteFrame([]byte("again")))
			assert.Same(t, test.want, w.BufferFrame([]byte("again")))
			assert.Same(t, test.want, w.Flush())
			assert.Same(t, test.want, w.WriteFrame(make([]byte, 2*frame.DefaultMax)), "also where another error would come")
			assert.Equal(t, []string{"\x02hi\x03you"}, dst.got, "nothing more is written")
		})
	}
}

// Row 3 of the attacks: what cannot be a frame leaves no byte on the wire and does no harm.
func TestRow03RefusedPayloadWritesNothing(t *testing.T) {
	dst := &writes{}
	w := frame.NewWriter(dst, frame.Delimiter{})
	w.Max = 4
	require.NoError(t, w.BufferFrame([]byte("a")))
	assert.ErrorIs(t, w.WriteFrame([]byte("12345")), frame.ErrTooLarge)
	assert.ErrorIs(t, w.WriteFrame([]byte("x\ny")), frame.ErrDelimiter)
	assert.ErrorIs(t, w.BufferFrame([]byte("12345")), frame.ErrTooLarge)
	assert.ErrorIs(t, w.BufferFrame([]byte("x\ny")), frame.ErrDelimiter)
	assert.Empty(t, dst.got)
	require.NoError(t, w.WriteFrame([]byte("1234")))
	assert.Equal(t, []string{"a\n1234\n"}, dst.got)
}

func TestWriterHasALimitByDefault(t *testing.T) {
	w := frame.NewWriter(io.Discard, frame.Varint{})
	assert.NoError(t, w.WriteFrame(make([]byte, frame.DefaultMax)))
	assert.ErrorIs(t, w.WriteFrame(make([]byte, frame.DefaultMax+1)), frame.ErrTooLarge)
	w = frame.NewWriter(io.Discard, frame.Varint{})
	w.Max = -1
	assert.NoError(t, w.WriteFrame(make([]byte, frame.DefaultMax+1)))
}

// A delimiter that is kept does not count to the limit, as with the Reader.
func TestKeptDelimiterDoesNotCount(t *testing.T) {
	framing := frame.Delimiter{Delims: []string{"\r\n", "\n"}, Keep: true}
	dst := &writes{}
	w := frame.NewWriter(dst, framing)
	w.Max = 3
	require.NoError(t, w.WriteFrame([]byte("abc\r\n")))
	require.NoError(t, w.WriteFrame([]byte("abc\n")))
	assert.ErrorIs(t, w.WriteFrame([]byte("abcd\n")), frame.ErrTooLarge)
	assert.Equal(t, outcome{Frames: dst.got, End: "EOF"},
		settings{max: 3}.read(framing, []byte(strings.Join(dst.got, "")), nil))
}

func TestFramesOfGoroutinesNeverMix(t *testing.T) {
	const writers, frames = 8, 100
	var wire bytes.Buffer // not safe for goroutines: the Writer has to be
	w := frame.NewWriter(&wire, frame.Varint{})
	var group sync.WaitGroup
	for id := range writers {
		group.Go(func() {
			for n := range frames {
				write := w.WriteFrame
				if n%3 == 0 {
					write = w.BufferFrame
				}
				assert.NoError(t, write(numbered(id, n)))
			}
		})
	}
	group.Wait()
	require.NoError(t, w.Flush())
	assertInOrder(t, wire.Bytes(), writers, frames)
}

// numbered returns the payload n of the writer id: its name, n+1 times.
func numbered(id, n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%d.%d ", id, n), n+1) }

// assertInOrder asserts that stream has the frames of all writers, and those of each in order.
func assertInOrder(t *testing.T, stream []byte, writers, frames int) {
	t.Helper()
	got, err := readAll(frame.NewReader(bytes.NewReader(stream), frame.Varint{}))
	require.Same(t, io.EOF, err)
	require.Len(t, got, writers*frames)
	next := make([]int, writers)
	for _, payload := range got {
		id, n := 0, 0
		_, err := fmt.Sscanf(payload, "%d.%d ", &id, &n)
		require.NoError(t, err)
		require.Equal(t, next[id], n)
		require.Equal(t, string(numbered(id, n)), payload)
		next[id]++
	}
}

// A Writer that had to hold one large frame does not hold it for ever.
func TestWriterGivesLargeBufferBack(t *testing.T) {
	w := frame.NewWriter(io.Discard, frame.Varint{})
	w.Max = 16 << 20
	require.NoError(t, w.WriteFrame(make([]byte, 16<<20)))
	require.NoError(t, w.WriteFrame([]byte("hi")))
	assert.LessOrEqual(t, w.Held(), 128<<10)
}
