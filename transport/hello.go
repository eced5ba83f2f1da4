package transport

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/demarc-go/demarc/frame"
)

// preface is what each side sends first. Its first byte is neither ASCII nor the first of a TLS record, so that a stranger
// fails within it; its last is the version of the protocol.
const preface = "\xd3DEMARC\x01"

// What holds for a peer until its hello has arrived, and for settings that the hello does not name.
const (
	earlyMessage = 64 << 10 // bytes in a message
	earlyCalls   = 128      // calls in flight
)

// maxHello is the largest hello in bytes.
const maxHello = 16 << 10

// errPreface is the class of the errors of a peer that does not speak this protocol.
var errPreface = errors.New("the peer does not speak this protocol")

// readPreface reads the peer's preface, and stops at the first byte that is wrong. It is io.EOF if the peer left without a
// word, as a health check does.
func readPreface(r io.Reader) error {
	got := make([]byte, 0, len(preface))
	for len(got) < len(preface) {
		n, err := r.Read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		switch {
		case !strings.HasPrefix(preface, string(got)):
			return stranger(got)
		case err == io.EOF && 0 < len(got) && len(got) < len(preface):
			return fmt.Errorf("%w: it left after %q", errPreface, got)
		case err != nil && len(got) < len(preface):
			return err
		}
	}
	return nil
}

// stranger is the error for a peer that began with got.
func stranger(got []byte) error {
	last := len(preface) - 1
	if len(got) > last && string(got[:last]) == preface[:last] {
		return fmt.Errorf("%w: version %d, here %d", errPreface, got[last], preface[last])
	}
	if guess := frame.LooksLike(got); guess != "" {
		return fmt.Errorf("%w: %q looks like %s", errPreface, got, guess)
	}
	return fmt.Errorf("%w: it begins with %q", errPreface, got)
}

// hello is what a side tells its peer about itself.
type hello struct {
	codec   string // name of the codec of all messages
	message uint64 // largest message in bytes that this side accepts
	calls   uint64 // most calls that the peer may have in flight
}

// The settings of a hello. Those that a reader does not know it skips.
const (
	settingCodec   = 1 // UTF-8
	settingMessage = 2 // varint
	settingCalls   = 3 // varint
)

// append appends the settings of h to dst: for each its number, the length of its value, its value.
func (h hello) append(dst []byte) []byte {
	dst = appendSetting(dst, settingCodec, []byte(h.codec))
	dst = appendSetting(dst, settingMessage, binary.AppendUvarint(nil, h.message))
	return appendSetting(dst, settingCalls, binary.AppendUvarint(nil, h.calls))
}

func appendSetting(dst []byte, number uint64, value []byte) []byte {
	dst = binary.AppendUvarint(dst, number)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// parseHello is the inverse of append. A setting that is missing has the value that held before the hello.
func parseHello(settings []byte) (hello, error) {
	h := hello{message: earlyMessage, calls: earlyCalls}
	if len(settings) > maxHello {
		return h, fmt.Errorf("%w: hello of %d bytes, more than %d", errEnvelope, len(settings), maxHello)
	}
	in := cursor{rest: settings}
	for len(in.rest) > 0 && in.err == nil {
		number := in.uvarint("setting", 1<<32)
		value := cursor{rest: in.bytes("value of a setting", in.uvarint("length of a setting", maxHello))}
		switch number {
		case settingCodec:
			if h.codec = string(value.rest); !utf8.ValidString(h.codec) {
				in.fail("name of the codec is not UTF-8")
			}
		case settingMessage:
			h.message = value.uvarint("largest message", 1<<62)
		case settingCalls:
			h.calls = value.uvarint("calls in flight", 1<<32)
		}
		if number == settingMessage || number == settingCalls {
			value.end("setting")
		}
		in.err = cmp.Or(in.err, value.err)
	}
	return h, in.err
}
