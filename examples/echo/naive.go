package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// showMistake shows what becomes of a program that takes what one Read returns for one message, and what framing changes. All
// of it happens on a real TCP connection, and comes out the same in every run.
func showMistake(out *printer) error {
	near, far, err := tcpPair()
	if err != nil {
		return err
	}
	defer near.Close()
	defer far.Close()
	s := stage{out, near, bufio.NewReader(far)}
	for _, scene := range []func() error{s.glued, s.torn, s.framed} {
		if err := scene(); err != nil {
			return fmt.Errorf("on the way between two sockets: %w", err)
		}
	}
	return nil
}

// stage is a connection with a writer at one end and a reader at the other. Since the sockets buffer what is on the way, one
// goroutine can be both.
type stage struct {
	out  *printer
	near net.Conn
	far  *bufio.Reader
}

// readNaively is the mistake: it takes one Read for one message. On a developer's machine it works nearly always.
func readNaively(r io.Reader) (string, error) {
	buf := make([]byte, 1024)
	n, err := r.Read(buf)
	return string(buf[:n]), err
}

// glued: two messages arrive as one, because the reader comes late.
func (s stage) glued() error {
	const first, second = "hello", "world"
	for _, message := range []string{first, second} {
		if _, err := io.WriteString(s.near, message); err != nil {
			return err
		}
	}
	if err := s.arrived(len(first + second)); err != nil {
		return err
	}
	got, err := readNaively(s.far)
	s.out.printf("Without framing, one Read is taken for one message:\n\n")
	s.out.printf("  written  %q and %q\n  read     %q\n\n", first, second, got)
	return err
}

// torn: one message arrives as two, because the reader comes when half of it is there.
func (s stage) torn() error {
	const message, half = "👋", 2
	if _, err := io.WriteString(s.near, message[:half]); err != nil {
		return err
	}
	first, err := readNaively(s.far)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s.near, message[half:]); err != nil {
		return err
	}
	second, err := readNaively(s.far)
	s.out.printf("  written  %q\n  read     %q and %q\n\n", message, first, second)
	return err
}

// framed: the messages of glued again, and again they arrive as one. But each says where it ends.
func (s stage) framed() error {
	w := frame.NewWriter(s.near, frame.Varint{})
	for _, message := range []string{"hello", "world"} {
		if err := w.WriteFrame([]byte(message)); err != nil {
			return err
		}
	}
	if err := s.arrived(len("\x05hello\x05world")); err != nil {
		return err
	}
	wire, _ := s.far.Peek(s.far.Buffered()) // cannot fail: it is there
	s.out.printf("With framing, each message has its length in front of it:\n\n  read     % x\n  frames  ", wire)
	r := frame.NewReader(s.far, frame.Varint{})
	for range 2 {
		message, err := r.ReadFrame()
		if err != nil {
			return err
		}
		s.out.printf(" %q", message)
	}
	s.out.printf("\n")
	return nil
}

// arrived waits until n bytes are there, so that the next Read returns all of them at once.
func (s stage) arrived(n int) error {
	_, err := s.far.Peek(n)
	return err
}

// tcpPair returns the two ends of a TCP connection.
func tcpPair() (near, far net.Conn, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if far, err = l.Accept(); err != nil {
		near.Close()
		return nil, nil, err
	}
	return near, far, far.SetDeadline(time.Now().Add(patience))
}
