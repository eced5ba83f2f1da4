// Package exercise answers the exercise of chapter 6.
package exercise

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// ErrTooLarge says that a peer has announced more than is allowed.
var ErrTooLarge = errors.New("message is too large")

// ReadMessage reads one message with four bytes of length in front.
func ReadMessage(r io.Reader, limit uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:]) // compared before it becomes an int, which may have 32 bits
	if size > limit {
		return nil, ErrTooLarge
	}
	var payload bytes.Buffer // grows with what comes
	_, err := io.CopyN(&payload, r, int64(size))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return payload.Bytes(), err
}
