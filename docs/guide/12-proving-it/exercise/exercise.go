// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/12-proving-it/exercise
//
// This time you write the test, and the exercise tests it: with parsers that are right, and with some that are not.
package exercise

import (
	"errors"
	"io"
)

// Parser returns the messages of a stream in which each message has one byte of length in front. At the end of the stream its
// error is io.EOF between two messages and io.ErrUnexpectedEOF inside one; any other error of r ends it too, and is returned.
type Parser func(r io.Reader) (messages []string, err error)

// Prove returns nil if parse keeps what it promises however a stream is cut, and wherever it ends, and otherwise an error that
// says what it did wrong. Package fuzz helps: SplitAt, NewReader, Plan.
func Prove(parse Parser) error {
	return errors.ErrUnsupported // replace this
}
