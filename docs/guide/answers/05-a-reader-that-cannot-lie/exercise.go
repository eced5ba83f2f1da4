// Package exercise answers the exercise of chapter 5.
package exercise

import (
	"bytes"
	"io"
)

// Reader reads messages with one byte of length in front.
type Reader struct {
	src io.Reader
	buf []byte // what has arrived of messages that have not been returned
	err error  // came together with bytes, and is returned when those are used up
}

// NewReader returns a Reader that reads from src.
func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Next returns the next message.
func (r *Reader) Next() ([]byte, error) {
	for {
		if len(r.buf) > 0 && len(r.buf) > int(r.buf[0]) {
			end := 1 + int(r.buf[0])
			message := bytes.Clone(r.buf[1:end])
			r.buf = r.buf[end:]
			return message, nil
		}
		if err := r.fill(); err == io.EOF && len(r.buf) > 0 {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
	}
}

// fill reads some bytes, or returns the error that stands in their way.
func (r *Reader) fill() error {
	if err := r.err; err != nil {
		r.err = nil
		return err
	}
	var piece [256]byte
	for range 100 {
		n, err := r.src.Read(piece[:])
		r.buf = append(r.buf, piece[:n]...)
		if n > 0 {
			r.err = err
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
