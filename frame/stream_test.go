package frame_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// streamed returns what a Reader makes of stream if its frames are taken in pieces.
func (s settings) streamed(framing frame.Framing, stream []byte, plan fuzz.Plan) outcome {
	r := s.reader(fuzz.NewReader(bytes.NewReader(stream), plan), framing)
	var (
		body io.Reader
		size int64
		got  []byte
		err  error
	)
	return drain(func() ([]byte, error) {
		if body == nil {
			if body, size, err = r.NextFrame(); err != nil {
				body = nil
				return nil, err
			}
			got = []byte{}
		}
		if err := collect(&got, body); err != nil {
			if !passing(err) {
				body = nil
			}
			return nil, err
		}
		body = nil
		if size >= 0 && size != int64(len(got)) {
			return nil, fmt.Errorf("%d bytes announced, %d came", size, len(got))
		}
		return got, nil
	})
}

// collect appends what comes from src to got, until it ends or fails.
func collect(got *[]byte, src io.Reader) error {
	var buf [7]byte
	for {
		n, err := src.Read(buf[:])
		*got = append(*got, buf[:n]...)
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// passing reports whether err is one of a source that goes on.
func passing(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, fuzz.ErrTransient)
}

// Frames that are taken in pieces are the frames that are taken whole, and the errors are the same.
func TestFramesInPiecesAreTheSame(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			plan := plans().Draw(t, "plan")
			s := anySettings().Draw(t, "settings")
			s.skip = false
			require.Equal(t, r.outcome(stream, s), s.streamed(r.framing, stream, plan))
		})
	})
}

// The next call drops what is left of a frame, be it all of it or none, and goes on dropping after an error of the source.
func TestRestOfAStreamedFrameIsDropped(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			payloads := rapid.SliceOfN(r.payloads(300), 1, 5).Draw(t, "payloads")
			var stream []byte
			for _, payload := range payloads {
				stream = append(stream, r.encode(payload)...)
			}
			src := fuzz.NewReader(bytes.NewReader(stream), plans().Draw(t, "plan"))
			reader := settings{exact: rapid.Bool().Draw(t, "exact")}.reader(src, r.framing)
			for _, want := range payloads {
				if rapid.Bool().Draw(t, "whole") {
					payload, err := persist(reader.ReadFrame)
					require.NoError(t, err)
					require.Equal(t, string(want), string(payload))
					continue
				}
				body, err := persist(func() (io.Reader, error) {
					body, _, err := reader.NextFrame()
					return body, err
				})
				require.NoError(t, err)
				taken := rapid.IntRange(0, len(want)).Draw(t, "taken")
				got := make([]byte, taken)
				_, err = io.ReadFull(persistent{body}, got)
				require.NoError(t, err)
				require.Equal(t, string(want[:taken]), string(got))
			}
			_, err := persist(reader.ReadFrame)
			require.Same(t, io.EOF, err)
			require.Equal(t, int64(len(stream)), reader.Offset())
		})
	})
}

// persist reads until the error is none that passes.
func persist[T any](read func() (T, error)) (T, error) {
	for {
		if got, err := read(); err == nil || !passing(err) {
			return got, err
		}
	}
}

// persistent is a source whose errors that pass are not seen.
type persistent struct{ io.Reader }

func (p persistent) Read(buf []byte) (int, error) {
	return persist(func() (int, error) { return p.Reader.Read(buf) })
}

// What a stream announces: the size where a prefix has it, otherwise nothing.
func TestAnnouncedSizes(t *testing.T) {
	tests := []struct {
		framing frame.Framing
		stream  string
		size    int64
	}{
		{frame.Varint{}, "\x05hello", 5},
		{frame.Fixed{}, "\x00\x00\x00\x05hello", 5},
		{frame.Records{Size: 5}, "hello", 5},
		{frame.Netstring{}, "5:hello,", 5},
		{frame.Header{}, "Content-Length: 5\r\n\r\nhello", 5},
		{frame.Delimiter{}, "hello\n", -1},
		{frame.Lines{}, "hello\r\n", -1},
		{frame.COBS{}, "\x06hello\x00", 5},
		{frame.SLIP{}, "hello\xc0", 5},
	}
	for _, test := range tests {
		src := fuzz.NewReader(strings.NewReader(test.stream), fuzz.Plan{1, fuzz.Repeat})
		body, size, err := frame.NewReader(src, test.framing).NextFrame()
		require.NoError(t, err, "%T", test.framing)
		assert.Equal(t, test.size, size, "%T", test.framing)
		got, err := io.ReadAll(body)
		require.NoError(t, err, "%T", test.framing)
		assert.Equal(t, "hello", string(got), "%T", test.framing)
	}
}

func TestStreamedFrameThatIsBad(t *testing.T) {
	tests := []struct {
		name    string
		framing frame.Framing
		stream  string
		max     int
		want    error
		got     string
	}{
		{"cut off", frame.Varint{}, "\x02hi\x05he", 0, io.ErrUnexpectedEOF, "he"},
		{"cut off without a size", frame.Delimiter{}, "hi\nhe", 0, io.ErrUnexpectedEOF, "he"},
		{"too large, and nothing announces it", frame.Delimiter{}, "hi\nhello\n", 4, frame.ErrTooLarge, "hell"},
		{"no comma", frame.Netstring{}, "2:hi,5:hello!", 0, frame.ErrNoComma, "hello"},
		{"wrong line end", frame.Lines{Strict: true}, "hi\r\nhe\nllo\r\n", 0, frame.ErrLineEnd, "he"},
	}
	for _, test := range tests {
		for _, read := range []bool{true, false} {
			src := fuzz.NewReader(strings.NewReader(test.stream), fuzz.Plan{1, fuzz.Repeat})
			r := settings{max: test.max}.reader(src, test.framing)
			_, err := r.ReadFrame()
			require.NoError(t, err)
			begin := r.Offset()
			body, _, err := r.NextFrame()
			require.NoError(t, err, test.name)
			if read {
				var got []byte
				got, err = io.ReadAll(body)
				assert.Equal(t, test.got, string(got), test.name)
			} else {
				_, err = r.ReadFrame()
			}
			var e *frame.Error
			require.ErrorAs(t, err, &e, test.name)
			assert.ErrorIs(t, err, test.want, test.name)
			assert.Equal(t, begin, e.Offset, test.name)
		}
	}
}

func TestStreamThatIsOverGivesNothingMore(t *testing.T) {
	r := frame.NewReader(strings.NewReader("\x05hello\x03you\x02hi"), frame.Varint{})
	stale, _, err := r.NextFrame()
	require.NoError(t, err)
	n, err := stale.Read(nil)
	assert.Zero(t, n)
	assert.NoError(t, err)
	body, _, err := r.NextFrame()
	require.NoError(t, err)
	n, err = stale.Read(make([]byte, 9))
	assert.Zero(t, n)
	assert.Same(t, io.EOF, err)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Equal(t, "you", string(got))
	_, err = body.Read(make([]byte, 1))
	assert.Same(t, io.EOF, err)
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "hi", string(payload))
}

// A frame larger than memory passes through a small buffer.
func TestLargeFramePassesThroughASmallBuffer(t *testing.T) {
	const size = 64 << 20
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		var head, tail []byte
		if _, ok := framing.(frame.Varint); ok {
			head = binary.AppendUvarint(nil, size)
		} else {
			tail = []byte("\n")
		}
		src := io.MultiReader(bytes.NewReader(head), io.LimitReader(&endless{}, size), bytes.NewReader(tail))
		r := settings{max: -1}.reader(src, framing)
		body, _, err := r.NextFrame()
		require.NoError(t, err)
		buf, got := make([]byte, 32<<10), 0
		for err == nil {
			var n int
			n, err = body.Read(buf)
			got += n
			if r.Held() > 128<<10 {
				t.Fatalf("%T: %d bytes held", framing, r.Held())
			}
		}
		require.Same(t, io.EOF, err)
		assert.Equal(t, size, got)
	}
}

func TestConnLimitsTheTimeOfAStreamedFrame(t *testing.T) {
	inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
		send(t, peer, "\x05he")
		body, size, err := c.NextFrame()
		require.NoError(t, err)
		require.Equal(t, int64(5), size)
		var got []byte
		assertTimeout(t, frame.ErrFrameTimeout, frame.DefaultFrameTimeout, func() error { return collect(&got, body) })
		send(t, peer, "llo")
		require.NoError(t, collect(&got, body))
		assert.Equal(t, "hello", string(got))
	})
}

// The clock of a streamed frame stops at its end.
func TestStreamedFrameLeavesTheNextOneItsTime(t *testing.T) {
	for _, ends := range [][]string{{"llo", "\x02h"}, {"llo\x02h", ""}} {
		inBubble(t, func(t *testing.T, c *frame.Conn, peer *fuzz.Conn) {
			send(t, peer, "\x05he")
			body, _, err := c.NextFrame()
			require.NoError(t, err)
			time.AfterFunc(9*time.Second, func() { send(t, peer, ends[0]) })
			var got []byte
			require.NoError(t, collect(&got, body))
			assert.Equal(t, "hello", string(got))
			time.AfterFunc(2*time.Second, func() { send(t, peer, ends[1]) })
			time.AfterFunc(4*time.Second, func() { send(t, peer, "i") })
			assertFrame(t, c, "hi")
		})
	}
}
