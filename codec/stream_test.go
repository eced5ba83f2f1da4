package codec_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// note is a message of the streams in these tests.
type note struct {
	ID   int64
	Text string
}

// streams returns the two ends of a connection in memory, as streams of c.
func streams[In, Out any](t testing.TB, c codec.Codec) (*codec.Stream[In, Out], *codec.Stream[Out, In]) {
	a, b := fuzz.Pipe()
	near := codec.NewStream[In, Out](frame.NewConn(a, frame.Varint{}), c)
	far := codec.NewStream[Out, In](frame.NewConn(b, frame.Varint{}), c)
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// fromPeer returns a stream of notes in JSON whose peer has sent these payloads as frames and then these bytes, and has gone.
func fromPeer(t testing.TB, rest string, payloads ...string) *codec.Stream[note, note] {
	a, b := fuzz.Pipe()
	peer := frame.NewConn(a, frame.Varint{})
	for _, payload := range payloads {
		require.NoError(t, peer.BufferFrame([]byte(payload)))
	}
	require.NoError(t, peer.Flush())
	_, err := io.WriteString(a, rest)
	require.NoError(t, err)
	require.NoError(t, peer.Close())
	t.Cleanup(func() { b.Close() })
	return codec.NewStream[note, note](frame.NewConn(b, frame.Varint{}), codec.JSON{})
}

// collect returns what s receives to its end, errors by their class.
func collect[In, Out any](t testing.TB, s *codec.Stream[In, Out]) (got []any) {
	for v, err := range s.All(t.Context()) {
		var mine *codec.Error
		var framing *frame.Error
		switch {
		case err == nil:
			got = append(got, v)
			continue
		case errors.As(err, &mine):
			got = append(got, mine.Err)
		case errors.As(err, &framing):
			got = append(got, framing.Err)
		default:
			got = append(got, err)
		}
		assert.Zero(t, v)
	}
	return got
}

func TestStreamBothWays(t *testing.T) {
	for _, c := range []codec.Codec{nil, codec.Msgpack{}, codec.JSON{}} {
		near, far := streams[note, []string](t, c)
		require.NoError(t, near.Send(t.Context(), []string{"a", "b"}))
		words, err := far.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, words)
		require.NoError(t, far.Send(t.Context(), note{7, "seven"}))
		n, err := near.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, note{7, "seven"}, n)
	}
}

// Every kind of Go type goes through, boxed or not, and so does what a codec of one's own takes only as a value.
func TestStreamOfEachKindOfType(t *testing.T) {
	through(t, codec.Msgpack{}, 7)
	through(t, codec.Msgpack{}, &note{7, "x"})
	through(t, codec.Msgpack{}, map[string]int{"a": 1})
	through(t, codec.Msgpack{}, any("x"))
	through(t, codec.JSON{}, [2]bool{true, false})
	through(t, codec.Text{}, "text")
	through(t, codec.Raw{}, []byte{})
	through(t, codec.Raw{}, []byte("raw"))
	through(t, codec.Codec(hexText{}), []byte("hex"))
	through(t, codec.Codec(chat), Message(Say{"hello"}))
}

func through[T any](t *testing.T, c codec.Codec, v T) {
	near, far := streams[T, T](t, c)
	for range 2 {
		require.NoError(t, near.Send(t.Context(), v))
		got, err := far.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, v, got)
	}
}

func TestStreamWithTwoCodecs(t *testing.T) {
	near, far := streams[note, string](t, codec.JSON{})
	near.Out, far.In = codec.Text{}, codec.Text{}
	require.NoError(t, near.Send(t.Context(), "plain text"))
	got, err := far.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "plain text", got)
	require.NoError(t, far.Send(t.Context(), note{7, "x"}))
	n, err := near.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, note{7, "x"}, n)
}

func TestABadMessageIsOneError(t *testing.T) {
	s := fromPeer(t, "", `{"ID":1}`, `{"ID":"x"}`, `{"ID":2,"ID":2}`, ``, `{"ID":3}`)
	assert.Equal(t, []any{note{ID: 1}, codec.ErrValue, codec.ErrDuplicateKey, codec.ErrTruncated, note{ID: 3}}, collect(t, s))
	_, err := s.Receive(t.Context())
	assert.Equal(t, io.EOF, err)
}

func TestABadFrameEndsTheStream(t *testing.T) {
	for name, test := range map[string]struct {
		rest string
		want error
	}{
		"cut off":   {"\x09{\"ID\"", io.ErrUnexpectedEOF},
		"malformed": {"\x80\x00", frame.ErrNotMinimal},
		"too large": {"\xff\xff\xff\x7f{}\x08{\"ID\":3}", frame.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			s := fromPeer(t, test.rest, `{"ID":1}`)
			assert.Equal(t, []any{note{ID: 1}, test.want}, collect(t, s))
			_, err := s.Receive(t.Context())
			assert.ErrorIs(t, err, test.want)
			assert.NotErrorIs(t, err, io.EOF)
		})
	}
}

func TestAFrameThatIsSkippedIsOneError(t *testing.T) {
	s := fromPeer(t, "", `{"ID":1}`, `{"ID":2,"Text":"longer than all the others"}`, `{"ID":3}`)
	s.Conn().Max, s.Conn().Skip = 20, true
	assert.Equal(t, []any{note{ID: 1}, frame.ErrTooLarge, note{ID: 3}}, collect(t, s))
}

// A bad message must not look like the end of the stream, whatever the error of the codec.
func TestABadMessageIsNotTheEnd(t *testing.T) {
	s := fromPeer(t, "", "1", "2")
	s.In = eofText{}
	for range 2 {
		_, err := s.Receive(t.Context())
		asError(t, codec.ErrValue, "eof", "decode", err)
		assert.NotErrorIs(t, err, io.EOF)
		assert.ErrorContains(t, err, "EOF")
	}
	_, err := s.Receive(t.Context())
	assert.Equal(t, io.EOF, err)
	s.Out = eofText{}
	err = s.Send(t.Context(), note{})
	asError(t, codec.ErrValue, "eof", "append", err)
	assert.ErrorIs(t, err, io.ErrShortBuffer)
}

// endText is a codec whose error has io.EOF for its class.
type endText struct{ eofText }

func (endText) Decode([]byte, any) error {
	return &codec.Error{Codec: "eof", Op: "decode", Err: io.EOF, What: "here"}
}

func TestABadMessageIsNotTheEndByItsClass(t *testing.T) {
	s := fromPeer(t, "", "1")
	s.In = endText{}
	_, err := s.Receive(t.Context())
	assert.NotErrorIs(t, err, io.EOF)
	assert.ErrorContains(t, asError(t, codec.ErrValue, "eof", "decode", err), "byte 0: here")
}

func TestAMessageThatCannotBeSentLeavesTheStreamAsItWas(t *testing.T) {
	near, far := streams[any, any](t, codec.Msgpack{MaxElements: 3})
	near.Conn().Max = 50
	asError(t, codec.ErrTooManyElements, "msgpack", "append", near.Send(t.Context(), []int{1, 2, 3}))
	asError(t, codec.ErrTooManyElements, "msgpack", "append", near.Buffer([]int{1, 2, 3}))
	assert.ErrorIs(t, near.Send(t.Context(), strings.Repeat("x", 50)), frame.ErrTooLarge)
	require.NoError(t, near.Send(t.Context(), "good"))
	got, err := far.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "good", got)
}

func TestMessagesThatAreBufferedGoOutTogether(t *testing.T) {
	near, far := streams[note, note](t, nil)
	for i := range int64(3) {
		require.NoError(t, near.Buffer(note{ID: i}))
	}
	assert.Zero(t, near.Conn().Stats().BytesOut)
	require.NoError(t, near.Flush())
	require.NoError(t, near.Buffer(note{ID: 3}))
	require.NoError(t, near.Send(t.Context(), note{ID: 4}))
	require.NoError(t, near.Buffer(note{ID: 5}))
	require.NoError(t, near.CloseWrite())
	var want []any
	for i := range int64(6) {
		want = append(want, note{ID: i})
	}
	assert.Equal(t, want, collect(t, far))
	require.NoError(t, far.Send(t.Context(), note{ID: 6}), "the other direction is still open")
	got, err := near.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, note{ID: 6}, got)
}

func TestAllStopsWhenTheLoopDoes(t *testing.T) {
	s := fromPeer(t, "", `{"ID":1}`, `{"ID":2}`, `x`, `{"ID":3}`)
	var got []int64
	for range 2 {
		for n, err := range s.All(t.Context()) {
			require.NoError(t, err)
			got = append(got, n.ID)
			break
		}
	}
	assert.Equal(t, []int64{1, 2}, got)
	assert.Equal(t, []any{codec.ErrMalformed, note{ID: 3}}, collect(t, s))
}

// What Receive returned is the caller's: neither the next message nor the next frame changes it.
func TestMessagesOfAStreamShareNothing(t *testing.T) {
	near, far := streams[[]byte, []byte](t, codec.Msgpack{})
	var got [][]byte
	for _, text := range []string{"first", "2nd", "third"} {
		require.NoError(t, near.Send(t.Context(), []byte(text)))
		b, err := far.Receive(t.Context())
		require.NoError(t, err)
		got = append(got, b)
	}
	assert.Equal(t, [][]byte{[]byte("first"), []byte("2nd"), []byte("third")}, got)
}

// A struct is neither copied into an any when it is sent, nor allocated when it is received.
func TestStreamAllocations(t *testing.T) {
	ctx := context.Background() // to obey one that can end costs a few allocations in package frame
	assert.Zero(t, exchangeAllocs(t, ctx, codec.Msgpack{}, note{ID: 1 << 40}), "a struct")
	assert.EqualValues(t, 1, exchangeAllocs(t, ctx, codec.Msgpack{}, note{ID: 1, Text: "a string"}), "its string")
	assert.EqualValues(t, 1, exchangeAllocs[Message](t, ctx, chat, Join{}), "the member of a union")
	assert.EqualValues(t, 2, exchangeAllocs[Message](t, ctx, chat, Say{"hello"}), "the member of a union and its string")
}

// exchangeAllocs returns how often it allocates to send v and receive it.
func exchangeAllocs[T any](t *testing.T, ctx context.Context, c codec.Codec, v T) uint64 {
	near, far := streams[T, T](t, c)
	near.Conn().WriteTimeout, far.Conn().FrameTimeout = -1, -1 // the timers of a connection in memory are allocated
	return leastAllocs(func() {
		assert.NoError(t, near.Send(ctx, v))
		_, err := far.Receive(ctx)
		assert.NoError(t, err)
	})
}
