package frame_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/demarc-go/demarc/frame"
)

func ExampleFixed() {
	wire, err := frame.Fixed{}.AppendFrame(nil, []byte("hi"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n", wire)
	payload, err := frame.NewReader(bytes.NewReader(wire), frame.Fixed{}).ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	// Output:
	// 00 00 00 02 68 69
	// hi <nil>
}

// PostgreSQL's messages are a type of one byte, a length that counts itself and what follows it, and the contents. The type is
// wanted too, so the head is kept.
func ExampleNewFixed() {
	postgres, err := frame.NewFixed(frame.Layout{Before: 1, Width: 4, Signed: true, Counts: 4, Keep: frame.WholeHead})
	if err != nil {
		log.Fatal(err)
	}
	stream := bytes.NewReader([]byte("Z\x00\x00\x00\x05In\x00\x00\x00\x04"))
	for message, err := range frame.NewReader(stream, postgres).Frames() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("type %c, %q\n", message[0], message[5:])
	}
	// Output:
	// type Z, "I"
	// type n, ""
}

// A layout that cannot be is refused when it is built, not when the first frame comes.
func ExampleNewFixed_impossible() {
	_, err := frame.NewFixed(frame.Layout{Width: 2, Counts: 4})
	fmt.Println(err)
	// Output: frame: impossible framing: it counts 4 bytes of a head of 2
}

// TPKT (RFC 1006) has a version, which is always 3, a byte that is reserved, and the size of the whole frame in two bytes.
func ExampleLayout() {
	tpkt, err := frame.NewFixed(frame.Layout{Magic: "\x03", Before: 1, Width: 2, Counts: frame.WholeHead})
	if err != nil {
		log.Fatal(err)
	}
	wire, _ := tpkt.AppendFrame(nil, []byte("hi"))
	fmt.Printf("% x\n", wire)
	_, err = frame.NewReader(bytes.NewReader([]byte("GET / HTTP/1.1\r\n")), tpkt).ReadFrame()
	fmt.Println(err)
	// Output:
	// 03 00 00 06 68 69
	// frame: frame at byte 0: magic bytes are missing, at byte 0; its first bytes "GET / HTTP/1.1\r\n" look like HTTP
}
