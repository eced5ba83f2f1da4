package frame_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

func TestNetstring(t *testing.T) {
	ns := frame.Netstring{}
	testWires(t, []wire{
		{name: "nothing", framing: ns},
		{name: "hi", framing: ns, stream: "32 3a 68 69 2c", frames: []string{"68 69"}},
		{name: "empty", framing: ns, stream: "30 3a 2c", frames: []string{""}},
		{name: "two digits", framing: ns, stream: "31 30 3a 30 31 32 33 34 35 36 37 38 39 2c", frames: []string{"30 31 32 33 34 35 36 37 38 39"}},
		{name: "commas and colons within", framing: ns, stream: "33 3a 2c 3a 2c 2c 30 3a 2c", frames: []string{"2c 3a 2c", ""}},
		{name: "the limit", framing: ns, max: 2, stream: "32 3a 68 69 2c", frames: []string{"68 69"}},
		{name: "over the limit", framing: ns, max: 2, stream: "33 3a", err: frame.ErrTooLarge},
		{name: "cut off in the length", framing: ns, stream: "30 3a 2c 32", frames: []string{""}, err: io.ErrUnexpectedEOF, offset: 3},
		{name: "cut off behind the colon", framing: ns, stream: "32 3a", err: io.ErrUnexpectedEOF},
		{name: "cut off in the payload", framing: ns, stream: "32 3a 68", err: io.ErrUnexpectedEOF},
		{name: "cut off before the comma", framing: ns, stream: "32 3a 68 69", err: io.ErrUnexpectedEOF},
		{name: "bad second frame", framing: ns, stream: "30 3a 2c 32 3b", frames: []string{""}, err: frame.ErrNoColon, offset: 3, at: 1},
	})
}

func TestNetstringBadFrames(t *testing.T) {
	for _, b := range []bad{
		{name: "no length", wire: "3a", err: frame.ErrLength, at: 0},
		{name: "minus", wire: "2d", err: frame.ErrLength, at: 0},
		{name: "plus", wire: "2b", err: frame.ErrLength, at: 0},
		{name: "blank", wire: "20", err: frame.ErrLength, at: 0},
		{name: "two zeros", wire: "30 30", err: frame.ErrNotMinimal, at: 1},
		{name: "zero before a digit", wire: "30 31", err: frame.ErrNotMinimal, at: 1},
		{name: "zero and no colon", wire: "30 2c", err: frame.ErrNoColon, at: 1},
		{name: "no colon", wire: "33 2a", err: frame.ErrNoColon, at: 1},
		{name: "blank before the colon", wire: "33 20", err: frame.ErrNoColon, at: 1},
		{name: "letter in the length", wire: "31 32 61", err: frame.ErrNoColon, at: 2},
		{name: "no comma", wire: "32 3a 68 69 0a", err: frame.ErrNoComma, at: 4},
		{name: "no comma behind nothing", wire: "30 3a 30", err: frame.ErrNoComma, at: 2},
		{name: "payload is longer", wire: "31 3a 68 69", err: frame.ErrNoComma, at: 3},
		{name: "more than an int64", wire: strings.Repeat("39", 19) + "3a", err: frame.ErrTooLarge, at: 19},
		{name: "twenty digits", wire: strings.Repeat("31", 20), err: frame.ErrTooLarge, at: 19},
	} {
		t.Run(b.name, func(t *testing.T) {
			b.framing = frame.Netstring{}
			b.assertRefused(t)
			assertSplits(t, b.framing, append([]byte("2:hi,"), unhex(b.wire+"30 30")...))
		})
	}
}

// The largest length is not the business of the framing, and its value survives on every machine.
func TestNetstringOfTheLargestSize(t *testing.T) {
	wire := fmt.Sprintf("%d:", int64(math.MaxInt64-21))
	s, err := frame.Netstring{}.Scan([]byte(wire), frame.Scan{}, false)
	require.NoError(t, err)
	assert.Equal(t, int64(math.MaxInt64), s.Size)
	assert.Positive(t, s.Need)
	s, err = frame.Netstring{}.Scan([]byte(wire[:19]), frame.Scan{}, false)
	require.NoError(t, err)
	assert.Positive(t, s.Need)
}

// What is missing at least is never more than what is missing, or a Reader that is Exact would read too much.
func TestNetstringNeedsNoMoreThanThereIs(t *testing.T) {
	wire, err := frame.Netstring{}.AppendFrame(nil, make([]byte, 1203))
	require.NoError(t, err)
	for n := 1; n < len(wire); n++ {
		s, err := frame.Netstring{}.Scan(wire[:n], frame.Scan{}, false)
		require.NoError(t, err)
		assert.Positive(t, s.Need)
		assert.LessOrEqual(t, n+s.Need, len(wire))
	}
}

func TestNetstringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "payload")
		wire, err := frame.Netstring{}.AppendFrame([]byte("before"), payload)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("before%d:%s,", len(payload), payload), string(wire))
		got, used, err := feed(t, frame.Netstring{}, append(wire[len("before"):], "rest"...))
		require.NoError(t, err)
		assert.Equal(t, len(wire)-len("before"), used)
		assert.Equal(t, string(payload), string(got))
	})
}

var netstringHead = regexp.MustCompile(`^(0|[1-9][0-9]{0,18}):`)

// netstringModel is a slow and obvious reader of the frames at the start of stream. It returns what is left of it, too.
func netstringModel(stream string) (frames []string, rest string) {
	for {
		head := netstringHead.FindString(stream)
		n, err := strconv.Atoi(strings.TrimSuffix(head, ":"))
		if err != nil || n >= len(stream)-len(head) || stream[len(head)+n] != ',' {
			return frames, stream
		}
		frames = append(frames, stream[len(head):len(head)+n])
		stream = stream[len(head)+n+1:]
	}
}

func TestNetstringAnyBytes(t *testing.T) {
	piece := rapid.OneOf(
		rapid.StringMatching(`[0-3:,x]{0,4}`),
		rapid.Map(rapid.StringN(0, 12, 12), func(p string) string { return fmt.Sprintf("%d:%s,", len(p), p) }))
	rapid.Check(t, func(t *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), "")
		assertSplits(t, frame.Netstring{}, []byte(stream))
		r := frame.NewReader(strings.NewReader(stream), frame.Netstring{})
		frames, err := readAll(r)
		want, rest := netstringModel(stream)
		require.Equal(t, want, frames)
		require.Equal(t, err == io.EOF, rest == "")
		again := bytes.NewBuffer(nil)
		w := frame.NewWriter(again, frame.Netstring{})
		for _, payload := range frames {
			require.NoError(t, w.WriteFrame([]byte(payload)))
		}
		require.Equal(t, strings.TrimSuffix(stream, rest), again.String(), "it is canonical")
	})
}

func TestNetstringAllocatesNothing(t *testing.T) {
	testNoAllocs(t, frame.Netstring{}, make([]byte, 1000))
}
