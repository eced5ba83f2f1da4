package frame_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// Row 1 of the attacks: memory follows the bytes that came, not those that were promised.
func TestRow01ClaimedFrameTakesLittleMemory(t *testing.T) {
	for _, length := range []uint64{1 << 12, frame.DefaultMax, 1 << 30, 1<<31 - 100} {
		for _, sent := range []int{0, 1, 1000, 4000} {
			for _, exact := range []bool{false, true} {
				stream := append(binary.AppendUvarint(nil, length), make([]byte, sent)...)
				src := fuzz.NewReader(bytes.NewReader(stream), fuzz.Plan{fuzz.Step(len(stream)), fuzz.Timeout})
				r := settings{max: -1, exact: exact}.reader(src, frame.Varint{})
				for range 3 {
					_, err := r.ReadFrame()
					require.Error(t, err)
				}
				assert.LessOrEqual(t, r.Held(), 16<<10, "%d bytes of %d", sent, length)
			}
		}
	}
}

// The same, counted by the runtime: nothing is taken and dropped again either.
func TestRow01TenThousandClaimsTakeLittleMemory(t *testing.T) {
	const peers = 10_000
	claim := binary.AppendUvarint(nil, frame.DefaultMax)
	readers := make([]*frame.Reader, peers)
	before := totalAlloc()
	for i := range readers {
		readers[i] = frame.NewReader(fuzz.NewReader(bytes.NewReader(claim), nil), frame.Varint{})
		_, err := readers[i].ReadFrame()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	assert.LessOrEqual(t, totalAlloc()-before, uint64(peers*16<<10))
	runtime.KeepAlive(readers)
}

func totalAlloc() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// A frame that is refused by its prefix costs no more than the error.
func TestRow01RefusedFrameTakesNoMemory(t *testing.T) {
	least := uint64(math.MaxUint64)
	for range 10 { // the runtime itself may allocate in between
		r := settings{max: 4}.reader(strings.NewReader("\x02hi\x80\x80\x40"), frame.Varint{})
		_, err := r.ReadFrame()
		require.NoError(t, err)
		before := totalAlloc()
		_, err = r.ReadFrame()
		least = min(least, totalAlloc()-before)
		require.ErrorIs(t, err, frame.ErrTooLarge)
	}
	assert.LessOrEqual(t, least, uint64(1<<10))
}

// What is held grows with what arrived: never more than eight times that, or the buffer of the start.
func TestMemoryFollowsTheBytes(t *testing.T) {
	const length = 4 << 20
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}} {
		src := bytes.NewReader(frameOf(framing, length))
		size := src.Len()
		var r *frame.Reader
		r = settings{max: length}.reader(readFunc(func(p []byte) (int, error) {
			arrived := size - src.Len()
			if held := r.Held(); held > max(4<<10, 8*arrived+(1<<10)) {
				return 0, fmt.Errorf("%d bytes held when %d had arrived", held, arrived)
			}
			return src.Read(p[:min(len(p), 1000)])
		}), framing)
		_, err := r.ReadFrame()
		require.NoError(t, err, "%T", framing)
	}
}

// After a large frame an idle reader is as small as any other.
func TestBufferOfALargeFrameIsGivenBack(t *testing.T) {
	pieces := []int{1448, 64 << 10, 1 << 20}
	if raceEnabled {
		pieces = pieces[1:]
	}
	for _, framing := range []frame.Framing{frame.Varint{}, frame.Delimiter{}, frame.COBS{}} {
		for _, piece := range pieces {
			const length = 16 << 20
			src := bytes.NewReader(frameOf(framing, length))
			var r *frame.Reader
			idle := 0
			r = settings{max: length}.reader(readFunc(func(p []byte) (int, error) {
				if src.Len() == 0 {
					idle = r.Held()
				}
				return src.Read(p[:min(len(p), piece)])
			}), framing)
			payload, err := r.ReadFrame()
			require.NoError(t, err)
			require.Len(t, payload, length)
			_, err = r.ReadFrame()
			require.Same(t, io.EOF, err)
			assert.NotZero(t, idle)
			assert.LessOrEqual(t, idle, 64<<10, "%T in pieces of %d", framing, piece)
		}
	}
}

// sparing is a framing whose Scan cannot see again what it has seen: it overwrites the bytes that lie before the place where the
// search goes on, but for the few that may be part of a delimiter, and counts those that it can see.
type sparing struct {
	frame.Delimiter
	overlap int // the longest delimiter, less one byte
	own     *[]byte
	looked  *int
}

func (f sparing) Scan(buf []byte, s frame.Scan, atEOF bool) (frame.Scan, error) {
	from := max(s.Mark-f.overlap, 0)
	own := append(*f.own, buf[len(*f.own):]...)
	for i := from - 1; i >= 0 && own[i] != '\n'; i-- {
		own[i] = '\n'
	}
	*f.own = own
	*f.looked += len(buf) - from
	return f.Delimiter.Scan(own, s, atEOF)
}

// Row 5 of the attacks: a long line, byte by byte, is not searched again from its start.
func TestRow05EachByteIsLookedAtOnce(t *testing.T) {
	length := 8 << 20
	if raceEnabled || testing.Short() {
		length = 256 << 10
	}
	delims := []string{"\r\n", "\n"}
	framing := sparing{frame.Delimiter{Delims: delims}, 1, new([]byte), new(int)}
	src := io.MultiReader(io.LimitReader(&endless{}, int64(length)), strings.NewReader("\r\n"))
	r := settings{max: length}.reader(fuzz.NewReader(src, fuzz.Plan{1, fuzz.Repeat}), framing)
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	require.Len(t, payload, length)
	assert.LessOrEqual(t, *framing.looked, 3*length)
}

// A source that fills every buffer it is given would be read in ever larger pieces. The buffer of small frames has a bound.
func TestBufferOfSmallFramesStaysSmall(t *testing.T) {
	for _, size := range []int{0, 1, 100, 3000} {
		stream := bytes.Repeat(frameOf(frame.Varint{}, size), 2<<20/(size+2))
		r := frame.NewReader(bytes.NewReader(stream), frame.Varint{})
		for {
			_, err := r.ReadFrame()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			if r.Held() > 64<<10 {
				t.Fatalf("%d bytes held for frames of %d", r.Held(), size)
			}
		}
	}
}
