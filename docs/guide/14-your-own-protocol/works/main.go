// Command works has a protocol of its own: a hello that agrees on a version, and messages of several kinds, one of which nobody
// knows.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log"

	"github.com/demarc-go/demarc/frame"
)

// hello is the first message of both sides.
type hello struct {
	Lowest, Highest byte   // the versions that its sender speaks
	Max             uint32 // the largest message that its sender reads, in bytes
}

func (h hello) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(append(dst, h.Lowest, h.Highest), h.Max)
}

func parseHello(p []byte) (hello, error) {
	if len(p) < 6 { // more is allowed: a later version may say more
		return hello{}, errors.New("hello is too short")
	}
	return hello{p[0], p[1], binary.BigEndian.Uint32(p[2:])}, nil
}

// agree returns the version that two sides speak from now on.
func agree(a, b hello) (version byte, err error) {
	version = min(a.Highest, b.Highest)
	if version < max(a.Lowest, b.Lowest) {
		return 0, fmt.Errorf("one speaks versions %d to %d, the other %d to %d", a.Lowest, a.Highest, b.Lowest, b.Highest)
	}
	return version, nil
}

// The kinds of messages. Who does not know a kind passes over it if it is optional, and hangs up otherwise.
const (
	kindHello    = 0x01
	kindText     = 0x02
	kindOptional = 0x80 // this bit says that a message may be passed over
)

// layout: a magic byte, a length of three bytes that counts the kind, and the kind, which is handed over.
//
//	│ d5 │ 00 00 06 │ 02 │ h e l l o │
var layout = frame.Layout{Magic: "\xd5", Width: 3, After: 1, Counts: 1, Keep: 1}

func main() {
	framing, err := frame.NewFixed(layout)
	if err != nil {
		log.Fatal(err)
	}
	stream := new(bytes.Buffer)
	w := frame.NewWriter(stream, framing)
	write := func(kind byte, body []byte) {
		if err := w.WriteFrame(message(kind, body)); err != nil {
			log.Fatal(err)
		}
	}
	write(kindHello, hello{Lowest: 1, Highest: 3, Max: 4096}.append(nil))
	write(kindText, []byte("hello"))
	write(kindOptional|0x05, []byte("what is new in version 3"))
	write(0x06, nil)
	fmt.Printf("% x\n\n", stream.Bytes()[:21])

	in := frame.NewReader(stream, framing)
	for {
		payload, err := in.ReadFrame()
		if err != nil {
			log.Fatal(err)
		}
		if err := handle(payload[0], payload[1:]); err != nil {
			fmt.Println("hang up:", err)
			return
		}
	}
}

// message returns the bytes that the layout hands over: the whole of its head that is kept, and the body.
func message(kind byte, body []byte) []byte {
	return append([]byte{kind}, body...)
}

func handle(kind byte, body []byte) error {
	switch {
	case kind == kindHello:
		theirs, err := parseHello(body)
		if err != nil {
			return err
		}
		version, err := agree(hello{Lowest: 1, Highest: 2}, theirs)
		fmt.Println("hello: we speak version", version)
		return err
	case kind == kindText:
		fmt.Printf("text: %s\n", body)
	case kind&kindOptional != 0:
		fmt.Printf("passed over: kind %#x, %d bytes\n", kind, len(body))
	default:
		return fmt.Errorf("unknown kind %#x", kind)
	}
	return nil
}
