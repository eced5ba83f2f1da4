package frame_test

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"testing/iotest"

	"github.com/demarc-go/demarc/frame"
)

// OctetCounting is a framing of one's own, that of RFC 6587 (section 3.4.1) for syslog: the length in decimal digits and a
// space stand before the payload.
//
//	5 hello
type OctetCounting struct{}

// AppendFrame appends payload as one frame to dst.
func (OctetCounting) AppendFrame(dst, payload []byte) ([]byte, error) {
	dst = strconv.AppendInt(dst, int64(len(payload)), 10)
	dst = append(dst, ' ')
	return append(dst, payload...), nil
}

// Scan finds the frame at the start of buf.
func (OctetCounting) Scan(buf []byte, _ frame.Scan, _ bool) (frame.Scan, error) {
	length := 0
	for i, b := range buf {
		switch {
		case b == ' ' && i > 0:
			return announced(i+1, length, len(buf)), nil
		case b < '0' || b > '9' || i == 0 && b == '0' || i == 9:
			return frame.Scan{}, &frame.Error{Err: frame.ErrMalformed, At: i}
		}
		length = 10*length + int(b-'0')
	}
	return frame.Scan{Head: len(buf), Size: -1, Need: 1}, nil
}

// announced is the Scan of a frame with a prefix of head bytes, which announces a payload of length bytes, when have bytes of
// the frame are there.
func announced(head, length, have int) frame.Scan {
	return frame.Scan{
		Head: head,
		Body: min(have-head, length),
		Size: int64(head + length),
		Need: max(head+length-have, 0),
	}
}

// The Reader and the Writer, the limits and the errors then work with it as with any other.
func ExampleFraming() {
	if err := frame.NewWriter(os.Stdout, OctetCounting{}).WriteFrame([]byte("hello")); err != nil {
		log.Fatal(err)
	}
	fmt.Println()

	stream := iotest.HalfReader(strings.NewReader("5 hello11 syslog line?"))
	for payload, err := range frame.NewReader(stream, OctetCounting{}).Frames() {
		fmt.Printf("%q %v\n", payload, err)
	}
	// Output:
	// 5 hello
	// "hello" <nil>
	// "syslog line" <nil>
	// "" frame: frame at byte 21: malformed frame, at byte 21
}
