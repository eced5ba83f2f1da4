package frame_test

import (
	"bytes"
	"fmt"

	"github.com/demarc-go/demarc/frame"
)

func ExampleCOBS() {
	var line bytes.Buffer
	w := frame.NewWriter(&line, frame.COBS{})
	for _, payload := range [][]byte{{0x11, 0x22, 0x00, 0x33}, {}, {0x00}} {
		if err := w.WriteFrame(payload); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("% x\n", line.Bytes())

	for payload, err := range frame.NewReader(&line, frame.COBS{}).Frames() {
		fmt.Printf("[% x] %v\n", payload, err)
	}

	// Output:
	// 03 11 22 02 33 00 01 00 01 01 00
	// [11 22 00 33] <nil>
	// [] <nil>
	// [00] <nil>
}

// A line that lost a byte costs one frame: the next zero is the end of it.
func ExampleCOBS_loss() {
	line := bytes.NewReader([]byte{0x05, 'w', 'o', 'd', 0x00, 0x03, 'o', 'k', 0x00})
	r := frame.NewReader(line, frame.COBS{})
	r.Skip = true
	for payload, err := range r.Frames() {
		fmt.Printf("%q %v\n", payload, err)
	}

	// Output:
	// "" frame: frame at byte 0: frame ends inside a COBS block, at byte 4
	// "ok" <nil>
}
