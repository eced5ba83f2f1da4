// Command works has two streams on one connection, and gives each a credit of its own: once by hand, and once with Demarc.
package main

import (
	"context"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

const (
	slow byte = 1
	fast byte = 2

	window = 5 // messages that may wait for the reader of a stream
)

// sender sends on two streams, as far as the credit of each goes.
type sender struct {
	conn    *frame.Conn
	mu      sync.Mutex
	granted *sync.Cond
	credit  map[byte]int
}

func newSender(conn *frame.Conn) *sender {
	s := &sender{conn: conn, credit: map[byte]int{slow: window, fast: window}}
	s.granted = sync.NewCond(&s.mu)
	go s.listen()
	return s
}

func (s *sender) send(stream byte, message byte) error {
	s.mu.Lock()
	for s.credit[stream] == 0 {
		s.granted.Wait() // the one who sends waits, and nobody else
	}
	s.credit[stream]--
	s.mu.Unlock()
	return s.conn.WriteFrame([]byte{stream, message})
}

// listen takes the credit that comes back.
func (s *sender) listen() {
	for grant, err := range s.conn.Frames() {
		if err != nil {
			return
		}
		s.mu.Lock()
		s.credit[grant[0]]++
		s.mu.Unlock()
		s.granted.Broadcast()
	}
}

// receiver has a channel for each stream. There is always room in it for what the sender may send.
type receiver struct {
	conn    *frame.Conn
	streams map[byte]chan byte
}

func (r *receiver) share() {
	for payload, err := range r.conn.Frames() {
		if err != nil {
			return
		}
		select {
		case r.streams[payload[0]] <- payload[1]:
		default:
			log.Fatal("the peer sends more than it may") // and that is the end of this connection
		}
	}
}

// receive returns the next message of a stream, and lets the sender send another one.
func (r *receiver) receive(stream byte) (byte, error) {
	message := <-r.streams[stream]
	return message, r.conn.WriteFrame([]byte{stream})
}

func main() {
	byHand()
	withDemarc()
}

func byHand() {
	a, b := fuzz.Pipe()
	defer a.Close()
	s := newSender(frame.NewConn(a, frame.Varint{}))
	r := &receiver{frame.NewConn(b, frame.Varint{}), map[byte]chan byte{slow: make(chan byte, window), fast: make(chan byte, window)}}
	go r.share()

	var sent atomic.Int64
	go func() {
		for i := range byte(10) {
			check(s.send(slow, i))
			sent.Add(1)
		}
	}()
	for sent.Load() < window {
		time.Sleep(time.Millisecond)
	}
	check(s.send(fast, 42))
	answer, err := r.receive(fast)
	check(err)
	fmt.Printf("by hand  the fast one has its %d, and of ten messages for the slow one %d were sent\n", answer, sent.Load())
	var got []byte
	for range 10 {
		message, err := r.receive(slow)
		check(err)
		got = append(got, message)
	}
	fmt.Println("by hand  when it reads, the others follow:", got)
}

var (
	count  = transport.ServerStream[int, int]("count")
	answer = transport.Unary[string, int]("answer")
)

func withDemarc() {
	var sent atomic.Int64
	stopped := make(chan error, 1)
	server := new(transport.Server)
	count.Handle(server, func(ctx context.Context, to int, send func(int) error) error {
		for i := range to {
			if err := send(i); err != nil {
				stopped <- context.Cause(ctx)
				return err
			}
			sent.Add(1)
		}
		return nil
	})
	answer.Handle(server, func(context.Context, string) (int, error) { return 42, nil })
	listener := new(fuzz.Listener)
	go server.Serve(listener)
	defer server.Close()
	client := &transport.Client{Dial: listener.Dial}
	defer client.Close()

	ctx := context.Background()
	for n, err := range count.Call(ctx, client, 100_000_000) {
		check(err)
		if n > 0 {
			break // two are enough
		}
		answered, err := answer.Call(ctx, client, "meanwhile")
		fmt.Println("demarc   between two messages of a stream:", answered, err)
	}
	fmt.Println("demarc   the handler has stopped:", <-stopped)
	fmt.Println("demarc   it had sent less than 100,000 of 100,000,000:", sent.Load() < 100_000)

}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
