// Command fails is a server that accepts, handles, and ends as one would write it first. A bank finds out what that costs.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/demarc-go/demarc/frame"
)

// server moves money. To end it, one closes the listener and leaves: with the process, the connections go.
type server struct {
	moved   *int          // the database
	working chan struct{} // a request is being worked on
	proceed chan struct{} // and may be finished
}

func (s *server) serve(l net.Listener) error {
	for {
		tcp, err := l.Accept()
		if err != nil {
			return err
		}
		go s.handle(frame.NewConn(tcp, frame.Varint{}))
	}
}

func (s *server) handle(conn *frame.Conn) {
	for request, err := range conn.Frames() {
		if err != nil {
			return
		}
		s.working <- struct{}{}
		<-s.proceed
		*s.moved += 100
		_ = conn.WriteFrame(append(request, ": done"...)) // nobody is there any more
		s.working <- struct{}{}
	}
}

func main() {
	aDeployment()
	aBadMinute()
}

// aDeployment: the server is replaced by a new version while a request runs.
func aDeployment() {
	moved := 0
	for version := 1; version <= 2; version++ {
		s := &server{&moved, make(chan struct{}), make(chan struct{})}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		go s.serve(l)
		tcp, err := net.Dial("tcp", l.Addr().String())
		check(err)
		client := frame.NewConn(tcp, frame.Varint{})
		check(client.WriteFrame([]byte("move 100")))
		<-s.working
		if version == 1 {
			check(l.Close())
			check(tcp.Close()) // that is what the client sees when the process ends
		}
		s.proceed <- struct{}{}
		<-s.working
		answer, err := client.ReadFrame()
		fmt.Printf("version %d  answer: %q, failed: %t\n", version, answer, err != nil)
	}
	fmt.Printf("the client wanted to move 100, and has moved %d\n", moved)
}

// aBadMinute: the process has too many files open, for a moment.
func aBadMinute() {
	err := new(server).serve(tooManyFiles{})
	fmt.Println("the server has ended:", err)
}

// tooManyFiles is a listener at such a moment.
type tooManyFiles struct{ net.Listener }

func (tooManyFiles) Accept() (net.Conn, error) {
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: errors.New("too many open files")}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
