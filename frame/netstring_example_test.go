package frame_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

func ExampleNetstring() {
	var wire strings.Builder
	w := frame.NewWriter(&wire, frame.Netstring{})
	for _, payload := range []string{"hello", "", "a:b,c"} {
		if err := w.WriteFrame([]byte(payload)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(wire.String())
	for payload, err := range frame.NewReader(strings.NewReader(wire.String()), frame.Netstring{}).Frames() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", payload)
	}
	// Output:
	// 5:hello,0:,5:a:b,c,
	// "hello"
	// ""
	// "a:b,c"
}
