package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

var (
	errUsage  = errors.New("usage")
	errFailed = errors.New("some cases failed")
	errHex    = errors.New("not hex")
	errCases  = errors.New("not a file of cases")
)

// exits are the exit codes, and the classes of errors that lead to them. The first that fits is taken, and 1 if none does.
var exits = []struct {
	code  int
	about string
	errs  []error
}{
	{0, "all went well; a stream ended between two frames", nil},
	{1, "a case failed, or an attack, or anything else", []error{errFailed}},
	{2, "the command line is wrong", []error{errUsage, frame.ErrConfig}},
	{3, "the stream was cut off inside a frame", []error{io.ErrUnexpectedEOF}},
	{4, "a payload is over the limit", []error{frame.ErrTooLarge}},
	{5, "malformed: no frame, no hex, no cases, or a payload that cannot be framed", []error{
		frame.ErrMalformed, frame.ErrDelimiter, errHex, errCases,
	}},
	{6, "reading or writing failed", []error{errIO, io.ErrNoProgress}},
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	for _, exit := range exits {
		for _, class := range exit.errs {
			if errors.Is(err, class) {
				return exit.code
			}
		}
	}
	return 1
}

// told is an error of which the user knows already. It only decides the exit code.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// report prints err, and the picture of the place if it has one.
func report(stderr io.Writer, err error) {
	if err == nil || errors.As(err, new(told)) {
		return
	}
	fmt.Fprintf(stderr, "demarc: %s\n", message(err))
	var bad *badStream
	if errors.As(err, &bad) {
		fmt.Fprintf(stderr, "\n%s", bad.picture)
	}
}

// message is err without the words that it begins with for the sake of programs: the package and its half.
func message(err error) string {
	text := err.Error()
	for _, word := range []string{"usage: ", "frame: ", "write: "} {
		text = strings.TrimPrefix(text, word)
	}
	return text
}
