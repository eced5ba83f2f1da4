// Package exercise answers the exercise of chapter 12.
package exercise

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/demarc-go/demarc/fuzz"
)

// Parser returns the messages of a stream in which each message has one byte of length in front.
type Parser func(r io.Reader) (messages []string, err error)

// The messages are chosen for what they may be taken for: nothing, a length, and lengths on both sides of 127.
var sent = []string{"hello", "", "\x05", strings.Repeat("x", 127), strings.Repeat("y", 128), strings.Repeat("z", 255), ""}

// Prove returns an error if parse does not keep what it promises.
func Prove(parse Parser) error {
	var stream []byte
	ends := map[int]int{0: 0} // offset of each end of a message, and how many messages end up to there
	for i, message := range sent {
		stream = append(append(stream, byte(len(message))), message...)
		ends[len(stream)] = i + 1
	}

	for i := range stream {
		for _, plan := range []fuzz.Plan{fuzz.SplitAt(i), {fuzz.Step(i + 1), fuzz.Repeat}, {fuzz.Step(i), 0, fuzz.Rest + fuzz.EOF}} {
			if err := expect(parse, stream, plan, sent, io.EOF); err != nil {
				return err
			}
		}
	}

	complete := 0
	for end := range stream {
		want := io.ErrUnexpectedEOF
		if n, clean := ends[end]; clean {
			complete, want = n, io.EOF
		}
		if err := expect(parse, stream, fuzz.Plan{fuzz.Step(end), fuzz.EOF}, sent[:complete], want); err != nil {
			return err
		}
		if err := expect(parse, stream, fuzz.Plan{fuzz.Step(end), fuzz.Transient}, sent[:complete], fuzz.ErrTransient); err != nil {
			return err
		}
	}
	return nil
}

// expect returns an error if parse reads something else than messages and err from stream, cut as plan says.
func expect(parse Parser, stream []byte, plan fuzz.Plan, messages []string, err error) error {
	got, gotErr := parse(fuzz.NewReader(bytes.NewReader(stream), plan))
	if !slices.Equal(got, messages) {
		return fmt.Errorf("%v: %d messages, %.40q; expected %d", plan, len(got), got, len(messages))
	}
	if gotErr != err {
		return fmt.Errorf("%v: the error is %v; expected %v", plan, gotErr, err)
	}
	return nil
}
