package interop_test

import (
	"bufio"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/demarc-go/demarc/frame"
)

func TestProtodelim(t *testing.T) {
	send, want := messages(t)
	exchange{frame.Varint{}, goroutine(turnMessages), send, want}.run(t)
}

// turnMessages is a peer that reads and writes messages with protodelim.
func turnMessages(in io.Reader, out io.Writer) error {
	r := bufio.NewReader(in)
	for {
		var message wrapperspb.BytesValue
		if err := protodelim.UnmarshalFrom(r, &message); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		slices.Reverse(message.Value)
		if _, err := protodelim.MarshalTo(out, &message); err != nil {
			return err
		}
	}
}

// messages returns an exchange's payloads that are messages: for each size one with a value of so many bytes, and one that
// has so many bytes itself. The latter does not exist for one byte.
func messages(t *testing.T) (send, want [][]byte) {
	for _, size := range sizes {
		values := []int{size}
		if size != 1 {
			values = append(values, valueSize(t, size))
		}
		for _, n := range values {
			send, want = append(send, message(t, random(n))), append(want, message(t, reversed(random(n))))
		}
	}
	return send, want
}

// valueSize returns the size of the value in a message of size bytes.
func valueSize(t *testing.T, size int) int {
	for n := size; n > 0; n-- {
		if protowire.SizeTag(1)+protowire.SizeBytes(n) == size {
			return n
		}
	}
	require.Zero(t, size, "there is no message of this size")
	return 0
}

func message(t *testing.T, value []byte) []byte {
	payload, err := proto.Marshal(wrapperspb.Bytes(value))
	require.NoError(t, err)
	return payload
}
