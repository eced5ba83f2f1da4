package frame_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func skipped(t *testing.T, err error) *frame.Error {
	t.Helper()
	require.ErrorIs(t, err, frame.ErrTooLarge)
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	return e
}

// One error for one bad frame, and the next frame is the next frame.
func TestSkipIsExact(t *testing.T) {
	tests := map[string]struct {
		framing frame.Framing
		stream  string
		bad     int
	}{
		"varint":    {frame.Varint{}, "\x02hi\x09hellohell\x02yo\x05\n\n\n\n\n\x00", 2},
		"delimiter": {frame.Delimiter{}, "hi\nhellohell\nyo\nhello\n\n", 2},
		"CRLF":      {crlf, "hi\r\nhello\r\r\n\rello\r\nyo\r\nhello\r\n\r\n", 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := outcome{Frames: []string{"hi", "yo", ""}, End: "EOF"}
			got := settings{max: 3, skip: true}.read(test.framing, []byte(test.stream), fuzz.Plan{1, fuzz.Repeat})
			assert.Len(t, got.Bad, test.bad)
			got.Bad = nil
			assert.Equal(t, want, got)
		})
	}
}

// frameOf returns a frame of n bytes of payload.
func frameOf(framing frame.Framing, n int) []byte {
	wire, err := framing.AppendFrame(nil, bytes.Repeat([]byte("z"), n))
	if err != nil {
		panic(err)
	}
	return wire
}

// A frame of more than four times the limit is not passed over, whether the Reader learns of its size at the start, in
// pieces, or all at once.
func TestSkipGivesUpBeyondFourTimesTheLimit(t *testing.T) {
	const limit = 1000
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}, crlf} {
		for _, plan := range usual {
			near := append(frameOf(framing, 4*limit-2), frameOf(framing, 2)...)
			got := settings{max: limit, skip: true}.read(framing, near, plan)
			assert.Equal(t, outcome{Frames: []string{"zz"}, Bad: []string{"too large at 0"}, End: "EOF"}, got, "%T %v", framing, plan)
			far := append(frameOf(framing, 4*limit+1), frameOf(framing, 2)...)
			got = settings{max: limit, skip: true}.read(framing, far, plan)
			assert.Equal(t, outcome{Bad: []string{"too large at 0"}, End: "too large"}, got, "%T %v", framing, plan)
		}
	}
}

// The error with which skipping ends is about the frame, not about the place where the patience ended.
func TestSkipThatGivesUpSaysWhereTheFrameBegins(t *testing.T) {
	stream := []byte("hi\n0123456789abcdef0123456789\n")
	src := fuzz.NewReader(bytes.NewReader(stream), fuzz.Plan{1, fuzz.Repeat})
	r := settings{max: 3, skip: true}.reader(src, frame.Delimiter{})
	_, err := r.ReadFrame()
	require.NoError(t, err)
	_, err = r.ReadFrame()
	assert.True(t, skipped(t, err).Skipped)
	_, err = r.ReadFrame()
	e := skipped(t, err)
	assert.False(t, e.Skipped)
	assert.Equal(t, int64(3), e.Offset)
	assert.Equal(t, int64(3), e.Limit)
	assert.True(t, strings.HasPrefix(string(stream[3:]), string(e.First)), "%q are not the first bytes of the frame", e.First)
	_, again := r.ReadFrame()
	assert.Same(t, err, again)
}

func TestOffsetWhileSkipping(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		stream := append(frameOf(framing, 2), frameOf(framing, 9)...)
		src := fuzz.NewReader(bytes.NewReader(stream), fuzz.Plan{1 + fuzz.Timeout, fuzz.Repeat})
		r := settings{max: 3, skip: true}.reader(src, framing)
		first := int64(len(frameOf(framing, 2)))
		for read := 0; read < 2; { // the good frame and the error of the bad one
			_, err := r.ReadFrame()
			if err == nil || wasTooLarge(err) {
				read++
			}
		}
		for {
			_, err := r.ReadFrame()
			if err == io.EOF {
				break
			}
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			if r.Offset() != int64(len(stream)) {
				assert.Equal(t, first, r.Offset(), "%T: inside a frame, where that frame begins", framing)
			}
		}
		assert.Equal(t, int64(len(stream)), r.Offset())
	}
}

func wasTooLarge(err error) bool { return class(err) == "too large" }

// A limit below that of the machine, times four, must not wrap.
func TestSkipWithHugeLimit(t *testing.T) {
	stream := binary.AppendUvarint(nil, 1<<62)
	for _, limit := range []int{1<<31 - 1, 1<<31 - 2, 1 << 30} {
		got := settings{max: limit, skip: true}.read(frame.Varint{}, stream, nil)
		assert.Equal(t, outcome{Bad: []string{"too large at 0"}, End: "too large"}, got)
	}
}

func TestSkipGoesOnAfterTimeouts(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		stream := append(frameOf(framing, 20), frameOf(framing, 2)...)
		src := fuzz.NewReader(bytes.NewReader(stream), fuzz.Plan{1 + fuzz.Timeout, fuzz.Transient, fuzz.Repeat})
		assert.Equal(t, outcome{Frames: []string{"zz"}, Bad: []string{"too large at 0"}, End: "EOF"},
			drain(settings{max: 10, skip: true}.reader(src, framing).ReadFrame))
	}
}

// Nobody is interested in the rest of a frame that is passed over.
func TestStreamThatEndsWhileSkippingEndsClean(t *testing.T) {
	for _, stream := range []string{"\x05h", "\x05"} {
		got := settings{max: 4, skip: true}.read(frame.Varint{}, []byte(stream), nil)
		assert.Equal(t, outcome{Bad: []string{"too large at 0"}, End: "EOF"}, got)
	}
	got := settings{max: 4, skip: true}.read(crlf, []byte("hello\r"), fuzz.Plan{1, fuzz.Repeat})
	assert.Equal(t, outcome{Bad: []string{"too large at 0"}, End: "EOF"}, got)
}

// Skipping is for frames whose end is certain. Behind a bad prefix nothing is.
func TestSkipStopsAtMalformed(t *testing.T) {
	got := settings{max: 4, skip: true}.read(frame.Varint{}, []byte("\x02hi\x80\x00\x02yo"), nil)
	assert.Equal(t, outcome{Frames: []string{"hi"}, Bad: []string{"not minimal at 3"}, End: "not minimal"}, got)
}

// What is passed over is not kept.
func TestSkipHoldsLittleMemory(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		most := 0
		src := bytes.NewReader(append(frameOf(framing, 3<<20), frameOf(framing, 2)...))
		var r *frame.Reader
		r = settings{skip: true}.reader(readFunc(func(p []byte) (int, error) {
			if r.Offset() > 0 || src.Len() < 2<<20-64<<10 {
				most = max(most, r.Held())
			}
			return src.Read(p[:min(len(p), 1448)])
		}), framing)
		assert.Equal(t, []string{"zz"}, drain(r.ReadFrame).Frames)
		assert.LessOrEqual(t, most, 64<<10, "%T", framing)
	}
}

// Passing over a frame in exact mode takes no more calls than reading it would.
func TestSkipInExactModeReadsInPieces(t *testing.T) {
	stream := append(frameOf(frame.Varint{}, 3<<20), frameOf(frame.Varint{}, 2)...)
	calls := 0
	src := bytes.NewReader(stream)
	r := settings{skip: true, exact: true}.reader(readFunc(func(p []byte) (int, error) {
		calls++
		return src.Read(p)
	}), frame.Varint{})
	assert.Equal(t, []string{"zz"}, drain(r.ReadFrame).Frames)
	assert.Less(t, calls, 3<<20/1000)
}
