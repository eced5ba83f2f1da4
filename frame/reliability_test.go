package frame_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// Attacks that other toolkits have suffered have numbers. The tests of each row of that table begin with TestRow and its number,
// here and in the files of what they attack: go test -run 'TestRow'.

// Whatever a length says, the Reader takes no memory for it, and a frame that is refused costs no more than its error.
func TestRow01LengthBomb(t *testing.T) {
	bombs := map[string]struct {
		framing frame.Framing
		head    string
	}{
		"varint one too many":    {frame.Varint{}, string(binary.AppendUvarint(nil, frame.DefaultMax+1))},
		"varint 2^63":            {frame.Varint{Bits: 64}, string(binary.AppendUvarint(nil, 1<<63))},
		"fixed one too many":     {frame.Fixed{}, "\x00\x10\x00\x01"},
		"fixed HTTP":             {frame.Fixed{}, "GET "},
		"netstring one too many": {frame.Netstring{}, "1048577:"},
		"netstring 2^63":         {frame.Netstring{}, "9223372036854775808:"},
		"header one too many":    {frame.Header{}, "Content-Length: 1048577\r\n\r\n"},
		"header 2^64":            {frame.Header{}, "Content-Length: 18446744073709551616\r\n\r\n"},
	}
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			good, err := bomb.framing.AppendFrame(nil, []byte("hi"))
			require.NoError(t, err)
			least := uint64(math.MaxUint64)
			for range 10 { // the runtime itself may allocate in between
				r := frame.NewReader(strings.NewReader(string(good)+bomb.head), bomb.framing)
				_, err := r.ReadFrame()
				require.NoError(t, err)
				before := totalAlloc()
				_, err = r.ReadFrame()
				least = min(least, totalAlloc()-before)
				require.ErrorIs(t, err, frame.ErrTooLarge)
				require.LessOrEqual(t, r.Held(), 16<<10)
			}
			assert.LessOrEqual(t, least, uint64(1<<10))
		})
	}
}

// Lengths at which arithmetic goes wrong, in heads of every size: an answer that the model gives as well, and no panic.
func TestRow02LengthsInEveryHead(t *testing.T) {
	var lengths []uint64
	for n := range uint64(17) {
		lengths = append(lengths, n)
	}
	for k := range 64 {
		lengths = append(lengths, 1<<k-1, 1<<k, 1<<k+1)
	}
	for width := 1; width <= 8; width++ {
		for _, counts := range []int{0, width, frame.WholeHead} {
			for flags := range 4 {
				layout := frame.Layout{Width: width, After: 1, Counts: counts, Signed: flags&1 > 0, LittleEndian: flags&2 > 0}
				r := fixedRow("", layout)
				for _, length := range append(lengths, math.MaxUint64) {
					var b [8]byte
					binary.LittleEndian.PutUint64(b[:], length)
					stream := append(b[:width:width], "some bytes"...)
					for _, s := range []settings{{}, {max: -1}, {max: 1, skip: true}} {
						require.Equal(t, r.outcome(stream, s), s.read(r.framing, stream, nil), "%+v: %d with %+v", layout, length, s)
					}
				}
			}
		}
	}
}

// A payload of one byte too many leaves no byte on the wire, in any framing, and the Writer usable.
func TestRow03TooLargeIsNotWritten(t *testing.T) {
	eachWritable(t, func(t *testing.T, r row) {
		dst := &writes{}
		w := frame.NewWriter(dst, r.framing)
		require.ErrorIs(t, w.WriteFrame(make([]byte, frame.DefaultMax+1)), frame.ErrTooLarge)
		require.Empty(t, dst.got)
		payload, _ := r.fit([]byte("hi"))
		require.NoError(t, w.WriteFrame(payload))
		assert.Equal(t, string(r.encode(payload)), strings.Join(dst.got, ""))
	})
}

// 64 MiB without a delimiter: the error comes after the limit and one buffer at most.
func TestRow05NoDelimiterIn64MiB(t *testing.T) {
	for _, framing := range []frame.Framing{frame.Delimiter{}, crlf, frame.Lines{}, frame.Lines{Strict: true}, frame.SLIP{}, frame.COBS{}} {
		src := &endless{}
		_, err := frame.NewReader(io.LimitReader(src, 64<<20), framing).ReadFrame()
		require.ErrorIs(t, err, frame.ErrTooLarge, "%T", framing)
		assert.LessOrEqual(t, src.given, 2*frame.DefaultMax+64<<10, "%T", framing)
	}
}

// A payload comes back as one frame and as it was, or it is refused: nothing is split, and nothing merged.
func TestRow06SmuggledDelimiters(t *testing.T) {
	rounds := 1_000_000
	if raceEnabled || testing.Short() {
		rounds = 100_000
	}
	var rows []row
	for _, r := range framings {
		delimiter := func(b byte) bool { return strings.IndexByte("\n\xc0a\x00", b) >= 0 }
		if slices.ContainsFunc([]byte(r.alphabet), delimiter) && len(r.alphabet) <= 5 {
			rows = append(rows, r)
		}
	}
	require.NotEmpty(t, rows)
	random := rand.New(rand.NewPCG(1, 2))
	var buf, wire []byte
	for i := range rounds {
		r := rows[i%len(rows)]
		buf = buf[:0]
		for range random.IntN(8) {
			buf = append(buf, r.alphabet[random.IntN(len(r.alphabet))])
		}
		var err error
		if wire, err = r.framing.AppendFrame(wire[:0], buf); err != nil {
			continue
		}
		wire = append(wire, wire...)
		src := bytes.NewReader(wire)
		reader := frame.NewReader(src, r.framing)
		for range 2 {
			payload, err := reader.ReadFrame()
			if err != nil || !bytes.Equal(payload, buf) {
				t.Fatalf("%s: %q came back as %q, %v", r.name, buf, payload, err)
			}
		}
		if _, err := reader.ReadFrame(); err != io.EOF {
			t.Fatalf("%s: %q is followed by %v", r.name, buf, err)
		}
	}
}

// A flood of empty frames costs no memory.
func TestRow08FloodOfEmptyFrames(t *testing.T) {
	const size = 1 << 20
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}, frame.Fixed{}, frame.SLIP{}, frame.COBS{}} {
		stream := bytes.Repeat([]byte{0}, size)
		switch framing.(type) {
		case frame.Delimiter:
			stream = bytes.Repeat([]byte("\n"), size)
		case frame.SLIP:
			stream = bytes.Repeat([]byte("\xc0"), size)
		}
		r := frame.NewReader(bytes.NewReader(stream), framing)
		before := totalAlloc()
		for err := error(nil); err != io.EOF; {
			var payload []byte
			payload, err = r.ReadFrame()
			if len(payload) > 0 || err != nil && err != io.EOF {
				t.Fatalf("%T: %q, %v", framing, payload, err)
			}
		}
		assert.LessOrEqual(t, totalAlloc()-before, uint64(256<<10), "%T", framing)
		assert.LessOrEqual(t, r.Held(), 64<<10, "%T", framing)
	}
}

// What a strict reader accepts, a lenient one reads alike: two parsers of one stream never see different frames.
func TestRow29StrictAndLenientAgree(t *testing.T) {
	pairs := map[string][2]frame.Framing{
		"varint": {frame.Varint{}, frame.Varint{Lenient: true}},
		"lines":  {frame.Lines{Strict: true}, frame.Lines{}},
		"header": {frame.Header{Name: "L"}, frame.Header{Name: "L", Lenient: true}},
	}
	alphabets := map[string]string{"varint": "\x00\x01\x02\x80\x81", "lines": "\r\nx", "header": "L:0\r\n"}
	size := 7
	if raceEnabled || testing.Short() {
		size = 5
	}
	for name, pair := range pairs {
		eachStream(alphabets[name], size, func(stream []byte) {
			strict, lenient := settings{}.read(pair[0], stream, nil), settings{}.read(pair[1], stream, nil)
			if strict.End == "EOF" && !strict.equal(lenient) {
				require.Equal(t, strict, lenient, "%q", stream)
			}
		})
	}
}
