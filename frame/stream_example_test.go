package frame_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// A frame that may be larger than memory is read as a stream. What is not read of it, the next call drops.
func ExampleReader_NextFrame() {
	r := frame.NewReader(strings.NewReader("26:abcdefghijklmnopqrstuvwxyz,5:hello,"), frame.Netstring{})
	for {
		payload, size, err := r.NextFrame()
		if err == io.EOF {
			return
		} else if err != nil {
			fmt.Println(err)
			return
		}
		begin := make([]byte, 5)
		if _, err := io.ReadFull(payload, begin); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s, of %d bytes\n", begin, size)
	}
	// Output:
	// abcde, of 26 bytes
	// hello, of 5 bytes
}

// A payload of known size goes out of an io.Reader, without being in memory as a whole.
func ExampleWriter_WriteFrameFrom() {
	var stream strings.Builder
	w := frame.NewWriter(&stream, frame.Netstring{})
	if err := w.WriteFrameFrom(strings.NewReader("hello, world"), 5); err != nil {
		fmt.Println(err)
	}
	fmt.Println(stream.String())
	// Output: 5:hello,
}
