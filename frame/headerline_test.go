package frame_test

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

// modelLine is a line of a block, or the beginning of one: name, colon, value, end.
var modelLine = regexp.MustCompile("^(?:([-!#$%&'*+.^_`|~0-9A-Za-z]+)(?:(:)([^\\x00-\\x08\\x0a-\\x1f\\x7f]*))?)?(\r?\n?)")

// headerModel is a slow and obvious reader of the frame at the start of stream, for an h without MaxBlock. It returns the size
// of the frame, or 0 if its block is not whole, and whether the stream is good so far.
func headerModel(h frame.Header, stream string) (size int, good bool) {
	wanted := regexp.MustCompile("^(?i:" + cmp.Or(h.Name, "Content-Length") + ")$")
	if h.ExactCase {
		wanted = regexp.MustCompile("^" + cmp.Or(h.Name, "Content-Length") + "$")
	}
	var lengths []string
	for rest := stream; ; {
		m := modelLine.FindStringSubmatch(rest)
		rest = rest[len(m[0]):]
		name, colon, value, end := m[1], m[2] != "", strings.Trim(m[3], " \t"), m[4]
		if colon && wanted.MatchString(name) {
			lengths = append(lengths, value)
			good = len(lengths) == 1 && strings.Trim(value, "0123456789") == "" && (value != "" || end == "")
		} else {
			good = end == "" || colon || name == ""
		}
		switch {
		case !good || end == "\n" && !h.Lenient:
			return 0, false
		case end == "" || end == "\r":
			return 0, rest == ""
		case name == "" && len(lengths) == 0:
			return 0, false
		case name == "":
			n, err := strconv.Atoi(lengths[0])
			return len(stream) - len(rest) + n, err == nil
		}
	}
}

func TestHeaderAnyBytes(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"Content-Length", "content-length", "L", "l", "x1", ":", ": ", " ", "\t", "2", "3", "0", "12", "\r\n", "\r\n\r\n", "\r", "\n", "\x00", "\xff",
		"Content-Length: 2\r\n", "L:1\r\n", "x1: 10\r\n", "A: b\r\n", "A: b\n", "hi", "-", ",",
	})
	rapid.Check(t, func(t *rapid.T) {
		h := headers().Draw(t, "header")
		stream := strings.Join(rapid.SliceOfN(piece, 1, 12).Draw(t, "pieces"), "")
		assertSplits(t, h, []byte(stream))
		h.MaxBlock = 0
		size, good := headerModel(h, stream)
		s, err := h.Scan([]byte(stream), frame.Scan{}, false)
		switch {
		case !good:
			require.ErrorIs(t, err, frame.ErrMalformed)
		case size == 0:
			require.NoError(t, err)
			require.Equal(t, int64(-1), s.Size)
		default:
			require.NoError(t, err)
			require.Equal(t, int64(size), s.Size)
			require.Equal(t, max(size-len(stream), 0), s.Need)
		}
	})
}
