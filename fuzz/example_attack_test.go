package fuzz_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/demarc-go/demarc/fuzz"
)

// A server that never loses patience is attacked by a client that says nothing.
func ExampleTarget_Attack() {
	listener := new(fuzz.Listener)
	defer listener.Close()
	go serve(listener, func(conn net.Conn) {
		defer conn.Close()
		conn.Read(make([]byte, 1)) // without a deadline
	})
	target := fuzz.Target{Dial: listener.Dial, Patience: 10 * time.Millisecond}
	silence := fuzz.Attack{Name: "silence", About: "connects and says nothing"}
	for _, result := range target.Attack(context.Background(), silence).Results {
		fmt.Println(result.Survived, result.Failures[0])
	}
	// Output: true 1 of 1 connections are still open after 10ms
}

// An attack of one's own: a length, and then nothing.
func ExampleAttack() {
	attack := fuzz.Attack{
		Name: "half a message", About: "a length of 100, and three bytes", Opening: []byte("\x00\x64abc"), Conns: 10,
	}
	fmt.Println(attack)
	// Output: half a message: a length of 100, and three bytes
}
