package frame_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"testing/iotest"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// Two messages are sent and arrive one byte at a time. They come out as two messages.
func Example() {
	var wire bytes.Buffer
	w := frame.NewWriter(&wire, frame.Varint{})
	for _, message := range []string{"Hello", "world"} {
		if err := w.WriteFrame([]byte(message)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("on the wire: % x\n", wire.Bytes())

	r := frame.NewReader(iotest.OneByteReader(&wire), frame.Varint{})
	for payload, err := range r.Frames() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", payload)
	}
	// Output:
	// on the wire: 05 48 65 6c 6c 6f 05 77 6f 72 6c 64
	// Hello
	// world
}

// A framing is a pure rule over bytes, for programs that do their own input and output.
func ExampleVarint() {
	framing := frame.Varint{}
	wire, err := framing.AppendFrame(nil, []byte("hi"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n", wire)

	s, err := framing.Scan(wire[:2], frame.Scan{}, false)
	fmt.Println("missing:", s.Need, err)
	s, err = framing.Scan(wire, s, false)
	fmt.Printf("missing: %d %v, payload: %s\n", s.Need, err, wire[s.Head:s.Head+s.Body])

	_, err = framing.Scan([]byte("\x80\x00"), frame.Scan{}, false)
	fmt.Println("malformed:", errors.Is(err, frame.ErrMalformed))
	// Output:
	// 02 68 69
	// missing: 1 <nil>
	// missing: 0 <nil>, payload: hi
	// malformed: true
}

// A payload that holds the delimiter would arrive as two, so it is refused.
func ExampleDelimiter() {
	framing := frame.Delimiter{Delims: []string{"\r\n"}}
	wire, err := framing.AppendFrame(nil, []byte("hi"))
	fmt.Printf("%q %v\n", wire, err)
	_, err = framing.AppendFrame(nil, []byte("one\r\ntwo"))
	fmt.Println(err)
	// Output:
	// "hi\r\n" <nil>
	// frame: write: payload clashes with the delimiter, at byte 3
}

// Of several delimiters each ends a frame, and the last line needs none.
func ExampleDelimiter_several() {
	framing := frame.Delimiter{Delims: []string{"\r\n", "\n"}, Tail: true}
	r := frame.NewReader(strings.NewReader("from Unix\nfrom Windows\r\nunfinished"), framing)
	for payload, err := range r.Frames() {
		fmt.Printf("%q %v\n", payload, err)
	}
	// Output:
	// "from Unix" <nil>
	// "from Windows" <nil>
	// "unfinished" <nil>
}

// The end of the stream is io.EOF only between two frames. Inside one it is an error that says where.
func ExampleReader_ReadFrame() {
	r := frame.NewReader(strings.NewReader("\x02hi\x05wor"), frame.Varint{})
	for {
		payload, err := r.ReadFrame()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
			break
		}
		fmt.Printf("%s\n", payload)
	}
	// Output:
	// hi
	// frame: frame at byte 3: cut off in the payload: 4 bytes arrived, at least 2 missing: unexpected EOF
	// true
}

// With Skip, a frame that is too large is one error, and the next frame follows.
func ExampleReader_Frames() {
	r := frame.NewReader(strings.NewReader("\x02hi\x0cfar too long\x05world"), frame.Varint{})
	r.Max = 8
	r.Skip = true
	for payload, err := range r.Frames() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s\n", payload)
	}
	// Output:
	// hi
	// frame: frame at byte 3: payload of 12 bytes is over the limit of 8
	// world
}

// Many small frames go out in one Write.
func ExampleWriter_BufferFrame() {
	var wire bytes.Buffer
	w := frame.NewWriter(&wire, frame.Delimiter{})
	for _, line := range []string{"one", "two", "three"} {
		if err := w.BufferFrame([]byte(line)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%q\n", wire.String())
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", wire.String())
	// Output:
	// ""
	// "one\ntwo\nthree\n"
}

// A server that sends each frame back, with limits for peers that are idle or slow.
func ExampleConn() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		server := frame.NewConn(conn, frame.Varint{})
		server.IdleTimeout = time.Minute
		defer server.Close()
		for payload, err := range server.Frames() {
			if err != nil || server.WriteFrame(payload) != nil {
				return
			}
		}
	}()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	client := frame.NewConn(conn, frame.Varint{})
	defer client.Close()
	if err := client.WriteFrame([]byte("hello")); err != nil {
		log.Fatal(err)
	}
	payload, err := client.ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	// Output: hello <nil>
}

// A program that already has a Scanner loop needs nothing but another split function.
func ExampleSplitFunc() {
	scanner := bufio.NewScanner(strings.NewReader("\x05Hello\x05world"))
	scanner.Split(frame.SplitFunc(frame.Varint{}, 1000))
	for scanner.Scan() {
		fmt.Println(scanner.Text())
	}
	fmt.Println(scanner.Err())
	// Output:
	// Hello
	// world
	// <nil>
}
