package frame_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/demarc-go/demarc/frame"
)

var (
	benchSizes  = []int{16, 1 << 10, 256 << 10}
	benchPieces = []int{1448, 64 << 10} // a TCP segment, and what a busy socket gives
)

// A pull is a way to read: it returns a function that reads one frame from src.
type pull struct {
	name string
	from func(src io.Reader) func() error
}

// benchRead compares ways to read frames of framing, for each size of payload and of the pieces in which the bytes come.
func benchRead(b *testing.B, framing frame.Framing, pulls []pull) {
	for _, size := range benchSizes {
		wire := frameOf(framing, size)
		data := bytes.Repeat(wire, max(1, 1<<20/len(wire)))
		for _, piece := range benchPieces {
			b.Run(fmt.Sprintf("payload=%d/piece=%d", size, piece), func(b *testing.B) {
				var ways []way
				for _, r := range pulls {
					ways = append(ways, way{r.name, r.from(&cycle{data: data, piece: piece})})
				}
				compare(b, ways)
			})
		}
	}
}

func readWith(framing frame.Framing) func(io.Reader) func() error {
	return func(src io.Reader) func() error {
		r := frame.NewReader(src, framing)
		return func() error {
			_, err := r.ReadFrame()
			return err
		}
	}
}

func scanWith(split func() bufio.SplitFunc) func(io.Reader) func() error {
	return func(src io.Reader) func() error {
		scanner := bufio.NewScanner(src)
		scanner.Buffer(make([]byte, 64<<10), 1<<20)
		scanner.Split(split())
		return func() error {
			if !scanner.Scan() {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
	}
}

func BenchmarkRead(b *testing.B) {
	benchRead(b, frame.Varint{}, []pull{
		{"frame", readWith(frame.Varint{})},
		{"hand", readByHand},
		{"scanner", scanWith(func() bufio.SplitFunc { return splitVarint })},
		{"splitfunc", scanWith(func() bufio.SplitFunc { return frame.SplitFunc(frame.Varint{}, 0) })},
		{"peek", readByPeek},
		{"readfull", readByReadFull},
	})
}

// readByHand is a loop as one writes it for one program: a buffer, two indexes, and no checks but the one for the limit.
func readByHand(src io.Reader) func() error {
	buf := make([]byte, 64<<10)
	start, end := 0, 0
	return func() error {
		for {
			length, n := binary.Uvarint(buf[start:end])
			if n < 0 || length > frame.DefaultMax {
				return frame.ErrMalformed
			}
			if n > 0 && end-start >= n+int(length) {
				start += n + int(length)
				return nil
			}
			if start > 0 && end == len(buf) {
				end = copy(buf, buf[start:end])
				start = 0
			}
			if end == len(buf) {
				buf = append(buf, make([]byte, len(buf))...)
			}
			n, err := src.Read(buf[end:])
			if err != nil {
				return err
			}
			end += n
		}
	}
}

// splitVarint is the shortest split function for varint frames.
func splitVarint(data []byte, atEOF bool) (int, []byte, error) {
	length, n := binary.Uvarint(data)
	if n < 0 || length > frame.DefaultMax {
		return 0, nil, frame.ErrMalformed
	}
	if size := n + int(length); n > 0 && size <= len(data) {
		return size, data[n:size], nil
	}
	return 0, nil, nil
}

// readByPeek is the idiom for views in a bufio.Reader, whose buffer has to hold a whole frame.
func readByPeek(src io.Reader) func() error {
	r := bufio.NewReaderSize(src, 512<<10)
	return func() error {
		length, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		if _, err := r.Peek(int(length)); err != nil {
			return err
		}
		_, err = r.Discard(int(length))
		return err
	}
}

// readByReadFull is the idiom for copies, here into one buffer that is used again.
func readByReadFull(src io.Reader) func() error {
	r := bufio.NewReaderSize(src, 64<<10)
	buf := make([]byte, 256<<10)
	return func() error {
		length, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		_, err = io.ReadFull(r, buf[:length])
		return err
	}
}

func BenchmarkReadAppend(b *testing.B) {
	benchRead(b, frame.Varint{}, []pull{{"frame", func(src io.Reader) func() error {
		r := frame.NewReader(src, frame.Varint{})
		dst := make([]byte, 0, 256<<10)
		return func() (err error) {
			dst, err = r.ReadAppend(dst[:0])
			return err
		}
	}}})
}

func BenchmarkReadLines(b *testing.B) {
	benchRead(b, frame.Delimiter{}, []pull{
		{"frame", readWith(frame.Delimiter{})},
		{"readslice", readBySlice},
		{"scanner", scanWith(func() bufio.SplitFunc { return bufio.ScanLines })},
		{"splitfunc", scanWith(func() bufio.SplitFunc { return frame.SplitFunc(frame.Delimiter{}, 0) })},
	})
}

// readBySlice is the idiom for lines, with a buffer that has to hold a whole one.
func readBySlice(src io.Reader) func() error {
	r := bufio.NewReaderSize(src, 512<<10)
	return func() error {
		_, err := r.ReadSlice('\n')
		return err
	}
}

// BenchmarkReadSeveral shows what more than one delimiter costs.
func BenchmarkReadSeveral(b *testing.B) {
	for _, delims := range [][]string{{"\n"}, {"\r\n"}, {"\r\n", "\n"}} {
		framing := frame.Delimiter{Delims: delims}
		b.Run(fmt.Sprintf("delims=%q", delims), func(b *testing.B) {
			benchRead(b, framing, []pull{{"frame", readWith(framing)}})
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, size := range benchSizes {
		payload := make([]byte, size)
		b.Run(fmt.Sprintf("payload=%d", size), func(b *testing.B) {
			w := frame.NewWriter(sink{}, frame.Varint{})
			compare(b, []way{
				{"frame", func() error { return w.WriteFrame(payload) }},
				{"hand", writeByHand(sink{}, payload)},
			})
		})
	}
}

// sink is a destination that takes everything.
type sink struct{}

func (sink) Write(p []byte) (int, error) { return len(p), nil }

// writeByHand is what one writes for one program: lock, append, one Write.
func writeByHand(dst io.Writer, payload []byte) func() error {
	var mu sync.Mutex
	var buf []byte
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(payload) > frame.DefaultMax {
			return frame.ErrTooLarge
		}
		buf = binary.AppendUvarint(buf[:0], uint64(len(payload)))
		buf = append(buf, payload...)
		_, err := dst.Write(buf)
		return err
	}
}
