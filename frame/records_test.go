package frame_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

func TestRecords(t *testing.T) {
	testWires(t, []wire{
		{name: "nothing", framing: frame.Records{Size: 3}},
		{name: "one", framing: frame.Records{Size: 3}, stream: "61 62 63", frames: []string{"61 62 63"}},
		{name: "two", framing: frame.Records{Size: 2}, stream: "61 62 63 64", frames: []string{"61 62", "63 64"}},
		{name: "of one byte", framing: frame.Records{Size: 1}, stream: "61 62", frames: []string{"61", "62"}},
		{name: "cut off", framing: frame.Records{Size: 3}, stream: "61 62 63 64", frames: []string{"61 62 63"}, err: io.ErrUnexpectedEOF, offset: 3},
		{name: "over the limit", framing: frame.Records{Size: 3}, stream: "61", max: 2, err: frame.ErrTooLarge},
		{name: "over any limit", framing: frame.Records{Size: math.MaxInt}, stream: "61", err: frame.ErrTooLarge},
		{name: "no size", framing: frame.Records{}, stream: "61", err: frame.ErrConfig},
		{name: "negative size", framing: frame.Records{Size: -1}, stream: "61", err: frame.ErrConfig},
	})
}

func TestRecordsAreCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := frame.Records{Size: rapid.IntRange(1, 40).Draw(t, "size")}
		stream := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "stream")
		assertSplits(t, records, stream)
		frames, _ := readAll(frame.NewReader(bytes.NewReader(stream), records))
		require.Len(t, frames, len(stream)/records.Size)
		var again []byte
		for _, payload := range frames {
			var err error
			again, err = records.AppendFrame(again, []byte(payload))
			require.NoError(t, err)
		}
		assert.True(t, bytes.HasPrefix(stream, again))
	})
}

func TestRecordsRefuseToWrite(t *testing.T) {
	for name, c := range map[string]struct {
		size    int
		payload string
		err     error
		at      int
	}{
		"empty":     {size: 3, payload: "", err: frame.ErrLength, at: 0},
		"too short": {size: 3, payload: "ab", err: frame.ErrLength, at: 2},
		"too long":  {size: 3, payload: "abcd", err: frame.ErrLength, at: 3},
		"no size":   {size: 0, payload: "", err: frame.ErrConfig, at: 0},
	} {
		t.Run(name, func(t *testing.T) {
			dst, err := frame.Records{Size: c.size}.AppendFrame([]byte("before"), []byte(c.payload))
			assert.Equal(t, "before", string(dst))
			require.ErrorIs(t, err, c.err)
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.at, e.At)
			assert.Equal(t, "write", e.Op)
		})
	}
}

func TestRecordsAllocateNothing(t *testing.T) {
	testNoAllocs(t, frame.Records{Size: 1000}, make([]byte, 1000))
}
