package frame_test

import (
	"bytes"
	"fmt"

	"github.com/demarc-go/demarc/frame"
)

func ExampleSLIP() {
	var line bytes.Buffer
	w := frame.NewWriter(&line, frame.SLIP{Lead: true})
	for _, payload := range [][]byte{{0x01, 0xc0, 0x02}, {0xdb}} {
		if err := w.WriteFrame(payload); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("% x\n", line.Bytes())

	for payload, err := range frame.NewReader(&line, frame.SLIP{}).Frames() {
		fmt.Printf("[% x] %v\n", payload, err)
	}

	// Output:
	// c0 01 db dc 02 c0 c0 db dd c0
	// [01 c0 02] <nil>
	// [db] <nil>
}

// An escape that is none costs one frame: the next END is the end of it.
func ExampleSLIP_badEscape() {
	line := bytes.NewReader([]byte{'a', 0xdb, 'b', 0xc0, 'o', 'k', 0xc0})
	r := frame.NewReader(line, frame.SLIP{})
	r.Skip = true
	for payload, err := range r.Frames() {
		fmt.Printf("%q %v\n", payload, err)
	}

	// Output:
	// "" frame: frame at byte 0: ESC is followed by a wrong byte, at byte 2
	// "ok" <nil>
}
