package frame_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/demarc-go/demarc/frame"
)

// prose is text of size bytes.
func prose(size int) []byte {
	const line = "It was the best of times, it was the worst of times, it was the age of wisdom...\n"
	return bytes.Repeat([]byte(line), size/len(line)+1)[:size]
}

// A bytewise is a framing as it is usually written: a loop that appends byte after byte.
type bytewise struct {
	encode func(dst, payload []byte) []byte
	decode func(dst, stream []byte) (payload []byte, size int, ok bool)
}

// benchStuffing compares framing with a byte-wise loop that does the same. Decoding includes the search for the end.
func benchStuffing(b *testing.B, framing frame.Unstuffer, naive bytewise) {
	for _, size := range []int{16, 1 << 10, 64 << 10} {
		text := prose(size)
		wire, err := framing.AppendFrame(nil, text)
		if err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, 2*size)
		does := func(work func()) func() error { return func() error { work(); return nil } }
		b.Run(fmt.Sprintf("encode/payload=%d", size), func(b *testing.B) {
			compare(b, []way{
				{"frame", does(func() { buf, _ = framing.AppendFrame(buf[:0], text) })},
				{"bytewise", does(func() { buf = naive.encode(buf[:0], text) })},
			})
		})
		b.Run(fmt.Sprintf("decode/payload=%d", size), func(b *testing.B) {
			compare(b, []way{
				{"frame", does(func() {
					s, _ := framing.Scan(wire, frame.Scan{}, false)
					buf = framing.Unstuff(buf[:0], wire[:s.Body])
				})},
				{"bytewise", does(func() { buf, _, _ = naive.decode(buf[:0], wire) })},
			})
		})
	}
}

func BenchmarkCOBS(b *testing.B) { benchStuffing(b, cobs, bytewise{naiveCOBS, naiveUncobs}) }
