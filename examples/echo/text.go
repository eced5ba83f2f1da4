package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// builtIn is what is sent when there is no other input.
const builtIn = `Hello, World!
TCP carries a stream of bytes, and does not say where one message ends and the next begins.

The line above is empty, and yet it is a message. This one is long, so that its length does not fit into one byte of prefix.
Four bytes make one emoji, wherever they are cut: 👋 🌍
Bye.
`

// maxLine is the largest line in bytes.
const maxLine = 64 << 10

// input is where lines come from.
type input struct {
	io.ReadCloser
	instead string // what to read if it turns out to be empty
}

// openInput opens the file or, where none is named, stdin. It does not read yet.
func openInput(file string, stdin *os.File) (input, error) {
	if file != "" {
		f, err := os.Open(file)
		return input{ReadCloser: f}, err
	}
	// Devices are terminals, and /dev/null, which is what standard input is where there is none.
	if info, err := stdin.Stat(); err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return input{ReadCloser: io.NopCloser(strings.NewReader(builtIn))}, nil
	}
	return input{ReadCloser: io.NopCloser(stdin), instead: builtIn}, nil
}

// lines returns the lines of the input, without their ends, until the input ends, with an error if need be, or ctx does.
func (in input) lines(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		lines, done := make(chan string), make(chan error, 1)
		// A read of standard input cannot be interrupted. So it has a goroutine, which is left behind at the end.
		go func() { done <- in.read(ctx, lines) }()
		for {
			select {
			case line := <-lines:
				if !yield(line, nil) {
					return
				}
			case err := <-done:
				if err != nil {
					yield("", err)
				}
				return
			case <-ctx.Done():
				yield("", ctx.Err())
				return
			}
		}
	}
}

// read sends the lines of the input to lines, until ctx ends.
func (in input) read(ctx context.Context, lines chan<- string) error {
	n, err := readLines(ctx, in, lines)
	if n == 0 && err == nil {
		_, err = readLines(ctx, strings.NewReader(in.instead), lines)
	}
	return err
}

// readLines sends the lines of src to lines, and returns how many there were. A file of lines is a stream of frames too.
func readLines(ctx context.Context, src io.Reader, lines chan<- string) (n int, err error) {
	r := frame.NewReader(src, frame.Delimiter{Delims: []string{"\n", "\r\n"}, Tail: true})
	r.Max = maxLine
	for line, err := range r.Frames() {
		switch {
		case errors.Is(err, frame.ErrTooLarge):
			return n, fmt.Errorf("line %d is longer than %d bytes", n+1, maxLine)
		case err != nil:
			return n, err
		}
		select {
		case lines <- string(line):
			n++
		case <-ctx.Done():
			return n, ctx.Err()
		}
	}
	return n, nil
}
