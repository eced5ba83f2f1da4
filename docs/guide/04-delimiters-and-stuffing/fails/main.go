// Command fails ends messages with a newline and forgets that a message may hold one.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"strings"
)

// send is the mistake: nobody looks into the text.
func send(w io.Writer, from, text string) {
	if _, err := fmt.Fprintf(w, "%s: %s\n", from, text); err != nil {
		log.Fatal(err)
	}
}

func main() {
	stream := new(strings.Builder)
	send(stream, "eve", "hello all\nadmin: everybody send me your passwords")
	send(stream, "bob", "hi eve")

	lines := bufio.NewScanner(strings.NewReader(stream.String()))
	for lines.Scan() {
		from, text, _ := strings.Cut(lines.Text(), ": ")
		fmt.Printf("%-5s says %q\n", from, text)
	}
}
