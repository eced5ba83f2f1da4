package frame_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

func ExampleLines() {
	r := frame.NewReader(strings.NewReader("HELO example.org\r\nQUIT\n"), frame.Lines{})
	for line, err := range r.Frames() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", line)
	}

	// Output:
	// "HELO example.org"
	// "QUIT"
}

// A line that ends in an LF alone is an error, and with Skip the Reader goes on behind the next CRLF.
func ExampleLines_strict() {
	stream := strings.NewReader("MAIL FROM:<a@example.org>\r\nDATA\nQUIT\r\nRSET\r\n")
	r := frame.NewReader(stream, frame.Lines{Strict: true})
	r.Skip = true
	for line, err := range r.Frames() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%q\n", line)
	}

	// Output:
	// "MAIL FROM:<a@example.org>"
	// frame: frame at byte 27: CR or LF is not part of a CRLF, at byte 31; its first bytes "DATA\nQUIT\r\nRSET\r" look like text
	// "RSET"
}

func ExampleLines_AppendFrame() {
	frames, err := frame.Lines{CRLF: true}.AppendFrame(nil, []byte("hi"))
	fmt.Printf("%q %v\n", frames, err)
	frames, err = frame.Lines{}.AppendFrame(nil, []byte("two\nlines"))
	fmt.Printf("%q %v\n", frames, err)

	// Output:
	// "hi\r\n" <nil>
	// "" frame: write: payload clashes with the delimiter, at byte 3
}

// With Keep, a line that has no end can be told from one that has.
func ExampleLines_keep() {
	r := frame.NewReader(strings.NewReader("one\r\ntwo\nthree"), frame.Lines{Keep: true, Tail: true})
	for line, err := range r.Frames() {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		fmt.Printf("%q\n", line)
	}

	// Output:
	// "one\r\n"
	// "two\n"
	// "three"
}
