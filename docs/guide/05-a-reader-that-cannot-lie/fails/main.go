// Command fails reads with a deadline, and goes on after it. The deadline passes in the middle of a message.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/demarc-go/demarc/fuzz"
)

// readMessage is careful about pieces. The mistake is that it forgets what it has when it fails.
func readMessage(r io.Reader) (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > 1<<20 {
		return "", fmt.Errorf("a message of %d bytes", size)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(r, payload)
	return string(payload), err
}

func main() {
	const stream = "\x00\x00\x00\x05hello\x00\x00\x00\x05world"
	r := fuzz.NewReader(strings.NewReader(stream), fuzz.Plan{6, fuzz.Timeout}) // six bytes come, then nothing for too long
	for {
		message, err := readMessage(r)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			fmt.Println("nothing yet, trying again")
			continue
		}
		if err != nil {
			fmt.Println("error:", err)
			return
		}
		fmt.Printf("%q\n", message)
	}
}
