// Command works puts a tap on a connection, which shows every byte that passes, and beside it what the bytes mean.
package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// tap shows what passes a connection.
type tap struct{ net.Conn }

func (t tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		fmt.Printf("read\n%s", hex.Dump(p[:n]))
	}
	return n, err
}

func (t tap) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	fmt.Printf("wrote\n%s", hex.Dump(p[:n]))
	return n, err
}

func main() {
	peer, us := fuzz.Pipe()
	us.SetReadPlan(fuzz.Plan{4, fuzz.Repeat})
	if _, err := peer.Write([]byte("\x05hello\x04ol\u00e9\x03by")); err != nil { // and there the peer breaks off
		log.Fatal(err)
	}
	if err := peer.CloseWrite(); err != nil {
		log.Fatal(err)
	}

	conn := frame.NewConn(tap{us}, frame.Varint{})
	for payload, err := range conn.Frames() {
		var e *frame.Error
		if errors.As(err, &e) {
			fmt.Printf("error: the frame at byte %d, %s: have %d, need %d more\n", e.Offset, e.Part, e.Have, e.Need)
			break
		}
		fmt.Printf("frame %q\n", payload)
		if err := conn.WriteFrame(payload); err != nil && !errors.Is(err, io.EOF) {
			log.Fatal(err)
		}
	}
	stats := conn.Stats()
	fmt.Println(stats.FramesIn, "frames in", stats.BytesIn, "bytes read")
}
