package framing

import (
	"bufio"
	"io"

	"github.com/libp2p/go-msgio"

	"github.com/demarc-go/demarc/frame"
)

// go-msgio reads without a buffer of its own, so it gets one.

var msgIO = way{
	name: "go-msgio", note: "ReadMsg and ReleaseMsg, WriteMsg; over a bufio.Reader",
	read: func(src io.Reader) func() ([]byte, error) {
		r := msgio.NewVarintReaderSize(bufio.NewReaderSize(src, 64<<10), frame.DefaultMax)
		var last []byte
		return func() (_ []byte, err error) {
			if last != nil {
				r.ReleaseMsg(last)
			}
			last, err = r.ReadMsg()
			return last, err
		}
	},
	write: func(dst io.Writer) func([]byte) error { return msgio.NewVarintWriter(dst).WriteMsg },
}

var msgIOReuse = way{
	name: "go-msgio Read", note: "Read into one buffer",
	read: func(src io.Reader) func() ([]byte, error) {
		r := msgio.NewVarintReaderSize(bufio.NewReaderSize(src, 64<<10), frame.DefaultMax)
		buf := make([]byte, 64<<10)
		return func() ([]byte, error) {
			n, err := r.Read(buf)
			return buf[:n], err
		}
	},
}
