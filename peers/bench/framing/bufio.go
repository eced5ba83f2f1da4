package framing

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/demarc-go/demarc/frame"
)

// scanner is bufio.Scanner with the shortest split function.
var scanner = way{
	name: "bufio.Scanner", note: "with the shortest split function for varint frames",
	read: func(src io.Reader) func() ([]byte, error) {
		s := bufio.NewScanner(src)
		s.Buffer(make([]byte, 64<<10), frame.DefaultMax)
		s.Split(splitVarint)
		return func() ([]byte, error) {
			if !s.Scan() {
				return nil, io.ErrUnexpectedEOF
			}
			return s.Bytes(), nil
		}
	},
}

func splitVarint(data []byte, _ bool) (int, []byte, error) {
	length, n := binary.Uvarint(data)
	if n < 0 || length > frame.DefaultMax {
		return 0, nil, errTooLarge
	}
	if size := n + int(length); n > 0 && size <= len(data) {
		return size, data[n:size], nil
	}
	return 0, nil, nil
}

// readFull is the usual idiom of bufio, with one buffer that is used again.
var readFull = way{
	name: "bufio", note: "ReadUvarint and ReadFull into one buffer; Writer: Write, Write, Flush",
	read: func(src io.Reader) func() ([]byte, error) {
		r, buf := bufio.NewReaderSize(src, 64<<10), []byte(nil)
		return func() ([]byte, error) {
			length, err := binary.ReadUvarint(r)
			if err != nil {
				return nil, err
			}
			if length > frame.DefaultMax {
				return nil, errTooLarge
			}
			if uint64(cap(buf)) < length {
				buf = make([]byte, length)
			}
			_, err = io.ReadFull(r, buf[:length])
			return buf[:length], err
		}
	},
	write: func(dst io.Writer) func([]byte) error {
		w, head := bufio.NewWriterSize(dst, 64<<10), make([]byte, 0, binary.MaxVarintLen64)
		return func(payload []byte) error {
			_, _ = w.Write(binary.AppendUvarint(head, uint64(len(payload)))) // Flush has the error
			_, _ = w.Write(payload)
			return w.Flush()
		}
	},
}
