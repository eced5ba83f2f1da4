package framing

import (
	"encoding/binary"
	"io"
	"net"

	"github.com/smallnest/goframe"
)

// goframe has no varints, so its length has four bytes. Its reader loses its place when a read ends inside these four, as reads of a
// socket do; so that it can be measured at all, its source gives whole frames.
var goFrame = way{
	name: "goframe", note: "a length of four bytes; fed with whole frames", whole: true,
	frame: func(payload []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
	},
	read: func(src io.Reader) func() ([]byte, error) { return goFrameOver(half{Reader: src}).ReadFrame },
	write: func(dst io.Writer) func([]byte) error {
		return goFrameOver(half{Writer: dst}).WriteFrame
	},
}

func goFrameOver(conn net.Conn) goframe.FrameConn {
	return goframe.NewLengthFieldBasedFrameConn(
		goframe.EncoderConfig{ByteOrder: binary.BigEndian, LengthFieldLength: 4},
		goframe.DecoderConfig{ByteOrder: binary.BigEndian, LengthFieldLength: 4, InitialBytesToStrip: 4}, conn)
}

// half is a connection that has one direction and nothing else.
type half struct {
	net.Conn
	io.Reader
	io.Writer
}

func (h half) Read(p []byte) (int, error)  { return h.Reader.Read(p) }
func (h half) Write(p []byte) (int, error) { return h.Writer.Write(p) }
