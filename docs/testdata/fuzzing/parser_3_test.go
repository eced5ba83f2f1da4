// Package mine reads messages with a length of two bytes in front.
package mine

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

type Reader struct {
	src io.Reader
	buf []byte // what has come of the next message
}

func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Next returns the next message, or io.EOF at the end. After an error that
// passes, the next call goes on.
func (r *Reader) Next() ([]byte, error) {
	if err := r.fill(2); err != nil {
		return nil, err
	}
	size := 2 + int(binary.BigEndian.Uint16(r.buf))
	if err := r.fill(size); err != nil {
		return nil, err
	}
	message := r.buf[2:size:size]
	r.buf = nil
	return message, nil
}

// fill reads until size bytes of the message are there.
func (r *Reader) fill(size int) error {
	missing := make([]byte, max(0, size-len(r.buf)))
	n, err := io.ReadFull(r.src, missing)
	r.buf = append(r.buf, missing[:n]...)
	if err == io.EOF && len(r.buf) > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
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
