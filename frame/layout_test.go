package frame_test

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
)

func TestImpossibleLayouts(t *testing.T) {
	for name, l := range map[string]frame.Layout{
		"width":                  {Width: 9},
		"negative width":         {Width: -1},
		"negative before":        {Before: -1},
		"negative after":         {After: -1},
		"head":                   {Before: 64 << 10},
		"before that overflows":  {Before: math.MaxInt},
		"after that overflows":   {After: math.MaxInt},
		"head that overflows":    {Before: math.MaxInt, After: math.MaxInt},
		"magic":                  {Magic: strings.Repeat("x", 64<<10)},
		"counts more than head":  {Width: 2, Counts: 3},
		"counts less than none":  {Counts: -2},
		"keeps more than head":   {Width: 2, Keep: 3},
		"keeps less than none":   {Keep: -2},
		"counts what is too big": {Width: 1, After: 300, Counts: whole},
		"negative when right":    {Width: 1, Signed: true, After: 127, Counts: whole},
		"only empty frames":      {Width: 1, After: 254, Counts: whole, NoEmpty: true},
	} {
		_, err := frame.NewFixed(l)
		assert.ErrorIs(t, err, frame.ErrConfig, name)
		assert.ErrorContains(t, err, "frame: impossible framing: ", name)
	}
	for _, l := range []frame.Layout{
		{Before: 64<<10 - 4}, {Width: 1, After: 254, Counts: whole}, {Width: 1, After: 253, Counts: whole, NoEmpty: true},
	} {
		_, err := frame.NewFixed(l)
		assert.NoError(t, err)
	}
}

func layouts() *rapid.Generator[frame.Layout] {
	return rapid.Custom(func(t *rapid.T) frame.Layout {
		l := frame.Layout{
			Magic:        rapid.SampledFrom([]string{"", "", "\x03", "\x05\x22"}).Draw(t, "magic"),
			Before:       rapid.IntRange(0, 3).Draw(t, "before"),
			Width:        rapid.IntRange(1, 8).Draw(t, "width"),
			LittleEndian: rapid.Bool().Draw(t, "little-endian"),
			Signed:       rapid.Bool().Draw(t, "signed"),
			After:        rapid.IntRange(0, 3).Draw(t, "after"),
			NoEmpty:      rapid.Bool().Draw(t, "no empty"),
		}
		l.Counts = rapid.IntRange(0, headOf(l)).Draw(t, "counts")
		l.Keep = rapid.IntRange(0, headOf(l)).Draw(t, "keep")
		return l
	})
}

func headOf(l frame.Layout) int { return len(l.Magic) + l.Before + l.Width + l.After }

// layoutFrame is a slow and obvious writer: the frame of body, whose other bytes are fill.
func layoutFrame(l frame.Layout, body []byte, fill byte) []byte {
	number := big.NewInt(int64(len(body) + l.Counts)).FillBytes(make([]byte, 8))[8-l.Width:]
	if l.LittleEndian {
		slices.Reverse(number)
	}
	any := slices.Repeat([]byte{fill}, l.Before+l.After)
	return slices.Concat([]byte(l.Magic), any[:l.Before], number, any[l.Before:], body)
}

// layoutModel is a slow and obvious reader of one whole frame. It returns what is handed over, if frame is a frame.
func layoutModel(l frame.Layout, wire []byte) (payload []byte, ok bool) {
	head := headOf(l)
	if len(wire) < head || string(wire[:len(l.Magic)]) != l.Magic {
		return nil, false
	}
	number := slices.Clone(wire[len(l.Magic)+l.Before:][:l.Width])
	if l.LittleEndian {
		slices.Reverse(number)
	}
	if l.Signed && number[0] >= 0x80 {
		return nil, false
	}
	size := new(big.Int).SetBytes(number)
	size.Add(size, big.NewInt(int64(head-l.Counts)))
	if size.Cmp(big.NewInt(int64(len(wire)))) != 0 || l.NoEmpty && len(wire) == head {
		return nil, false
	}
	return wire[head-l.Keep:], true
}

func bodies() *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), 0, 100) }

func TestLayoutFramesReadAndWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layouts().Draw(t, "layout")
		wire := layoutFrame(l, bodies().Draw(t, "body"), 0)
		payload, ok := layoutModel(l, wire)
		got, used, err := feed(t, layout(t, l), wire)
		if !ok {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, len(wire), used)
		assert.Equal(t, string(payload), string(got))
		again, err := layout(t, l).AppendFrame(nil, payload)
		require.NoError(t, err)
		assert.Equal(t, wire, again)
	})
}

// Whatever payload is given to AppendFrame, it writes a frame that gives it back, or there is none.
func TestLayoutRefusesExactlyWhatItWouldNotGiveBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layouts().Draw(t, "layout")
		payload := rapid.OneOf(
			rapid.SliceOfN(rapid.ByteRange(0, 9), 0, 20),
			rapid.Custom(func(t *rapid.T) []byte {
				wire := layoutFrame(l, bodies().Draw(t, "body"), 0x7e)
				if i := rapid.IntRange(0, 2*headOf(l)).Draw(t, "wrong byte"); i < headOf(l) {
					wire[i]++
				}
				return wire[headOf(l)-l.Keep:]
			})).Draw(t, "payload")
		wire, err := layout(t, l).AppendFrame([]byte("before"), payload)
		if err == nil {
			got, ok := layoutModel(l, wire[len("before"):])
			require.True(t, ok)
			require.Equal(t, string(payload), string(got))
			return
		}
		require.Equal(t, "before", string(wire))
		if len(payload) >= l.Keep && fits(l, len(payload)-l.Keep) {
			body := payload[l.Keep:]
			right := layoutFrame(l, body, 0)
			_, ok := layoutModel(l, slices.Concat(right[:headOf(l)-l.Keep], payload))
			require.False(t, ok, "the frame of this payload is % x, and yet: %v", right, err)
		}
	})
}

// fits reports whether the length of a body of n bytes can be told.
func fits(l frame.Layout, n int) bool {
	bits := 8 * l.Width
	if l.Signed {
		bits--
	}
	return big.NewInt(int64(n+l.Counts)).BitLen() <= bits
}

func TestLayoutSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layouts().Draw(t, "layout")
		piece := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 9), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 9), func(body []byte) []byte {
			return layoutFrame(l, body, 0x7e)
		}))
		stream := slices.Concat(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces")...)
		assertSplits(t, layout(t, l), stream)
	})
}

// Of any bytes, those that the model takes for a frame are read, and no others.
func TestLayoutReadsWhatTheModelReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layouts().Draw(t, "layout")
		wire := layoutFrame(l, rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "body"), 0x7e)
		i := rapid.IntRange(0, len(wire)-1).Draw(t, "wrong byte")
		wire[i] = rapid.Byte().Draw(t, "what it is")
		wire = wire[:rapid.IntRange(i+1, len(wire)).Draw(t, "size")]
		payload, ok := layoutModel(l, wire)
		got, used, err := feed(t, layout(t, l), wire)
		if !ok {
			require.True(t, err != nil || got == nil || used < len(wire))
			return
		}
		require.NoError(t, err)
		require.Equal(t, string(payload), string(got))
	})
}
