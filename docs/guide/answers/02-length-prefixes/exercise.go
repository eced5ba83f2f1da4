// Package exercise answers the exercise of chapter 2.
package exercise

import (
	"encoding/binary"
	"io"
)

// ReadMessage reads one message with a length of two bytes in front.
func ReadMessage(r io.Reader) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint16(head[:])) // 64 KiB at most: two bytes cannot say more
	_, err := io.ReadFull(r, payload)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // not a clean end: the head has announced a payload
	}
	if err != nil {
		return nil, err
	}
	return payload, nil
}
