package frame_test

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

func ExampleHeader() {
	wire, err := frame.Header{}.AppendFrame(nil, []byte(`{"id":1}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", wire)
	payload, err := frame.NewReader(bytes.NewReader(wire), frame.Header{}).ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	// Output:
	// "Content-Length: 8\r\n\r\n{\"id\":1}"
	// {"id":1} <nil>
}

// With Keep the other headers are there to be read.
func ExampleHeader_keep() {
	stream := strings.NewReader("Content-Type: text/plain\r\ncontent-length: 2\r\n\r\nhi")
	framed, err := frame.NewReader(stream, frame.Header{Keep: true}).ReadFrame()
	if err != nil {
		log.Fatal(err)
	}
	block, payload, _ := strings.Cut(string(framed), "\r\n\r\n")
	fmt.Printf("%q\n%q\n", block, payload)
	// Output:
	// "Content-Type: text/plain\r\ncontent-length: 2"
	// "hi"
}
