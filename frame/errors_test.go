package frame_test

import (
	"errors"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

var crlf = frame.Delimiter{Delims: []string{"\r\n"}}

// Each stream is read in one piece, and its first error has to be exactly this.
var readErrors = []struct {
	name    string
	framing frame.Framing
	settings
	stream string
	want   frame.Error
}{
	{"cut off in the prefix", frame.Varint{}, settings{}, "\x02hi\x80", frame.Error{
		Err: io.ErrUnexpectedEOF, Offset: 3, Part: frame.InPrefix, Have: 1, Need: 1, First: []byte("\x80"),
	}},
	{"cut off after the prefix", frame.Varint{}, settings{}, "\x02hi\x05", frame.Error{
		Err: io.ErrUnexpectedEOF, Offset: 3, Part: frame.AfterPrefix, Have: 1, Need: 5, First: []byte("\x05"),
	}},
	{"cut off in the payload", frame.Varint{}, settings{}, "\x05he", frame.Error{
		Err: io.ErrUnexpectedEOF, Part: frame.InPayload, Have: 3, Need: 3, First: []byte("\x05he"),
	}},
	{"cut off in a payload of unknown size", frame.Delimiter{}, settings{}, "hi\nxy", frame.Error{
		Err: io.ErrUnexpectedEOF, Offset: 3, Part: frame.InPayload, Have: 2, Need: 1, First: []byte("xy"),
	}},
	{"cut off in the delimiter", crlf, settings{}, "hi\r", frame.Error{
		Err: io.ErrUnexpectedEOF, Part: frame.InDelimiter, Have: 3, Need: 1, First: []byte("hi\r"),
	}},
	{"too large by announcement", frame.Varint{}, settings{max: 4}, "\x01x\xac\x02hello", frame.Error{
		Err: frame.ErrTooLarge, Offset: 2, At: 1, Size: 300, Limit: 4, First: []byte("\xac\x02hello"),
	}},
	{"too large by default", frame.Varint{}, settings{}, "\x81\x80\x40", frame.Error{
		Err: frame.ErrTooLarge, At: 2, Size: frame.DefaultMax + 1, Limit: frame.DefaultMax, First: []byte("\x81\x80\x40"),
	}},
	{"too large without announcement", frame.Delimiter{}, settings{max: 3}, "hi\nabcdef\n", frame.Error{
		Err: frame.ErrTooLarge, Offset: 3, At: 3, Limit: 3, First: []byte("abcdef\n"),
	}},
	{"too large to count", frame.Varint{Bits: 64}, settings{max: -1}, strings.Repeat("\xff", 9) + "\x01", frame.Error{
		Err: frame.ErrTooLarge, At: 9, Size: math.MaxUint64, First: []byte(strings.Repeat("\xff", 9) + "\x01"),
	}},
	{"too large, passed over", frame.Varint{}, settings{max: 4, skip: true}, "\x05hello\x02hi", frame.Error{
		Err: frame.ErrTooLarge, Size: 5, Limit: 4, First: []byte("\x05hello\x02hi"), Skipped: true,
	}},
	{"overflow in the ninth byte", frame.Varint{}, settings{}, "\x00" + strings.Repeat("\xff", 20), frame.Error{
		Err: frame.ErrOverflow, Offset: 1, At: 8, First: []byte(strings.Repeat("\xff", 16)),
	}},
	{"overflow of 32 bits", frame.Varint{Bits: 32}, settings{}, "\x80\x80\x80\x80\x10", frame.Error{
		Err: frame.ErrOverflow, At: 4, First: []byte("\x80\x80\x80\x80\x10"),
	}},
	{"not minimal", frame.Varint{}, settings{}, "\x81\x80\x00", frame.Error{
		Err: frame.ErrNotMinimal, At: 2, First: []byte("\x81\x80\x00"),
	}},
	{"impossible varint", frame.Varint{Bits: 7}, settings{}, "x", frame.Error{Err: frame.ErrConfig, First: []byte("x")}},
	{"empty delimiter", frame.Delimiter{Delims: []string{"\n", ""}}, settings{}, "x", frame.Error{
		Err: frame.ErrConfig, First: []byte("x"),
	}},
}

func TestReadErrorSaysWhatAndWhere(t *testing.T) {
	for _, test := range readErrors {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll(test.reader(strings.NewReader(test.stream), test.framing))
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			test.want.Op = "read"
			assert.Equal(t, test.want, *e)
			assert.ErrorIs(t, err, test.want.Err)
		})
	}
}

// What an error shows of a frame is a copy: the buffer it came from is used again.
func TestErrorKeepsItsOwnFirstBytes(t *testing.T) {
	r := settings{max: 4, skip: true}.reader(strings.NewReader("\x05hello\x02hi"), frame.Varint{})
	_, err := r.ReadFrame()
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	clear(r.Buffered())
	assert.Equal(t, "\x05hello\x02hi", string(e.First))
}

var writeErrors = []struct {
	name    string
	framing frame.Framing
	max     int
	payload string
	want    frame.Error
}{
	{"too large", frame.Varint{}, 4, "hello", frame.Error{Err: frame.ErrTooLarge, Size: 5, Limit: 4}},
	{"too large and with the delimiter", frame.Delimiter{}, 4, "he\nlo", frame.Error{Err: frame.ErrTooLarge, Size: 5, Limit: 4}},
	{"with the delimiter", frame.Delimiter{}, 0, "he\nlo", frame.Error{Err: frame.ErrDelimiter, At: 2}},
	{"with half of the delimiter", frame.Delimiter{Delims: []string{"aa"}}, 0, "xa", frame.Error{Err: frame.ErrDelimiter, At: 1}},
	{"without the delimiter to keep", frame.Delimiter{Keep: true}, 0, "he", frame.Error{Err: frame.ErrDelimiter, At: 2}},
	{"impossible varint", frame.Varint{Bits: 65}, 0, "x", frame.Error{Err: frame.ErrConfig}},
	{"empty delimiter", frame.Delimiter{Delims: []string{""}}, 0, "x", frame.Error{Err: frame.ErrConfig}},
}

func TestWriteErrorSaysWhatAndWhere(t *testing.T) {
	for _, test := range writeErrors {
		t.Run(test.name, func(t *testing.T) {
			w := frame.NewWriter(io.Discard, test.framing)
			w.Max = test.max
			err := w.WriteFrame([]byte(test.payload))
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			test.want.Op = "write"
			assert.Equal(t, test.want, *e)
		})
	}
}

func TestErrorInWords(t *testing.T) {
	get := []byte("GET / HTTP/1.1\r\n")
	tests := []struct {
		err   frame.Error
		words []string
	}{
		{
			frame.Error{Err: frame.ErrTooLarge, Offset: 12, Size: 71, Limit: 64, First: get},
			[]string{"frame", "12", "71", "64", `"GET / HTTP/1.1\r\n"`, "look like HTTP"},
		},
		{frame.Error{Err: frame.ErrTooLarge, Size: math.MaxUint64}, []string{"18446744073709551615", "machine"}},
		{
			frame.Error{Err: io.ErrUnexpectedEOF, Offset: 3, Part: frame.AfterPrefix, Have: 1, Need: 5},
			[]string{"byte 3", "cut off after the prefix", "1 bytes arrived", "5 missing", "unexpected EOF"},
		},
		{frame.Error{Err: frame.ErrNotMinimal, Offset: 40, At: 2}, []string{"frame at byte 40", "minimal", "at byte 42"}},
		{frame.Error{Op: "write", Err: frame.ErrDelimiter, At: 2}, []string{"write", "delimiter", "at byte 2"}},
		{frame.Error{Op: "write", Err: frame.ErrTooLarge, Size: 5, Limit: 4}, []string{"write", "5", "4"}},
	}
	for _, test := range tests {
		for _, words := range test.words {
			assert.Contains(t, test.err.Error(), words)
		}
		assert.True(t, strings.HasPrefix(test.err.Error(), "frame"), "%s", &test.err)
		assert.NotContains(t, test.err.Error(), "\n", "one line")
	}
}

func TestClassesOfErrors(t *testing.T) {
	for _, err := range []error{frame.ErrOverflow, frame.ErrNotMinimal} {
		assert.ErrorIs(t, err, frame.ErrMalformed)
		assert.ErrorIs(t, &frame.Error{Err: err}, frame.ErrMalformed)
	}
	for _, err := range []error{frame.ErrTooLarge, frame.ErrDelimiter, frame.ErrConfig, io.ErrUnexpectedEOF} {
		assert.NotErrorIs(t, err, frame.ErrMalformed)
	}
	assert.NotErrorIs(t, frame.ErrOverflow, frame.ErrNotMinimal)
	assert.NotErrorIs(t, &frame.Error{Err: io.ErrUnexpectedEOF}, io.EOF)
	assert.True(t, errors.Is(&frame.Error{Err: io.ErrUnexpectedEOF}, io.ErrUnexpectedEOF))
}

func TestTimeoutsAreTimeouts(t *testing.T) {
	for _, err := range []error{frame.ErrIdleTimeout, frame.ErrFrameTimeout, frame.ErrWriteTimeout} {
		assert.True(t, strings.HasPrefix(err.Error(), "frame: "), "%v", err)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
	}
	assert.NotErrorIs(t, frame.ErrIdleTimeout, frame.ErrFrameTimeout)
}

func TestPartsHaveNames(t *testing.T) {
	names := map[string]bool{}
	for part := frame.InPrefix; part <= frame.InDelimiter; part++ {
		assert.NotContains(t, part.String(), "part")
		names[part.String()] = true
	}
	assert.Len(t, names, 4)
	assert.Contains(t, frame.Part(9).String(), "9")
}
