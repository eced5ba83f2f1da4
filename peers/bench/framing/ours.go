package framing

import (
	"io"

	"github.com/demarc-go/demarc/frame"
)

var views = way{
	name: "demarc", note: "Reader.ReadFrame, Writer.WriteFrame",
	read: func(src io.Reader) func() ([]byte, error) { return frame.NewReader(src, frame.Varint{}).ReadFrame },
	write: func(dst io.Writer) func([]byte) error {
		return frame.NewWriter(dst, frame.Varint{}).WriteFrame
	},
}

var copies = way{
	name: "demarc append", note: "Reader.ReadAppend into the caller's buffer",
	read: func(src io.Reader) func() ([]byte, error) {
		r, buf := frame.NewReader(src, frame.Varint{}), []byte(nil)
		return func() (_ []byte, err error) {
			buf, err = r.ReadAppend(buf[:0])
			return buf, err
		}
	},
}
