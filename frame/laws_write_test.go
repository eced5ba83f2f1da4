package frame_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func TestRoundTrip(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			want := outcome{End: "EOF"}
			var wire bytes.Buffer
			w := frame.NewWriter(&wire, r.framing)
			for _, payload := range rapid.SliceOfN(rapid.OneOf(r.payloads(300), r.long(5_000)), 0, 6).Draw(t, "payloads") {
				want.Frames = append(want.Frames, string(payload))
				require.NoError(t, w.WriteFrame(payload))
			}
			plan := plans().Draw(t, "plan")
			assert.Equal(t, want, settings{}.read(r.framing, wire.Bytes(), plan))
		})
	})
}

// An encoder that lets a payload pass which the decoder gives back as something else lets a user smuggle messages.
func TestRow06EncoderRefusesExactlyWhatTheDecoderWouldNotGiveBack(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			payload := rapid.OneOf(r.junk(12), fuzz.Payloads(300)).Draw(t, "payload")
			before := slices.Clone(payload)
			dst := append(make([]byte, 0, 64), "before"...)
			wire, err := r.framing.AppendFrame(dst, payload)
			assert.Equal(t, before, payload, "the payload was changed")
			assert.Equal(t, "before", string(wire[:6]))
			if r.carries(payload) {
				require.NoError(t, err)
				assert.Equal(t, string(r.encode(payload)), string(wire[6:]))
				return
			}
			require.Error(t, err)
			assert.True(t, slices.ContainsFunc(r.refuses, func(class error) bool { return errors.Is(err, class) }), "%v", err)
			assert.Equal(t, "before", string(wire))
		})
	})
}

// What lies in the spare capacity of a payload belongs to somebody else.
func TestEncoderLeavesSpareCapacityAlone(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		payload, _ := r.fit([]byte("x"))
		room := append(slices.Clone(payload), "neighbour"...)
		_, err := r.framing.AppendFrame(nil, room[:len(payload)])
		require.NoError(t, err)
		require.NoError(t, frame.NewWriter(io.Discard, r.framing).WriteFrame(room[:len(payload)]))
		assert.Equal(t, "neighbour", string(room[len(payload):]))
	})
}

func TestRow29CanonicalFramingsReencodeToTheSameBytes(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		if !r.canonical {
			t.Skip("not canonical")
		}
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			reader := frame.NewReader(bytes.NewReader(stream), r.framing)
			for begin := int64(0); ; begin = reader.Offset() {
				payload, err := reader.ReadFrame()
				if err != nil {
					return
				}
				wire, err := r.framing.AppendFrame(nil, payload)
				require.NoError(t, err)
				require.Equal(t, stream[begin:reader.Offset()], wire)
			}
		})
	})
}

// A Scanner knows nothing of timeouts and gives up at an error. What it reads up to there has to be what a Reader reads.
func TestScannerGivesWhatAReaderGives(t *testing.T) {
	eachFraming(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.streams().Draw(t, "stream")
			most := rapid.SampledFrom([]int{0, 1, 3, 16, -1}).Draw(t, "max")
			plan := fuzz.Plans().Draw(t, "plan")
			want := r.outcome(stream, settings{max: most})
			want.Bad = nil // only a Reader knows where
			assert.Equal(t, want, scanAll(fuzz.NewReader(bytes.NewReader(stream), plan), frame.SplitFunc(r.framing, most)))
		})
	})
}

func scanAll(src io.Reader, split bufio.SplitFunc) outcome {
	var o outcome
	scanner := bufio.NewScanner(src)
	scanner.Buffer(nil, 1<<20)
	scanner.Split(split)
	for scanner.Scan() {
		o.Frames = append(o.Frames, scanner.Text())
	}
	if o.End = "EOF"; scanner.Err() != nil {
		o.End = class(scanner.Err())
	}
	return o
}

// Whoever takes over after the last frame finds the next byte at its place.
func TestBytesAfterAFrameStayReadable(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			stream := r.encode(r.payloads(300).Draw(t, "payload"))
			size := len(stream)
			stream = append(stream, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "rest")...)
			src := fuzz.NewReader(bytes.NewReader(stream), fuzz.Plans().Draw(t, "plan"))
			exact := rapid.Bool().Draw(t, "exact")
			reader := settings{exact: exact}.reader(src, r.framing)
			_, err := reader.ReadFrame()
			require.NoError(t, err)
			require.Equal(t, int64(size), reader.Offset())
			if exact {
				require.Empty(t, reader.Buffered(), "read past the frame")
			}
			rest, err := io.ReadAll(io.MultiReader(bytes.NewReader(reader.Buffered()), src))
			require.NoError(t, err)
			assert.Equal(t, stream[size:], rest)
		})
	})
}

// A view is the caller's until the next read: no other Reader writes into it, and what the caller writes into it, or appends
// to it, changes no other frame.
func TestViewBelongsToTheCallerUntilTheNextRead(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		rapid.Check(t, func(t *rapid.T) {
			payloads := rapid.SliceOfN(r.long(20_000), 1, 2).Draw(t, "payloads")
			var stream []byte
			for _, payload := range payloads {
				stream = append(stream, r.encode(payload)...)
			}
			plan := fuzz.Plans().Draw(t, "plan")
			mine := frame.NewReader(fuzz.NewReader(bytes.NewReader(stream), plan), r.framing)
			other := frame.NewReader(bytes.NewReader(stream), r.framing)
			for _, want := range payloads {
				view, err := mine.ReadFrame()
				require.NoError(t, err)
				_, err = other.ReadFrame()
				require.NoError(t, err)
				require.Equal(t, string(want), string(view))
				for i := range view {
					view[i] = '!'
				}
				_ = append(view, "!!!!"...)
			}
			_, err := mine.ReadFrame()
			assert.Same(t, io.EOF, err)
		})
	})
}
