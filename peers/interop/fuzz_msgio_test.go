package interop_test

import (
	"net"
	"testing"

	"github.com/libp2p/go-msgio"

	"github.com/demarc-go/demarc/fuzz"
)

func TestFuzzMsgioVarint(t *testing.T) {
	fuzz.TestFormat(t, fuzz.Format{
		Name: "go-msgio, varint",
		Reader: func(conn net.Conn) func() ([]byte, error) {
			return msgio.NewVarintReaderSize(conn, msgioMax).ReadMsg
		},
		Writer: func(conn net.Conn) func([]byte) error {
			return msgio.NewVarintWriter(conn).WriteMsg
		},
		Max: msgioMax, TooLarge: msgio.ErrMsgTooLarge,
		Resumes: true, Owned: true, Canonical: true, Wary: true, Shared: true,
		Framing: "-framing varint",
		Known:   msgioFaults,
	})
}

func TestFuzzMsgioFixed(t *testing.T) {
	fuzz.TestFormat(t, fuzz.Format{
		Name: "go-msgio, four bytes",
		Reader: func(conn net.Conn) func() ([]byte, error) {
			return msgio.NewReaderSize(conn, msgioMax).ReadMsg
		},
		Writer: func(conn net.Conn) func([]byte) error {
			return msgio.NewWriter(conn).WriteMsg
		},
		Max: msgioMax, TooLarge: msgio.ErrMsgTooLarge,
		Resumes: true, Owned: true, Canonical: true, Wary: true, Shared: true,
		Framing: "-framing fixed",
		Known:   msgioFaults,
	})
}

// msgioFaults are what go-msgio v0.3.0 does otherwise than one who uses it would like to believe.
var msgioFaults = []string{
	"eof/end", "sizes/end", // a stream that ends right behind a prefix ends with io.EOF, as if no message were missing
	"timeout/resume", "transient/resume", "deadline/resume", // a timeout in a message makes a message of its rest; in a prefix it loses a part
	"short/write", // a Write that took half of a message is a success
	"write/write", // behind half a message, others are written
}

// msgioMax is the limit, for that of go-msgio itself is 8 MiB, taken as soon as a prefix says so.
const msgioMax = 64 << 10
