package framing

import (
	"bufio"
	"encoding/binary"
	"io"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// protodelim does more than framing: what it carries is a message of protobuf, here one that has nothing but bytes.
var protoDelim = way{
	name: "protodelim", note: "a BytesValue: framing and protobuf",
	frame: func(payload []byte) []byte {
		m, _ := proto.Marshal(wrapperspb.Bytes(payload)) // bytes can always be marshaled
		return append(binary.AppendUvarint(nil, uint64(len(m))), m...)
	},
	read: func(src io.Reader) func() ([]byte, error) {
		r, m := bufio.NewReaderSize(src, 64<<10), new(wrapperspb.BytesValue)
		return func() ([]byte, error) {
			err := protodelim.UnmarshalFrom(r, m)
			return m.Value, err
		}
	},
	write: func(dst io.Writer) func([]byte) error {
		m := new(wrapperspb.BytesValue)
		return func(payload []byte) error {
			m.Value = payload
			_, err := protodelim.MarshalTo(dst, m)
			return err
		}
	},
}
