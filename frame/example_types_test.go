package frame_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A program that is given bytes, by an event loop say, and cannot wait for more, asks the framing itself. What the last Scan returned
// goes into the next, so that no byte is looked at twice.
func ExampleScan() {
	framing := frame.Netstring{}
	var buf []byte
	var s frame.Scan
	for _, piece := range []string{"5:he", "llo,3", ":bye,"} {
		buf = append(buf, piece...)
		for len(buf) > 0 {
			var err error
			if s, err = framing.Scan(buf, s, false); err != nil {
				log.Fatal(err)
			}
			if s.Need > 0 {
				fmt.Printf("%q and at least %d more\n", buf, s.Need)
				break
			}
			fmt.Printf("%s\n", buf[s.Head:s.Head+s.Body])
			buf, s = buf[s.Size:], frame.Scan{}
		}
	}
	// Output:
	// "5:he" and at least 4 more
	// hello
	// "3" and at least 5 more
	// bye
}

// The header goes out at once, and the payload when it comes.
func ExampleWrapper() {
	var framing frame.Wrapper = frame.Header{}
	head, err := framing.AppendHead(nil, 5)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", head)
	fmt.Printf("%q\n", framing.AppendTail(nil))
	// Output:
	// "Content-Length: 5\r\n\r\n"
	// ""
}

// On the wire of COBS there is no zero but at the end of a frame; Unstuff puts those of the payload back.
func ExampleUnstuffer() {
	var framing frame.Unstuffer = frame.COBS{}
	wire, err := framing.AppendFrame(nil, []byte{1, 0, 2})
	if err != nil {
		log.Fatal(err)
	}
	s, err := framing.Scan(wire, frame.Scan{}, false)
	if err != nil {
		log.Fatal(err)
	}
	body := wire[s.Head : s.Head+s.Body]
	fmt.Printf("% x | % x\n", wire, framing.Unstuff(nil, body))
	// Output: 02 01 02 02 00 | 01 00 02
}

// An error says what was wrong and where, for people and for programs.
func ExampleError() {
	r := frame.NewReader(strings.NewReader("\x02hi\x05wor"), frame.Varint{})
	var err error
	for err == nil {
		_, err = r.ReadFrame()
	}
	var e *frame.Error
	if errors.As(err, &e) {
		fmt.Println("the class: ", e.Err, errors.Is(err, io.ErrUnexpectedEOF))
		fmt.Println("the frame: ", "at byte", e.Offset, "begins with", fmt.Sprintf("%q", e.First))
		fmt.Println("cut off:   ", e.Part, "with", e.Have, "bytes,", e.Need, "are missing")
	}
	// Output:
	// the class:  unexpected EOF true
	// the frame:  at byte 3 begins with "\x05wor"
	// cut off:    in the payload with 4 bytes, 2 are missing
}

// A stream can end in four places of a frame.
func ExamplePart() {
	for _, stream := range []string{"5", "5:", "5:hel", "5:hello"} {
		_, err := frame.NewReader(strings.NewReader(stream), frame.Netstring{}).ReadFrame()
		var e *frame.Error
		if errors.As(err, &e) {
			fmt.Printf("%-9q %v\n", stream, e.Part)
		}
	}
	// Output:
	// "5"       in the prefix
	// "5:"      after the prefix
	// "5:hel"   in the payload
	// "5:hello" in the delimiter
}

// Somebody speaks HTTP to a server that does not.
func ExampleLooksLike() {
	r := frame.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), frame.Fixed{})
	_, err := r.ReadFrame()
	var e *frame.Error
	if errors.As(err, &e) {
		fmt.Println(frame.LooksLike(e.First))
	}
	fmt.Println(err)
	// Output:
	// HTTP
	// frame: frame at byte 0: payload of 1195725856 bytes is over the limit of 1048576; its first bytes "GET / HTTP/1.1\r\n" look like HTTP
}

// Counters, addresses, and what was read too far.
func ExampleStats() {
	a, b := fuzz.Pipe()
	out, in := frame.NewConn(a, frame.Lines{}), frame.NewConn(b, frame.Lines{})
	for _, line := range []string{"one", "two", "three"} {
		if err := out.WriteFrame([]byte(line)); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := in.ReadFrame(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", in.Stats())
	fmt.Printf("%q from %v at %v\n", in.Buffered(), in.RemoteAddr(), in.LocalAddr())
	// Output:
	// {BytesIn:14 BytesOut:0 FramesIn:1 FramesOut:0}
	// "two\nthree\n" from pipe:1 at pipe:2
}

// One side says that it has nothing more to say, and still listens.
func ExampleConn_CloseWrite() {
	a, b := fuzz.Pipe()
	client, server := frame.NewConn(a, frame.Lines{}), frame.NewConn(b, frame.Lines{})
	go func() {
		lines := 0
		for _, err := range server.Frames() {
			if err != nil {
				return
			}
			lines++
		}
		_ = server.WriteFrame(fmt.Appendf(nil, "%d lines", lines))
		_ = server.Close()
	}()
	for _, line := range []string{"one", "two"} {
		if err := client.WriteFrame([]byte(line)); err != nil {
			log.Fatal(err)
		}
	}
	if err := client.CloseWrite(); err != nil {
		log.Fatal(err)
	}
	answer, err := client.ReadFrame()
	fmt.Printf("%s %v\n", answer, err)
	// Output: 2 lines <nil>
}

// Deadlines are points in time. One that passes ends the reads that wait, and those that follow, until it is moved.
func ExampleConn_SetReadDeadline() {
	a, b := net.Pipe()
	conn := frame.NewConn(a, frame.Varint{})
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Hour)) // both directions
	_ = conn.SetReadDeadline(time.Now())
	_, err := conn.ReadFrame()
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	_ = conn.SetReadDeadline(time.Time{}) // no deadline
	_ = conn.SetWriteDeadline(time.Time{})
	go b.Write([]byte("\x05hello"))
	payload, err := conn.ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	// Output:
	// true
	// hello <nil>
}

// A write that waits for a peer which reads nothing ends with its context. The connection can then not be written to any more, if a part
// of the frame has gone out.
func ExampleConn_WriteFrameContext() {
	a, _ := net.Pipe()
	conn := frame.NewConn(a, frame.Varint{})
	defer conn.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(time.Millisecond, func() { cancel(errors.New("enough")) })
	fmt.Println(conn.WriteFrameContext(ctx, []byte("hello")))
	// Output: frame: enough: i/o timeout
}

// Where the next frame begins, for messages to people, and what follows it.
func ExampleReader_Offset() {
	r := frame.NewReader(strings.NewReader("\x02hi\x05hello"), frame.Varint{})
	for {
		payload, err := r.ReadFrame()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s, next at %d: %q\n", payload, r.Offset(), r.Buffered())
	}
	// Output:
	// hi, next at 3: "\x05hello"
	// hello, next at 9: ""
	// EOF
}

// A goroutine that waits for a frame before it borrows what it needs to handle one.
func ExampleConn_Wait() {
	a, b := fuzz.Pipe()
	conn := frame.NewConn(a, frame.Lines{})
	go b.Write([]byte("hello\n"))
	conn.Wait()
	payload, err := conn.ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	// Output: hello <nil>
}
