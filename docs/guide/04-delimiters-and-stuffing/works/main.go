// Command works shows the three answers to a delimiter within a payload: refuse it, escape it, stuff it.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

var errNewline = errors.New("a line cannot hold a newline")

func writeLine(w io.Writer, line string) error {
	if strings.Contains(line, "\n") {
		return errNewline
	}
	_, err := io.WriteString(w, line+"\n")
	return err
}

func readLines(r io.Reader) (lines []string, err error) {
	in := bufio.NewScanner(r)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	return lines, in.Err()
}

func withDemarc(w io.Writer, line string) error {
	return frame.NewWriter(w, frame.Lines{}).WriteFrame([]byte(line))
}

func main() {
	const line = "two\nlines"
	fmt.Println("by hand:", writeLine(io.Discard, line))
	fmt.Println("demarc: ", withDemarc(io.Discard, line))

	// What a Scanner makes of a stream that was cut off.
	lines, err := readLines(strings.NewReader("pay 100\npay 1"))
	fmt.Printf("by hand: %q, %v\n", lines, err)
	in := frame.NewReader(strings.NewReader("pay 100\npay 1"), frame.Lines{})
	first, _ := in.ReadFrame()
	fmt.Printf("demarc:  %q\n", first)
	_, err = in.ReadFrame()
	fmt.Println("demarc: ", err)

	// Stuffing: any bytes may stand in the payload, and the delimiter is in none of the frames but at the end.
	payload := []byte{0x11, 0x00, 0xc0, 0x0a}
	for _, framing := range []frame.Framing{frame.COBS{}, frame.SLIP{}} {
		stuffed, err := framing.AppendFrame(nil, payload)
		if err != nil {
			log.Fatal(err)
		}
		back, err := frame.NewReader(bytes.NewReader(stuffed), framing).ReadFrame()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-10T  % x  ->  % x  ->  % x\n", framing, payload, stuffed, back)
	}
}
