// Package exercise answers the exercise of chapter 1.
package exercise

import (
	"bufio"
	"io"
	"strings"
)

// Messages returns the messages of a stream, each of which ends in a semicolon.
func Messages(r io.Reader) (messages []string, err error) {
	in := bufio.NewReader(r)
	for {
		message, err := in.ReadString(';')
		switch {
		case err == nil:
			messages = append(messages, strings.TrimSuffix(message, ";"))
		case err != io.EOF:
			return messages, err
		case message != "":
			return messages, io.ErrUnexpectedEOF
		default:
			return messages, nil
		}
	}
}
