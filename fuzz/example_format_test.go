package fuzz_test

import (
	"bufio"
	"fmt"
	"io"
	"net"

	"github.com/demarc-go/demarc/fuzz"
)

// A bufio.Scanner hands out half a line as if it were a whole one when its source fails, and says so only afterwards.
func ExampleRun() {
	lines := fuzz.Format{
		Name: "lines",
		Reader: func(conn net.Conn) func() ([]byte, error) {
			s := bufio.NewScanner(conn)
			return func() ([]byte, error) {
				if s.Scan() {
					return s.Bytes(), nil
				}
				if s.Err() != nil {
					return nil, s.Err()
				}
				return nil, io.EOF
			}
		},
		Append: func(dst, payload []byte) ([]byte, error) { return append(append(dst, payload...), '\n'), nil },
		Tail:   true,
	}
	fmt.Println(fuzz.Run(lines, []byte("hello\n"), fuzz.Plan{2, 3}))
	fmt.Println(fuzz.Run(lines, []byte("hello\n"), fuzz.Plan{2, fuzz.Timeout}))
	// Output:
	// lines: ok
	// lines: failure: a stream of 6 bytes, read with fuzz.Plan{2, fuzz.Timeout}
	// 	want:   no frame, then the error of the source
	// 	got:    "he", error "i/o timeout"
	// 	replay: fuzz.Run(format, []byte("hello\n"), fuzz.Plan{2, fuzz.Timeout})
}

// What an encoder accepts the parser has to give back.
func ExampleRunWrite() {
	lines := fuzz.Format{
		Name: "lines",
		Reader: func(conn net.Conn) func() ([]byte, error) {
			r := bufio.NewReader(conn)
			return func() ([]byte, error) {
				line, err := r.ReadBytes('\n')
				if err != nil {
					return nil, err
				}
				return line[:len(line)-1], nil
			}
		},
		Append: func(dst, payload []byte) ([]byte, error) { return append(append(dst, payload...), '\n'), nil },
	}
	fmt.Println(fuzz.RunWrite(lines, nil, []byte("two\nlines")))
	// Output:
	// lines: roundtrip: 1 payload, written and read
	// 	want:   "two\nlines", io.EOF
	// 	got:    "two", "lines", io.EOF
	// 	replay: fuzz.RunWrite(format, nil, []byte("two\nlines"))
}

func ExampleParsePlan() {
	plan, err := fuzz.ParsePlan("3, 4 + Timeout, Repeat")
	fmt.Println(plan, err)
	_, err = fuzz.ParsePlan("3, Nap")
	fmt.Println(err)
	// Output:
	// fuzz.Plan{3, 4 + fuzz.Timeout, fuzz.Repeat} <nil>
	// fuzz: "Nap" is no step of a plan
}
