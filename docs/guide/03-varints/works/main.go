// Command works reads varint frames by hand and with Demarc, and shows what each says to a length with a needless byte.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

const limit = 1 << 20

func readMessage(r *bufio.Reader) ([]byte, error) {
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("a message of %d bytes, and %d are allowed", size, limit)
	}
	payload := make([]byte, size)
	_, err = io.ReadFull(r, payload)
	return payload, err
}

func withDemarc(r io.Reader) ([]byte, error) {
	return frame.NewReader(r, frame.Varint{}).ReadFrame()
}

func main() {
	for _, size := range []int{5, 127, 128, 300, 16384} {
		stream, err := frame.Varint{}.AppendFrame(nil, make([]byte, size))
		if err != nil {
			log.Fatal(err)
		}
		message, err := readMessage(bufio.NewReader(strings.NewReader(string(stream))))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%5d bytes: prefix % x\n", len(message), stream[:len(stream)-size])
	}

	// The number 2 in two bytes instead of one: a length that two readers may see differently.
	const padded = "\x82\x00hi"
	message, err := readMessage(bufio.NewReader(strings.NewReader(padded)))
	fmt.Printf("by hand:  %q, %v\n", message, err)
	message, err = withDemarc(strings.NewReader(padded))
	fmt.Printf("demarc:   %q, %v\n", message, err)
}
