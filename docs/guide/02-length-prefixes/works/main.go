// Command works reads frames with a length of four bytes in front, by hand and with Demarc, in pieces of three bytes.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

const limit = 1 << 20

func readMessage(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > limit {
		return nil, fmt.Errorf("a message of %d bytes, and %d are allowed", size, limit)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(r, payload)
	return payload, err
}

func writeMessage(w io.Writer, payload []byte) error {
	message := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))
	_, err := w.Write(append(message, payload...)) // one Write: see below
	return err
}

func withDemarc(r io.Reader) error {
	in := frame.NewReader(r, frame.Fixed{})
	for message, err := range in.Frames() {
		if err != nil {
			return err
		}
		fmt.Printf("demarc   %q\n", message)
	}
	return nil
}

func main() {
	stream := new(strings.Builder)
	for _, text := range []string{"hello", "", "world"} {
		if err := writeMessage(stream, []byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("% x\n", stream)

	inThrees := fuzz.Plan{3, fuzz.Repeat}
	r := fuzz.NewReader(strings.NewReader(stream.String()), inThrees)
	for {
		message, err := readMessage(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("by hand  %q\n", message)
	}
	if err := withDemarc(fuzz.NewReader(strings.NewReader(stream.String()), inThrees)); err != nil {
		log.Fatal(err)
	}
}
