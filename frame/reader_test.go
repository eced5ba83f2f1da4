package frame_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// readFunc is a source that is only a Read.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestReadAppend(t *testing.T) {
	r := frame.NewReader(strings.NewReader("\x02hi\x00\x03you\x05cut"), frame.Varint{})
	dst := []byte("> ")
	for _, want := range []string{"> hi", "> hi", "> hiyou"} {
		var err error
		dst, err = r.ReadAppend(dst)
		require.NoError(t, err)
		assert.Equal(t, want, string(dst))
	}
	dst, err := r.ReadAppend(dst)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, "> hiyou", string(dst), "with an error, dst comes back as it was")
}

// What ReadAppend returns is the caller's, whatever is read later.
func TestReadAppendMakesACopy(t *testing.T) {
	r := frame.NewReader(strings.NewReader("\x02hi\x02yo"), frame.Varint{})
	hi, err := r.ReadAppend(nil)
	require.NoError(t, err)
	view, err := r.ReadFrame()
	require.NoError(t, err)
	clear(view)
	assert.Equal(t, "hi", string(hi))
}

func TestFrames(t *testing.T) {
	r := frame.NewReader(strings.NewReader("a\nb\n\nc\n"), frame.Delimiter{})
	var got []string
	for payload, err := range r.Frames() {
		require.NoError(t, err)
		if got = append(got, string(payload)); len(got) == 2 {
			break
		}
	}
	for payload, err := range r.Frames() {
		require.NoError(t, err)
		got = append(got, string(payload))
	}
	assert.Equal(t, []string{"a", "b", "", "c"}, got, "ranging again goes on")
}

func TestFramesGoesOnAfterASkippedFrameOnly(t *testing.T) {
	stream := "\x02hi\x05hello\x02yo\x80\x00\x02no"
	r := settings{max: 2, skip: true}.reader(strings.NewReader(stream), frame.Varint{})
	var got []string
	for payload, err := range r.Frames() {
		if err != nil {
			payload = []byte(class(err))
		}
		got = append(got, string(payload))
	}
	assert.Equal(t, []string{"hi", "too large", "yo", "not minimal"}, got)
}

func TestFramesGoesOnWhenItIsCalledAgainAfterATimeout(t *testing.T) {
	r := frame.NewReader(fuzz.NewReader(strings.NewReader("hello\n"), fuzz.Plan{2, fuzz.Timeout}), frame.Delimiter{})
	var got []string
	for range 2 {
		for payload, err := range r.Frames() {
			got = append(got, string(payload)+errorText(err))
		}
	}
	assert.Equal(t, []string{"i/o timeout", "hello"}, got)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// An error that came with bytes is not lost either: it follows the frames that these complete.
func TestErrorThatCameWithBytesFollowsThem(t *testing.T) {
	src := fuzz.NewReader(strings.NewReader("\x02hi\x02yo"), fuzz.Plan{4 + fuzz.Timeout, 2 + fuzz.Transient})
	r := frame.NewReader(src, frame.Varint{})
	var got []string
	for range 5 {
		payload, err := r.ReadFrame()
		got = append(got, string(payload)+errorText(err))
	}
	assert.Equal(t, []string{"hi", "i/o timeout", "yo", fuzz.ErrTransient.Error(), "EOF"}, got)
}

func TestSourceThatGivesNothingForEver(t *testing.T) {
	for name, stream := range map[string]string{"at the start": "", "in the prefix": "\x80", "in the payload": "\x05he"} {
		t.Run(name, func(t *testing.T) {
			src := strings.NewReader(stream)
			calls := 0
			r := frame.NewReader(readFunc(func(p []byte) (int, error) {
				calls++
				n, _ := src.Read(p)
				return n, nil
			}), frame.Varint{})
			for range 3 {
				_, err := r.ReadFrame()
				require.Same(t, io.ErrNoProgress, err)
			}
			assert.LessOrEqual(t, calls, 3*100+1)
		})
	}
}

// A source may think for a while, and then go on.
func TestSourceThatGoesOnAfterNoProgress(t *testing.T) {
	thinking := make(fuzz.Plan, 150)
	r := frame.NewReader(fuzz.NewReader(strings.NewReader("\x02hi"), append(fuzz.Plan{1}, thinking...)), frame.Varint{})
	_, err := r.ReadFrame()
	require.Same(t, io.ErrNoProgress, err)
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "hi", string(payload))
}

func TestSourceWithImpossibleCounts(t *testing.T) {
	counts := map[string]func(room int) int{
		"negative":         func(int) int { return -1 },
		"one too many":     func(room int) int { return room + 1 },
		"far too many":     func(int) int { return 1 << 30 },
		"negative, at all": func(int) int { return -1 << 31 },
	}
	for name, count := range counts {
		t.Run(name, func(t *testing.T) {
			src := readFunc(func(p []byte) (int, error) { return count(len(p)), io.EOF })
			for _, exact := range []bool{false, true} {
				r := settings{exact: exact}.reader(src, frame.Varint{})
				_, err := r.ReadFrame()
				require.Error(t, err)
				assert.NotErrorIs(t, err, io.EOF)
				assert.Empty(t, r.Buffered())
			}
		})
	}
}

// After an error that stays, the source is left alone.
func TestErrorsThatStay(t *testing.T) {
	tests := map[string]struct {
		framing frame.Framing
		stream  string
	}{
		"too large":   {frame.Varint{}, "\x05hello\x02hi"},
		"overflow":    {frame.Varint{}, strings.Repeat("\xff", 9) + "\x02hi"},
		"not minimal": {frame.Varint{}, "\x80\x00\x02hi"},
		"impossible":  {frame.Varint{Bits: 1}, "\x02hi"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			src := strings.NewReader(test.stream)
			r := settings{max: 4}.reader(readFunc(func(p []byte) (int, error) {
				calls++
				return src.Read(p)
			}), test.framing)
			_, first := r.ReadFrame()
			require.Equal(t, name, class(first))
			before := calls
			for range 3 {
				payload, err := r.ReadFrame()
				assert.Nil(t, payload)
				assert.Same(t, first, err)
			}
			assert.Equal(t, before, calls)
			assert.Equal(t, test.stream, string(r.Buffered()), "the bad bytes can be looked at")
		})
	}
}

func TestMaxMayChangeBetweenFrames(t *testing.T) {
	r := settings{max: 2}.reader(strings.NewReader("\x02hi\x05hello\x03you"), frame.Varint{})
	_, err := r.ReadFrame()
	require.NoError(t, err)
	r.Max = 5
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "hello", string(payload))
	r.Max = 2
	_, err = r.ReadFrame()
	assert.ErrorIs(t, err, frame.ErrTooLarge)
}

func TestMaxBelowZeroIsNoLimit(t *testing.T) {
	stream := append([]byte("\x81\x80\x80\x01"), make([]byte, 2<<20+1)...)
	r := settings{max: -1}.reader(bytes.NewReader(stream), frame.Varint{})
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Len(t, payload, 2<<20+1)
}

func TestOffset(t *testing.T) {
	r := frame.NewReader(strings.NewReader("\x02hi\x00\x05cut"), frame.Varint{})
	for _, want := range []int64{0, 3, 4, 4} {
		assert.Equal(t, want, r.Offset())
		_, _ = r.ReadFrame()
	}
}

// Detach hands over every byte and every error that the source gave and that nobody has seen, and leaves nothing behind.
func TestReaderDetach(t *testing.T) {
	src := fuzz.NewReader(strings.NewReader("\x02hi\x05herest"), fuzz.Plan{6 + fuzz.Timeout})
	r := frame.NewReader(src, frame.Varint{})
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	require.Equal(t, "hi", string(payload))

	unread, err := r.Detach()
	assert.Equal(t, "\x05he", string(unread), "the frame that has begun is among them")
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	rest, err := io.ReadAll(src)
	require.NoError(t, err)
	assert.Equal(t, "rest", string(rest))

	_, err = r.ReadFrame()
	assert.Same(t, io.EOF, err)
	_, _, err = r.NextFrame()
	assert.Same(t, io.EOF, err)
	unread, err = r.Detach()
	assert.Empty(t, unread)
	assert.NoError(t, err)
	assert.EqualValues(t, 3, r.Offset())
	assert.Zero(t, r.Held())
}

// A frame that is handed out in pieces ends where the Reader is detached.
func TestDetachInsideAStream(t *testing.T) {
	r := frame.NewReader(fuzz.NewReader(strings.NewReader("\x05hello"), fuzz.Plan{3}), frame.Varint{})
	body, _, err := r.NextFrame()
	require.NoError(t, err)
	begin := make([]byte, 1)
	_, err = io.ReadFull(body, begin)
	require.NoError(t, err)
	unread, err := r.Detach()
	require.NoError(t, err)
	assert.Equal(t, "he", string(begin)+string(unread))
	_, err = body.Read(begin)
	assert.Same(t, io.EOF, err)

	r = frame.NewReader(strings.NewReader("5:hello,rest"), frame.Netstring{})
	body, _, err = r.NextFrame()
	require.NoError(t, err)
	_, err = io.ReadFull(body, begin)
	require.NoError(t, err)
	assert.Equal(t, "ello,rest", string(r.Buffered()))
	_, err = io.ReadAll(body)
	require.NoError(t, err)
	assert.Equal(t, "rest", string(r.Buffered()))
}

// The other way to leave the rest of a stream to somebody else.
func TestExactNeverReadsPastTheFrame(t *testing.T) {
	src := strings.NewReader("\x02hi\x81\x01" + strings.Repeat("z", 129) + "\x00switch")
	r := settings{exact: true}.reader(src, frame.Varint{})
	for _, left := range []int{131 + 7, 7, 6} {
		_, err := r.ReadFrame()
		require.NoError(t, err)
		assert.Empty(t, r.Buffered())
		assert.Equal(t, left, src.Len())
	}
}

func TestExactReadsThePayloadInOnePiece(t *testing.T) {
	stream := append([]byte{100}, make([]byte, 100)...)
	calls := 0
	src := bytes.NewReader(stream)
	r := settings{exact: true}.reader(readFunc(func(p []byte) (int, error) {
		calls++
		return src.Read(p)
	}), frame.Varint{})
	_, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, 2, calls, "one for the prefix and one for the rest")
}

// A framing of one's own may fail with any error.
func TestErrorOfAFramingOfOnesOwn(t *testing.T) {
	own := errors.New("bad magic")
	r := frame.NewReader(strings.NewReader("??"), failingFraming{own})
	_, err := r.ReadFrame()
	require.ErrorIs(t, err, own)
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, frame.Error{Op: "read", Err: own, First: []byte("??")}, *e)
	err = frame.NewWriter(io.Discard, failingFraming{own}).WriteFrame(nil)
	require.ErrorAs(t, err, &e)
	assert.Equal(t, frame.Error{Op: "write", Err: own}, *e)
}

type failingFraming struct{ err error }

func (f failingFraming) AppendFrame(dst, _ []byte) ([]byte, error) { return dst, f.err }

func (f failingFraming) Scan([]byte, frame.Scan, bool) (frame.Scan, error) {
	return frame.Scan{}, f.err
}
