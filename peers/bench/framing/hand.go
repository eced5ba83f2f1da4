package framing

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/demarc-go/demarc/frame"
)

// byHand is what one writes for one program: a buffer, two indexes, and no check but that of the limit.
var byHand = way{
	name: "by hand", note: "a loop for one program; lock, append, Write",
	read: func(src io.Reader) func() ([]byte, error) {
		return (&handReader{src: src, buf: make([]byte, 64<<10)}).next
	},
	write: func(dst io.Writer) func([]byte) error { return (&handWriter{dst: dst}).write },
}

var errTooLarge = errors.New("frame is too large")

type handReader struct {
	src        io.Reader
	buf        []byte
	start, end int
}

func (r *handReader) next() ([]byte, error) {
	for {
		length, n := binary.Uvarint(r.buf[r.start:r.end])
		if n < 0 || length > frame.DefaultMax {
			return nil, errTooLarge
		}
		if size := n + int(length); n > 0 && r.end-r.start >= size {
			payload := r.buf[r.start+n : r.start+size]
			r.start += size
			return payload, nil
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

func (r *handReader) fill() error {
	if r.start > 0 && r.end == len(r.buf) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	return err
}

type handWriter struct {
	mu  sync.Mutex
	dst io.Writer
	buf []byte
}

func (w *handWriter) write(payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = binary.AppendUvarint(w.buf[:0], uint64(len(payload)))
	w.buf = append(w.buf, payload...)
	_, err := w.dst.Write(w.buf)
	return err
}
