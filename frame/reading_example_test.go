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
)

// A view is overwritten by the next call. Who wants to keep payloads has them appended to bytes of its own.
func ExampleReader_ReadAppend() {
	r := frame.NewReader(strings.NewReader("\x03one\x03two\x05three"), frame.Varint{})
	var all []byte
	var err error
	for err == nil {
		all, err = r.ReadAppend(all)
	}
	fmt.Printf("%s %v\n", all, err)
	// Output: onetwothree EOF
}

// The connection changes its protocol: what was read too much belongs to the next one.
func ExampleReader_Detach() {
	conn := strings.NewReader("upgrade\nEverything from here on is another protocol.")
	r := frame.NewReader(conn, frame.Lines{})
	line, err := r.ReadFrame()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", line)

	unread, err := r.Detach()
	if err != nil {
		log.Fatal(err)
	}
	rest, err := io.ReadAll(io.MultiReader(strings.NewReader(string(unread)), conn))
	fmt.Printf("%s %v\n", rest, err)
	// Output:
	// upgrade
	// Everything from here on is another protocol. <nil>
}

// An exact Reader takes no byte too many, so that another can go on where it stopped.
func ExampleReader_exact() {
	conn := strings.NewReader("4:next,rest")
	r := frame.NewReader(conn, frame.Netstring{})
	r.Exact = true
	payload, err := r.ReadFrame()
	fmt.Printf("%s %v\n", payload, err)
	rest, err := io.ReadAll(conn)
	fmt.Printf("%s %v\n", rest, err)
	// Output:
	// next <nil>
	// rest <nil>
}

// A read that its context ends loses nothing: the next one goes on in the middle of the frame.
func ExampleConn_ReadFrameContext() {
	near, far := net.Pipe()
	c := frame.NewConn(near, frame.Varint{})
	defer c.Close()
	go far.Write([]byte("\x05he"))

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := c.ReadFrameContext(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded))

	go far.Write([]byte("llo"))
	payload, err := c.ReadFrameContext(context.Background())
	fmt.Printf("%s %v\n", payload, err)
	// Output:
	// true true
	// hello <nil>
}
