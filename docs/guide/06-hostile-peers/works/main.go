// Command works sends a collection of bad streams to a reader by hand, and to those of Demarc.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"runtime"
	"strings"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

const limit = 64 << 20

func readMessage(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > limit {
		return nil, fmt.Errorf("a message of %d bytes, and %d are allowed", size, limit)
	}
	payload, err := io.ReadAll(io.LimitReader(r, int64(size))) // grows with what comes
	if err == nil && len(payload) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	return payload, err
}

func withDemarc(r io.Reader) ([]byte, error) {
	in := frame.NewReader(r, frame.Fixed{})
	in.Max = limit
	return in.ReadFrame()
}

func main() {
	memory("by hand", readMessage)
	memory("demarc", withDemarc)

	fmt.Println("\nstrangers:")
	for _, first := range []string{"GET / HTTP/1.1\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01", "SSH-2.0-OpenSSH_9.2"} {
		_, err := withDemarc(strings.NewReader(first))
		fmt.Println(err)
	}

	fmt.Println("\nthings without an end:")
	endless(frame.Varint{}, "\xff")
	endless(frame.Lines{}, "a")
	endless(frame.Header{}, "X-Y: z\r\n")

	fmt.Println("\na peer that has stopped in the middle of a message:")
	if err := stalled(); err != nil {
		fmt.Println(err)
	}
}

// memory shows what ten strangers cost that each claim 64 MiB and send nothing of it.
func memory(name string, read func(io.Reader) ([]byte, error)) {
	before := taken()
	for range 10 {
		read(strings.NewReader("\x04\x00\x00\x00"))
	}
	fmt.Printf("%-8s %d MiB\n", name, (taken()-before)>>20)
}

func endless(framing frame.Framing, part string) {
	in := frame.NewReader(strings.NewReader(strings.Repeat(part, 1<<20)), framing)
	in.Max = 1000
	_, err := in.ReadFrame()
	fmt.Println(err)
}

func stalled() error {
	peer, us := fuzz.Pipe()
	conn := frame.NewConn(us, frame.Varint{})
	conn.IdleTimeout = time.Minute                          // between two messages
	conn.FrameTimeout = 50 * time.Millisecond               // for one message; 10 seconds unless told otherwise
	if _, err := peer.Write([]byte("\x05he")); err != nil { // and no more
		log.Fatal(err)
	}
	_, err := conn.ReadFrame()
	return err
}

// taken returns how many bytes the program has ever allocated.
func taken() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
