// Command fails reads frames with a length of four bytes, and asks for each part with one Read. The network gives three bytes at
// a time.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/demarc-go/demarc/fuzz"
)

// readMessage is the mistake: Read may return fewer bytes than the buffer has room for.
func readMessage(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := r.Read(head); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint32(head)%1024) // so that the example does not eat the memory
	_, err := r.Read(payload)
	return payload, err
}

func main() {
	const stream = "\x00\x00\x00\x05hello\x00\x00\x00\x05world"
	fmt.Println("in one piece:")
	show(strings.NewReader(stream))
	fmt.Println("in pieces of three bytes:")
	show(fuzz.NewReader(strings.NewReader(stream), fuzz.Plan{3, fuzz.Repeat}))
}

func show(stream io.Reader) {
	for {
		message, err := readMessage(stream)
		if err != nil {
			fmt.Println("  end:", err)
			return
		}
		fmt.Printf("  %.20q\n", message)
	}
}
