package fuzz

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// maxFruitless is how many reads without a byte one call of a parser may make.
const maxFruitless = 1000

// A source is a connection that gives a stream as a plan says and keeps what is
// written to it. Other than a Conn it never waits, so a case costs microseconds.
// Stalls take no time here. A parser may read in a goroutine of its own.
type source struct {
	mu      sync.Mutex
	stream  bytes.Reader
	reader  reader
	written []byte
	writes  script
	closed  bool
	seen
}

// seen is what oracles have to know about the reads of a source.
type seen struct {
	given     int  // bytes
	faults    int  // errors that pass
	alone     int  // those of them that came without bytes
	faultAt   int  // bytes that were given when the first of them came
	end       Step // how the stream ended, if it did: EOF, Reset or Idle
	whole     bool // that end came behind its last byte, as a matter of course
	fruitless int  // reads without a byte in this call of the parser
}

func newSource(stream []byte, plan Plan) *source {
	s := new(source)
	s.stream.Reset(stream)
	s.reader = reader{src: &s.stream, script: script{plan: plan}, pause: s.fruitlessly}
	return s
}

// A spin is what a source panics with when a parser reads on and on although
// nothing comes. There is no other way to stop it.
type spin struct{ reads int }

func (s spin) String() string {
	return fmt.Sprintf("%d reads in one call, although nothing came", s.reads)
}

func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	n, err := s.reader.Read(p)
	s.given += n
	s.note(n, err)
	if n == 0 {
		s.fruitlessly()
	} else {
		s.fruitless = 0
	}
	return n, err
}

// fruitlessly counts what brought no byte.
func (s *source) fruitlessly() {
	if s.fruitless++; s.fruitless > maxFruitless {
		panic(spin{maxFruitless})
	}
}

// called is to be told of each call of the parser.
func (s *source) called() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fruitless = 0
}

// sees returns what the reads came to so far.
func (s *source) sees() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// note keeps what the oracles have to know about a read.
func (s *source) note(n int, err error) {
	switch {
	case err == os.ErrDeadlineExceeded || err == ErrTransient:
		if s.faults == 0 {
			s.faultAt = s.given
		}
		s.faults++
		if n == 0 {
			s.alone++
		}
	case s.end != 0:
	case err == io.EOF:
		s.end, s.whole = EOF, s.stream.Len() == 0
	case err == syscall.ECONNRESET:
		s.end = Reset
	case s.reader.script.over && err == nil && s.reader.script.step() == Idle:
		s.end = Idle
	}
}

func (s *source) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	n, err := s.writes.write(p, s.keep, s.skipStalls)
	if n < len(p) {
		s.fruitlessly()
	}
	return n, err
}

func (s *source) keep(p []byte) (int, error) {
	s.written = append(s.written, p...)
	return len(p), nil
}

func (s *source) skipStalls() error {
	for s.writes.stalls() {
		continue
	}
	return nil
}

// wire returns what was written.
func (s *source) wire() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

func (s *source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *source) LocalAddr() net.Addr              { return addr(1) }
func (s *source) RemoteAddr() net.Addr             { return addr(2) }
func (s *source) SetDeadline(time.Time) error      { return nil }
func (s *source) SetReadDeadline(time.Time) error  { return nil }
func (s *source) SetWriteDeadline(time.Time) error { return nil }
