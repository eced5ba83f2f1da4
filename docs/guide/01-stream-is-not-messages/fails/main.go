// Command fails takes what one Read returns for one message, over a real TCP connection, and is wrong three times.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
)

// readMessage is the mistake.
func readMessage(r io.Reader) string {
	buf := make([]byte, 1024)
	n, err := r.Read(buf)
	if err != nil {
		log.Fatal(err)
	}
	return string(buf[:n])
}

func main() {
	out, in := connect()

	// Two messages become one, when the reader comes a little late.
	send(out, "hello")
	send(out, "world")
	await(in, len("helloworld"))
	fmt.Printf("sent %q and %q, read %q\n", "hello", "world", readMessage(in))

	// One message becomes two, when the reader comes a little early. Here the pause is made by hand.
	const wave = "👋"
	send(out, wave[:2])
	first := readMessage(in)
	send(out, wave[2:])
	second := readMessage(in)
	fmt.Printf("sent %q, read %q and %q\n", wave, first, second)

	// A client that stops when what it has read ends in "exit" stops too early.
	send(out, "how do I exit")
	await(in, len("how do I exit"))
	if text := readMessage(in); strings.HasSuffix(text, "exit") {
		fmt.Printf("sent %q, and the client has hung up\n", text)
	}
}

// connect returns the two ends of a TCP connection: one to write to, one to read from.
func connect() (net.Conn, *bufio.Reader) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	out, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	in, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	return out, bufio.NewReader(in)
}

func send(w io.Writer, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		log.Fatal(err)
	}
}

// await waits until n bytes have arrived.
func await(r *bufio.Reader, n int) {
	if _, err := r.Peek(n); err != nil {
		log.Fatal(err)
	}
}
