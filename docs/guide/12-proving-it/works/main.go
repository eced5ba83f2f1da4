// Command works sends one stream through a parser in every way that it can think of: by hand, and with the plans of package fuzz.
// Its tests, in proof_test.go, do the same with streams and plans that nobody has thought of.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// parse reads netstrings until the end of the stream, and tries again after a timeout.
func parse(r io.Reader) (messages []string, err error) {
	in := frame.NewReader(r, frame.Netstring{})
	for {
		payload, err := in.ReadFrame()
		switch {
		case err == nil:
			messages = append(messages, string(payload))
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return messages, err
		}
	}
}

var (
	stream = []byte("5:hello,0:,5:world,")
	want   = []string{"hello", "", "world"}
)

func right(r io.Reader) bool {
	got, err := parse(r)
	return err == io.EOF && slices.Equal(got, want)
}

func cutsByHand() (good int) {
	for i := range stream {
		if right(io.MultiReader(bytes.NewReader(stream[:i]), bytes.NewReader(stream[i:]))) {
			good++
		}
	}
	return good
}

func withPlans(makePlan func(i int) fuzz.Plan) (good int) {
	for i := range stream {
		if right(fuzz.NewReader(bytes.NewReader(stream), makePlan(i))) {
			good++
		}
	}
	return good
}

// cutOff ends the stream early, everywhere. Only between two frames is that a clean end.
func cutOff() (clean, cut int) {
	for i := range stream {
		switch _, err := parse(bytes.NewReader(stream[:i])); {
		case err == io.EOF:
			clean++
		case errors.Is(err, io.ErrUnexpectedEOF):
			cut++
		}
	}
	return clean, cut
}

func main() {
	fmt.Println("cut in two, by hand: ", cutsByHand(), "of", len(stream))
	fmt.Println("cut in two:          ", withPlans(func(i int) fuzz.Plan { return fuzz.SplitAt(i) }), "of", len(stream))
	fmt.Println("a timeout at byte i: ", withPlans(func(i int) fuzz.Plan { return fuzz.Plan{fuzz.Step(i), fuzz.Timeout} }), "of", len(stream))
	fmt.Println("pieces of i+1 bytes: ", withPlans(func(i int) fuzz.Plan { return fuzz.Plan{fuzz.Step(i + 1), fuzz.Repeat} }), "of", len(stream))
	clean, cut := cutOff()
	fmt.Println("cut off: clean", clean, "times, inside a frame", cut, "times")
}
