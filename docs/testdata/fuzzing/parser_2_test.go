// Package mine reads messages with a length of two bytes in front.
package mine

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

type Reader struct{ src io.Reader }

func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Next returns the next message, or io.EOF at the end.
func (r *Reader) Next() ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r.src, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(r.src, message); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return message, nil
}

var ErrTooLarge = errors.New("mine: message is too large")

// Append appends message as one frame to dst.
func Append(dst, message []byte) ([]byte, error) {
	if len(message) > math.MaxUint16 {
		return dst, ErrTooLarge
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(message)))
	return append(dst, message...), nil
}
