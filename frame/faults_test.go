package frame_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

var mib2 = strings.Repeat("z", 2<<20)

// Faults that were found in other toolkits, each by the name of what must not happen.
var faults = []struct {
	name    string
	framing frame.Framing
	settings
	stream string
	plan   fuzz.Plan
	want   outcome
}{
	{
		"prefix of a frame of 2 MiB that is cut after three bytes makes an empty frame",
		frame.Varint{}, settings{max: 2 << 20}, "\x80\x80\x80\x01" + mib2, fuzz.SplitAt(3),
		outcome{Frames: []string{mib2}, End: "EOF"},
	}, {
		"four continuation bytes at the end of a read are an error",
		frame.Varint{Lenient: true}, settings{}, "\x82\x80\x80\x80\x00hi", fuzz.SplitAt(4),
		outcome{Frames: []string{"hi"}, End: "EOF"},
	}, {
		"length of 2^32 is decoded as 0 where 32 bits are allowed",
		frame.Varint{Bits: 32}, settings{}, "\x80\x80\x80\x80\x10", nil,
		outcome{Bad: []string{"overflow at 0"}, End: "overflow"},
	}, {
		"length of 2^32 is decoded as 0",
		frame.Varint{}, settings{}, "\x80\x80\x80\x80\x10", nil,
		outcome{Bad: []string{"too large at 0"}, End: "too large"},
	}, {
		"length of 2^62 panics",
		frame.Varint{}, settings{}, "\x80\x80\x80\x80\x80\x80\x80\x80\x40", nil,
		outcome{Bad: []string{"too large at 0"}, End: "too large"},
	}, {
		"end of the stream right after the prefix is a clean end",
		frame.Varint{}, settings{}, "\x02hi\x05", fuzz.SplitAt(4),
		outcome{Frames: []string{"hi"}, End: "cut off"},
	}, {
		"unfinished frame is dropped at the end of the stream",
		frame.Delimiter{}, settings{}, "hi\nyou", nil,
		outcome{Frames: []string{"hi"}, End: "cut off"},
	}, {
		"unfinished tail loses its last byte",
		frame.Delimiter{Tail: true}, settings{}, "hi\nyou", nil,
		outcome{Frames: []string{"hi", "you"}, End: "EOF"},
	}, {
		"frame of exactly the limit fails if the read ends inside its delimiter",
		crlf, settings{max: 3}, "abc\r\n", fuzz.SplitAt(4),
		outcome{Frames: []string{"abc"}, End: "EOF"},
	}, {
		"half a delimiter is thrown away with a frame that is passed over",
		crlf, settings{max: 3, skip: true}, "abcdef\r\nhi\r\n", fuzz.SplitAt(7),
		outcome{Frames: []string{"hi"}, Bad: []string{"too large at 0"}, End: "EOF"},
	}, {
		"delimiter that begins later ends the frame because it is in sight earlier",
		frame.Delimiter{Delims: []string{"abc", "b"}}, settings{}, "xabcb", fuzz.SplitAt(4),
		outcome{Frames: []string{"xa", "c"}, End: "EOF"},
	}, {
		"limit of one frame spoils the next",
		frame.Varint{}, settings{max: 3, skip: true}, "\x04abcd\x02hi", fuzz.Plan{1, fuzz.Repeat},
		outcome{Frames: []string{"hi"}, Bad: []string{"too large at 0"}, End: "EOF"},
	}, {
		"rest of a payload comes as a message of its own after a timeout",
		frame.Varint{}, settings{}, "\x05abcde\x02hi", fuzz.Plan{3, fuzz.Timeout},
		outcome{Frames: []string{"abcde", "hi"}, End: "EOF"},
	}, {
		"timeout inside the prefix loses the half that was read",
		frame.Varint{}, settings{}, "\x80\x01" + mib2[:128] + "\x02hi", fuzz.Plan{1, fuzz.Timeout},
		outcome{Frames: []string{mib2[:128], "hi"}, End: "EOF"},
	}, {
		"half a line comes as a line at a timeout",
		frame.Delimiter{Tail: true}, settings{}, "hello\nyou\n", fuzz.Plan{2, fuzz.Timeout},
		outcome{Frames: []string{"hello", "you"}, End: "EOF"},
	}, {
		"last bytes together with the end of the stream lose later frames",
		frame.Varint{}, settings{}, "\x02hi\x03you", fuzz.Plan{fuzz.Rest + fuzz.EOF},
		outcome{Frames: []string{"hi", "you"}, End: "EOF"},
	}, {
		"frame is lost that came together with an error",
		frame.Varint{}, settings{}, "\x02hi\x03you", fuzz.Plan{7 + fuzz.Timeout},
		outcome{Frames: []string{"hi", "you"}, End: "EOF"},
	}, {
		"read of nothing is an empty frame",
		frame.Varint{}, settings{}, "\x02hi", fuzz.Plan{0, 1, 0, 1, 0},
		outcome{Frames: []string{"hi"}, End: "EOF"},
	}, {
		"lenient end of a mail is taken for its end",
		frame.Delimiter{Delims: []string{"\r\n.\r\n"}}, settings{}, "a\n.\nb\n.\r\nc\r.\r\r\n.\r\n", nil,
		outcome{Frames: []string{"a\n.\nb\n.\r\nc\r.\r"}, End: "EOF"},
	},
}

func TestFaultsOfOthers(t *testing.T) {
	for _, test := range faults {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, test.read(test.framing, []byte(test.stream), test.plan))
		})
	}
}

// A limit that means one thing to the encoder and another to the decoder makes a peer refuse what we say is right.
func TestLimitIsTheSameNumberInBothDirections(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		longest, ok := r.fit(bytes.Repeat([]byte("z"), 300))
		require.True(t, ok)
		longer, _ := r.fit(bytes.Repeat([]byte("z"), 301))
		if len(longer) <= len(longest) {
			t.Skip("it has no longer frames")
		}
		limit, _ := r.first(r.encode(longest))
		most := int(limit.counts)
		var wire bytes.Buffer
		w := frame.NewWriter(&wire, r.framing)
		w.Max = most
		require.NoError(t, w.WriteFrame(longest))
		require.ErrorIs(t, w.WriteFrame(longer), frame.ErrTooLarge)
		assert.Equal(t, outcome{Frames: []string{string(longest)}, End: "EOF"}, settings{max: most}.read(r.framing, wire.Bytes(), nil))
		assert.Equal(t, "too large", settings{max: most}.read(r.framing, r.encode(longer), nil).End)
	})
}

// Rows 1, 2 and 4 of the attacks: lengths at which arithmetic goes wrong, with a few bytes behind them.
func TestRow02LengthsAroundEveryPowerOfTwo(t *testing.T) {
	var lengths []uint64
	for k := range 64 {
		lengths = append(lengths, 1<<k-1, 1<<k, 1<<k+1)
	}
	for _, r := range framings {
		if _, ok := r.framing.(frame.Varint); !ok {
			continue
		}
		for _, length := range append(lengths, math.MaxUint64-1, math.MaxUint64) {
			stream := append(binary.AppendUvarint(nil, length), "some bytes"...)
			for _, s := range []settings{{}, {max: -1}, {max: 1}, {max: 1, skip: true}, {skip: true}, {max: math.MaxInt, skip: true}} {
				require.Equal(t, r.outcome(stream, s), s.read(r.framing, stream, nil), "%s: %d with %+v", r.name, length, s)
			}
		}
	}
}

// Row 4: one number, one encoding. Others differ about what 80 00 is.
func TestRow04EveryPaddedLengthIsRefused(t *testing.T) {
	for _, n := range []uint64{0, 1, 127, 128, 300, 1 << 20} {
		minimal := binary.AppendUvarint(nil, n)
		for padded := padding(minimal); len(padded) <= 12; padded = padding(padded) {
			want := frame.ErrNotMinimal
			if len(padded) > 9 {
				want = frame.ErrOverflow
			}
			_, err := readAll(settings{max: -1}.reader(bytes.NewReader(padded), frame.Varint{}))
			assert.ErrorIs(t, err, want, "% x", padded)
		}
	}
}

// padding returns varint with one needless byte more.
func padding(varint []byte) []byte {
	padded := append(bytes.Clone(varint), 0)
	padded[len(varint)-1] |= 0x80
	return padded
}

// Row 5 of the attacks. The Reader takes what its buffer holds, which at most doubles when it is full.
func TestRow05DelimiterThatNeverComesIsNotWaitedFor(t *testing.T) {
	for _, limit := range []int{1, 1000, 100_000, 140_000, frame.DefaultMax} {
		src := &endless{}
		r := settings{max: limit}.reader(src, frame.Delimiter{})
		_, err := r.ReadFrame()
		require.ErrorIs(t, err, frame.ErrTooLarge)
		assert.LessOrEqual(t, src.given, 2*limit+64<<10)
	}
}

// endless gives the byte x for ever.
type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	e.given += len(p)
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}

// Others return the error of one bad frame a thousand times, or go on behind it as if nothing had been.
func TestErrorEndsALoopOverFrames(t *testing.T) {
	r := frame.NewReader(strings.NewReader("\x02hi\x80\x00\x02hi"), frame.Varint{})
	var got []error
	for payload, err := range r.Frames() {
		got = append(got, err)
		assert.Equal(t, err == nil, payload != nil)
	}
	require.Len(t, got, 2)
	assert.NoError(t, got[0])
	assert.ErrorIs(t, got[1], frame.ErrNotMinimal)
}

// A timeout of one kind of source must not be taken for the end of the stream, or end it.
func TestErrorOfTheSourceComesThroughAsItIs(t *testing.T) {
	for _, want := range []error{os.ErrDeadlineExceeded, io.ErrClosedPipe, io.ErrUnexpectedEOF, errors.New("own")} {
		r := frame.NewReader(&failing{errs: []error{want}}, frame.Varint{})
		_, err := r.ReadFrame()
		assert.Same(t, want, err)
		payload, err := r.ReadFrame()
		require.NoError(t, err)
		assert.Equal(t, "hi", string(payload))
	}
}

// failing gives one frame, but first a byte of it and some errors.
type failing struct {
	errs []error
	at   int
}

func (f *failing) Read(p []byte) (int, error) {
	if f.at == 1 && len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return 0, err
	}
	if f.at == 3 {
		return 0, io.EOF
	}
	p[0] = "\x02hi"[f.at]
	f.at++
	return 1, nil
}
