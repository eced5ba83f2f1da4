package interop_test

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/libp2p/go-msgio"
	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/demarc-go/demarc/frame"
)

// Peers do not agree on which varints are good. Demarc can have both opinions: Varint reads what msgio reads, and with Lenient
// and all 64 bits what protodelim reads. Each row is a length of zero.
func TestVarintDialects(t *testing.T) {
	tests := []struct {
		name            string
		wire            string
		strict, lenient bool
	}{
		{"minimal", "\x00", true, true},
		{"padded with one byte", "\x80\x00", false, true},
		{"padded to nine bytes", "\x80\x80\x80\x80\x80\x80\x80\x80\x00", false, true},
		{"padded to ten bytes", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", false, true},
		{"cut off", "\x80", false, false},
		{"eleven bytes", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wire := []byte(test.wire)
			assert.Equal(t, test.strict, readable(wire, frame.Varint{}), "strict")
			assert.Equal(t, test.strict, msgioReads(wire), "msgio")
			assert.Equal(t, test.lenient, readable(wire, frame.Varint{Lenient: true, Bits: 64}), "lenient")
			assert.Equal(t, test.lenient, protodelimReads(wire), "protodelim")
		})
	}
}

func readable(wire []byte, framing frame.Framing) bool {
	payload, err := frame.NewReader(bytes.NewReader(wire), framing).ReadFrame()
	return err == nil && len(payload) == 0
}

func msgioReads(wire []byte) bool {
	payload, err := msgio.NewVarintReader(bytes.NewReader(wire)).ReadMsg()
	return err == nil && len(payload) == 0
}

func protodelimReads(wire []byte) bool {
	return protodelim.UnmarshalFrom(bufio.NewReader(bytes.NewReader(wire)), &emptypb.Empty{}) == nil
}
