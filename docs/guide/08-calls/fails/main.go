// Command fails asks questions over one connection, and takes the next frame that comes for the answer. It is wrong twice.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// ask is the mistake: what comes next need not be the answer to this question.
func ask(conn *frame.Conn, question string) (answer string, err error) {
	if err := conn.WriteFrame([]byte(question)); err != nil {
		return "", err
	}
	payload, err := conn.ReadFrame()
	return string(payload), err
}

func main() {
	client, server := connect()
	go serve(server)

	// A question is given up, and its answer comes later.
	check(client.SetReadDeadline(time.Now().Add(50 * time.Millisecond)))
	_, err := ask(client, "how old is Ada")
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		log.Fatal(err)
	}
	fmt.Println("how old is Ada?      no answer in time")
	check(client.SetReadDeadline(time.Time{}))
	answer, err := ask(client, "how old is Grace")
	check(err)
	fmt.Println("how old is Grace?   ", answer)

	// Two questions at once: the server answers first what it knows first.
	check(client.WriteFrame([]byte("what is life for")))
	check(client.WriteFrame([]byte("what is 2 + 2")))
	_, _ = client.ReadFrame() // Grace's age: every answer is one too late now
	for _, question := range []string{"what is life for?", "what is 2 + 2?"} {
		answer, err := client.ReadFrame()
		check(err)
		fmt.Printf("%-20s %s\n", question, answer)
	}
}

// serve answers questions. It waits for the second before it answers the first, as a server may that is busy.
func serve(conn *frame.Conn) {
	for _, answers := range [][]string{{"Ada is 36", "Grace is 85"}, {"four", "forty-two"}} {
		for range answers {
			if _, err := conn.ReadFrame(); err != nil {
				log.Fatal(err)
			}
		}
		for _, answer := range answers {
			check(conn.WriteFrame([]byte(answer)))
		}
	}
}

// connect returns the two ends of a TCP connection.
func connect() (client, server *frame.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	out, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	in, err := listener.Accept()
	check(err)
	return frame.NewConn(out, frame.Varint{}), frame.NewConn(in, frame.Varint{})
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
