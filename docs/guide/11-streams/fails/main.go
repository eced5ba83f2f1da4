// Command fails has two streams on one connection. The reader of one of them is slow, and that costs the other one everything, or else the
// memory.
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

const (
	slow byte = 1
	fast byte = 2
)

// share hands each message to its stream. It waits for the reader of that stream, and meanwhile reads nothing for the others.
func share(conn *frame.Conn, streams map[byte]chan []byte) {
	for payload, err := range conn.Frames() {
		if err != nil {
			return
		}
		streams[payload[0]] <- append([]byte(nil), payload[1:]...)
	}
}

// collect never waits. What is not read piles up.
func collect(conn *frame.Conn, queues map[byte][][]byte) {
	for payload, err := range conn.Frames() {
		if err != nil {
			return
		}
		queues[payload[0]] = append(queues[payload[0]], append([]byte(nil), payload[1:]...))
	}
}

func main() {
	// Ten messages for the slow one, which reads none of them, fill its channel. The answer for the fast one is behind them.
	a, b := connect()
	streams := map[byte]chan []byte{slow: make(chan []byte, 5), fast: make(chan []byte, 5)}
	go share(b, streams)
	for range 10 {
		check(a.WriteFrame([]byte{slow, 'x'}))
	}
	check(a.WriteFrame([]byte{fast, 'x'}))
	select {
	case <-streams[fast]:
		log.Fatal("the fast one has its answer")
	case <-time.After(50 * time.Millisecond):
		fmt.Println("channels: the fast one waits for the slow one")
	}

	// With queues that grow the fast one has its answer, and the slow one all the memory.
	a, b = connect()
	queues := map[byte][][]byte{}
	large := make([]byte, 64<<10)
	large[0] = slow
	go func() {
		for range 1000 {
			check(a.WriteFrame(large))
		}
		check(a.WriteFrame([]byte{fast, 'x'}))
		check(a.Close())
	}()
	collect(b, queues)
	bytes := 0
	for _, message := range queues[slow] {
		bytes += len(message)
	}
	fmt.Printf("queues:   the fast one has %d message, the slow one %d MiB\n", len(queues[fast]), bytes>>20)
}

// connect returns the two ends of a connection.
func connect() (a, b *frame.Conn) {
	one, two := fuzz.Pipe()
	return frame.NewConn(one, frame.Varint{}), frame.NewConn(two, frame.Varint{})
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
