// Command works ends each message with a newline, and reads the same messages however the stream is cut: once by hand, and once
// with Demarc.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func byHand(stream io.Reader) (messages []string, err error) {
	in := bufio.NewReader(stream)
	for {
		message, err := in.ReadString('\n')
		if err != nil {
			return messages, err
		}
		messages = append(messages, strings.TrimSuffix(message, "\n"))
	}
}

func withDemarc(stream io.Reader) (messages []string, err error) {
	in := frame.NewReader(stream, frame.Lines{})
	for {
		message, err := in.ReadFrame()
		if err != nil {
			return messages, err
		}
		messages = append(messages, string(message))
	}
}

func main() {
	const stream = "hello\nworld\n👋\n"
	for _, plan := range []fuzz.Plan{nil, {2, fuzz.Repeat}, {1, fuzz.Repeat}} {
		fmt.Println("cut as", plan)
		show("by hand", byHand, fuzz.NewReader(strings.NewReader(stream), plan))
		show("demarc", withDemarc, fuzz.NewReader(strings.NewReader(stream), plan))
	}
}

func show(name string, read func(io.Reader) ([]string, error), stream io.Reader) {
	messages, err := read(stream)
	if !errors.Is(err, io.EOF) {
		log.Fatal(err)
	}
	fmt.Printf("  %-8s %q\n", name, messages)
}
