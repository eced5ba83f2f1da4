package main

import (
	"io"
	"iter"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// rule says where a message ends. It is all that the two programs do not have in common.
type rule interface {
	// send writes one message.
	send(w io.Writer, message string) error

	// receive returns an iterator over the messages that come. It ends without an error at the end of the stream.
	receive(r io.Reader) iter.Seq2[string, error]

	// isExit reports whether a message is, or has in it, the exit that the server says.
	isExit(message string) bool
}

// naive is the mistake: what one Write writes and one Read reads is taken for one message. TCP does not promise that. On a
// developer's machine it is nearly always so.
type naive struct{}

func (naive) send(w io.Writer, message string) error {
	_, err := io.WriteString(w, message)
	return err
}

func (naive) receive(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		buf := make([]byte, 64<<10) // what Node.js takes for one data event
		for {
			n, err := r.Read(buf)
			if n > 0 && !yield(string(buf[:n]), nil) {
				return
			}
			if err != nil {
				if err != io.EOF {
					yield("", err)
				}
				return
			}
		}
	}
}

// Somebody has seen an exit come together with what was sent before it, and has helped himself.
func (naive) isExit(message string) bool { return strings.HasSuffix(message, exit) }

// framed is the cure: each message has its length in front of it.
type framed struct{}

func (framed) send(w io.Writer, message string) error {
	return frame.NewWriter(w, frame.Varint{}).WriteFrame([]byte(message))
}

func (framed) receive(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for message, err := range frame.NewReader(r, frame.Varint{}).Frames() {
			if !yield(string(message), err) {
				return
			}
		}
	}
}

func (framed) isExit(message string) bool { return message == exit }

// rules are both, with the names that the program shows.
var rules = []struct {
	name string
	rule rule
}{
	{"naive", naive{}},
	{"framed", framed{}},
}
