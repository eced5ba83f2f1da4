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

// benchmarkStuffing measures framing beside a byte-wise loop that does the same. Decoding includes the search for the end.
func benchmarkStuffing(b *testing.B, framing frame.Unstuffer, naive bytewise) {
	for _, size := range []int{16, 1 << 10, 64 << 10} {
		text := prose(size)
		wire, err := framing.AppendFrame(nil, text)
		if err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, 2*size)
		run := func(name string, work func()) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					work()
				}
			})
		}
		run("encode/runs", func() { buf, _ = framing.AppendFrame(buf[:0], text) })
		run("encode/bytewise", func() { buf = naive.encode(buf[:0], text) })
		run("decode/runs", func() {
			s, _ := framing.Scan(wire, frame.Scan{}, false)
			buf = framing.Unstuff(buf[:0], wire[:s.Body])
		})
		run("decode/bytewise", func() { buf, _, _ = naive.decode(buf[:0], wire) })
	}
}

func BenchmarkCOBS(b *testing.B) { benchmarkStuffing(b, cobs, bytewise{naiveCOBS, naiveUncobs}) }
