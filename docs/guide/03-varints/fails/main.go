// Command fails takes the first byte of a varint for all of it. Every message of a developer's tests is short, so it works, for
// weeks.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// readMessage is the mistake: a length above 127 has a second byte.
func readMessage(r io.Reader) (string, error) {
	var length [1]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return "", err
	}
	payload := make([]byte, length[0])
	_, err := io.ReadFull(r, payload)
	return string(payload), err
}

func main() {
	var stream []byte
	for _, size := range []int{5, 127, 300, 5} {
		stream = binary.AppendUvarint(stream, uint64(size))
		stream = append(stream, strings.Repeat("x", size)...)
	}
	r := strings.NewReader(string(stream))
	for {
		message, err := readMessage(r)
		if err != nil {
			fmt.Println("end:", err)
			return
		}
		fmt.Printf("%3d bytes, beginning with %.5q\n", len(message), message)
	}
}
