package interop_test

import (
	"bufio"
	"bytes"
	"net"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/demarc-go/demarc/fuzz"
)

func TestFuzzProtodelim(t *testing.T) {
	fuzz.TestFormat(t, fuzz.Format{
		Name: "protodelim",
		Reader: func(conn net.Conn) func() ([]byte, error) {
			r := bufio.NewReader(conn)
			return func() ([]byte, error) {
				var m wrapperspb.BytesValue
				err := protodelim.UnmarshalFrom(r, &m)
				return m.Value, err
			}
		},
		Append: func(dst, payload []byte) ([]byte, error) {
			var wire bytes.Buffer
			_, err := protodelim.MarshalTo(&wire, wrapperspb.Bytes(payload))
			return append(dst, wire.Bytes()...), err
		},
		Writer: func(conn net.Conn) func([]byte) error {
			return func(payload []byte) error {
				_, err := protodelim.MarshalTo(conn, wrapperspb.Bytes(payload))
				return err
			}
		},
		Resumes: true, Owned: true, Wary: true, Shared: true,
		Known: []string{
			"timeout/resume", "transient/resume", "deadline/resume", // what was read of a message is lost
			"lengths/memory", "alphabet/memory", "noise/memory", // up to 4 MiB, as soon as a prefix says so
			"write/write",   // behind half a message, others are written
			"short/write",   // a Write that took half of a message is a success
			"writers/write", // prefix and message are two writes, between which another comes
		},
	})
}
