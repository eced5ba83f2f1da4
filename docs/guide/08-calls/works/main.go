// Command works gives each question a number, which its answer brings back: once by hand, and once with Demarc.
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// caller makes calls over a connection.
type caller struct {
	conn    *frame.Conn
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan string
}

func (c *caller) call(ctx context.Context, question string) (string, error) {
	id, answer := c.begin()
	defer c.forget(id)
	if err := c.conn.WriteFrame(append(binary.AppendUvarint(nil, id), question...)); err != nil {
		return "", err
	}
	select {
	case text := <-answer:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (c *caller) begin() (id uint64, answer chan string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	answer = make(chan string, 1)
	c.waiting[c.last] = answer
	return c.last, answer
}

func (c *caller) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// listen hands each answer to the one who waits for it. There is one goroutine that reads, whoever calls.
func (c *caller) listen() {
	for payload, err := range c.conn.Frames() {
		id, n := binary.Uvarint(payload)
		if err != nil || n <= 0 {
			return
		}
		c.mu.Lock()
		if answer := c.waiting[id]; answer != nil { // else it is late
			delete(c.waiting, id)
			answer <- string(payload[n:])
		}
		c.mu.Unlock()
	}
}

func main() {
	byHand()
	withDemarc()
}

func byHand() {
	a, b := fuzz.Pipe()
	c := &caller{conn: frame.NewConn(a, frame.Varint{}), waiting: map[uint64]chan string{}}
	go c.listen()
	go answerInPairs(frame.NewConn(b, frame.Varint{}))

	soon, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := c.call(soon, "Ada")
	fmt.Println("by hand  Ada:  ", err)
	text, err := c.call(context.Background(), "Grace")
	fmt.Println("by hand  Grace:", text, err)
	a.Close()
}

// answerInPairs waits for two questions, and answers the second first.
func answerInPairs(conn *frame.Conn) {
	for {
		first, err := conn.ReadAppend(nil)
		if err != nil {
			return
		}
		second, err := conn.ReadAppend(nil)
		if err != nil {
			return
		}
		_ = conn.WriteFrame(append(second, " is 85"...))
		_ = conn.WriteFrame(append(first, " is 36"...))
	}
}

// age is the whole contract. Both sides share it.
var age = transport.Unary[string, int]("age")

func withDemarc() {
	stopped := make(chan error, 1)
	server := new(transport.Server)
	age.Handle(server, func(ctx context.Context, name string) (int, error) {
		switch name {
		case "Grace":
			return 85, nil
		case "Ada": // that takes long
			<-ctx.Done()
			stopped <- context.Cause(ctx)
			return 0, ctx.Err()
		}
		return 0, transport.Errorf(transport.NotFound, "nobody is called %s", name)
	})
	listener := new(fuzz.Listener)
	go server.Serve(listener)
	defer server.Close()
	client := &transport.Client{Dial: listener.Dial}
	defer client.Close()

	soon, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	_, err := age.Call(soon, client, "Ada")
	fmt.Println("demarc   Ada:  ", errors.Is(err, context.DeadlineExceeded))
	fmt.Println("demarc   the handler has stopped:", <-stopped)
	years, err := age.Call(context.Background(), client, "Grace")
	fmt.Println("demarc   Grace:", years, err)

	_, err = age.Call(context.Background(), client, "Bob")
	var e *transport.Error
	if !errors.As(err, &e) {
		log.Fatal(err)
	}
	fmt.Println("demarc   Bob:  ", e.Code, "|", e.Message, "|", e.Outcome)
}
