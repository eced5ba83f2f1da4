package fuzz_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// naive reads a frame, a length byte and so many bytes of payload, as if one
// read gave one frame.
func naive(r io.Reader) (string, error) {
	p := make([]byte, 256)
	n, err := r.Read(p)
	if err != nil {
		return "", err
	}
	return string(p[1:n]), nil
}

// careful reads the same frames, and asks until it has what it needs.
func careful(r io.Reader) (string, error) {
	var size [1]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return "", err
	}
	p := make([]byte, size[0])
	_, err := io.ReadFull(r, p)
	return string(p), err
}

// A frame cut in two at every place, for a wrong parser and a right one.
func ExamplePlan() {
	stream := []byte("\x05hello")
	for i := range stream {
		plan := fuzz.SplitAt(i)
		wrong, _ := naive(fuzz.NewReader(bytes.NewReader(stream), plan))
		right, _ := careful(fuzz.NewReader(bytes.NewReader(stream), plan))
		fmt.Printf("%-12v %-6q %q\n", plan, wrong, right)
	}
	// Output:
	// fuzz.Plan{}  "hello" "hello"
	// fuzz.Plan{1} ""     "hello"
	// fuzz.Plan{2} "h"    "hello"
	// fuzz.Plan{3} "he"   "hello"
	// fuzz.Plan{4} "hel"  "hello"
	// fuzz.Plan{5} "hell" "hello"
}

func ExamplePlan_String() {
	fmt.Println(fuzz.Plan{1, fuzz.Repeat})
	fmt.Println(fuzz.Plan{3, 0, 2 + fuzz.Timeout, fuzz.Rest + fuzz.EOF})
	// Output:
	// fuzz.Plan{1, fuzz.Repeat}
	// fuzz.Plan{3, 0, 2 + fuzz.Timeout, fuzz.Rest + fuzz.EOF}
}

// A parser that is fed with bytes gets them in pieces.
func ExamplePlan_Pieces() {
	for _, piece := range fuzz.SplitAt(3, 5).Pieces([]byte("abcdefg")) {
		fmt.Printf("%s ", piece)
	}
	// Output:
	// abc de fg
}

// A timeout in the middle, after which the stream goes on, and a reset.
func ExampleNewReader() {
	r := fuzz.NewReader(strings.NewReader("hello, world"), fuzz.Plan{5, fuzz.Timeout, 2, fuzz.Reset})
	p := make([]byte, 64)
	for range 4 {
		n, err := r.Read(p)
		fmt.Printf("%q %v\n", p[:n], err)
	}
	// Output:
	// "hello" <nil>
	// "" i/o timeout
	// ", " <nil>
	// "" connection reset by peer
}

// The bytes of a fuzzer's input become a plan, whatever they are.
func ExamplePlanFrom() {
	fmt.Println(fuzz.PlanFrom([]byte{3, 0, 4}))
	fmt.Println(fuzz.PlanFrom([]byte{3, 0xe0, 1, 0xff}, fuzz.Timeout))
	// Output:
	// fuzz.Plan{3, 0, 4}
	// fuzz.Plan{3 + fuzz.Timeout, 1, fuzz.Repeat}
}

// Two writes arrive as one read, and one write as two, as on any stream.
func ExamplePipe() {
	a, b := fuzz.Pipe()
	io.WriteString(a, "foo")
	io.WriteString(a, "bar")
	p := make([]byte, 64)
	n, _ := b.Read(p)
	fmt.Printf("%s\n", p[:n])

	b.SetReadPlan(fuzz.Plan{2})
	io.WriteString(a, "baz")
	n, _ = b.Read(p)
	fmt.Printf("%s\n", p[:n])

	a.Close()
	rest, err := io.ReadAll(b)
	fmt.Printf("%s %v\n", rest, err)
	// Output:
	// foobar
	// ba
	// z <nil>
}

func ExampleListener() {
	ln := new(fuzz.Listener)
	defer ln.Close()
	go func() { // a server that answers in capitals
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			line, _ := io.ReadAll(conn)
			conn.Write(bytes.ToUpper(line))
			conn.Close()
		}
	}()

	conn, err := ln.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	io.WriteString(conn, "hello")
	conn.(*fuzz.Conn).CloseWrite()
	answer, _ := io.ReadAll(conn)
	fmt.Printf("%s from %v\n", answer, conn.RemoteAddr())
	// Output:
	// HELLO from pipe:0
}

// The tests below are examples too. The package's documentation shows them in
// short.

func TestExampleOfRandomPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := fuzz.Payloads(255).Draw(t, "payload")
		plan := fuzz.Plans().Draw(t, "plan")
		stream := append([]byte{byte(len(payload))}, payload...)
		got, err := careful(fuzz.NewReader(bytes.NewReader(stream), plan))
		require.NoError(t, err)
		require.Equal(t, string(payload), got)
	})
}

func TestExampleOfADeadlineInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		defer a.Close()
		defer b.Close()
		start := time.Now()
		require.NoError(t, a.SetReadDeadline(start.Add(time.Hour)))
		_, err := a.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Hour, time.Since(start))
	})
}

func TestExampleOfAServerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := new(fuzz.Listener)
		defer ln.Close()
		go func() { // a server that sends away who says nothing for a minute
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				_, _ = io.WriteString(conn, "bye")
			}
			_ = conn.Close()
		}()
		start := time.Now()
		conn, err := ln.Dial(t.Context())
		require.NoError(t, err)
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "bye", string(got))
		require.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, conn.Close())
	})
}
