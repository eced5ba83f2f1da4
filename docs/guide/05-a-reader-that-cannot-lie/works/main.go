// Command works reads through a timeout in the middle of a message, by hand and with Demarc, and then shows each way to end.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// reader keeps what has arrived of an unfinished message.
type reader struct {
	src io.Reader
	buf []byte
}

func (r *reader) next() (string, error) {
	for {
		if len(r.buf) >= 4 {
			size := int(binary.BigEndian.Uint32(r.buf)) // no limit yet: see chapter 6
			if len(r.buf)-4 >= size {
				message := string(r.buf[4 : 4+size])
				r.buf = r.buf[4+size:]
				return message, nil
			}
		}
		piece := make([]byte, 1024)
		n, err := r.src.Read(piece)
		r.buf = append(r.buf, piece[:n]...) // bytes may come together with an error
		if n > 0 {
			continue
		}
		if err == io.EOF && len(r.buf) > 0 {
			return "", io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
	}
}

func main() {
	const stream = "\x00\x00\x00\x05hello\x00\x00\x00\x05world"
	plan := fuzz.Plan{6, fuzz.Timeout}

	byHand := &reader{src: fuzz.NewReader(strings.NewReader(stream), plan)}
	show("by hand", byHand.next)
	show("demarc", withDemarc(fuzz.NewReader(strings.NewReader(stream), plan)))

	fmt.Println("\nthe ends of a stream:")
	for _, end := range []int{0, 3, 4, 6, 9} {
		r := frame.NewReader(strings.NewReader(stream[:end]), frame.Fixed{})
		_, err := r.ReadFrame()
		fmt.Printf("after %d bytes: %v\n", end, err)
	}
}

func withDemarc(src io.Reader) func() (string, error) {
	in := frame.NewReader(src, frame.Fixed{})
	return func() (string, error) {
		message, err := in.ReadFrame()
		return string(message), err
	}
}

func show(name string, next func() (string, error)) {
	for {
		message, err := next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			fmt.Printf("%-8s nothing yet, trying again\n", name)
		case err != nil:
			fmt.Printf("%-8s end: %v\n", name, err)
			return
		default:
			fmt.Printf("%-8s %q\n", name, message)
		}
	}
}
