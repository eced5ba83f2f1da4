package codec_test

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/demarc-go/demarc/codec"
)

type user struct {
	ID   int64  `msgpack:"id" json:"id"`
	Name string `msgpack:"name" json:"name"`
}

func Example() {
	payload, err := codec.Msgpack{}.Append(nil, user{ID: 7, Name: "Ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("% x\n", payload)

	var u user
	err = codec.Msgpack{}.Decode(payload, &u)
	fmt.Println(u, err)
	// Output:
	// 82 a2 69 64 07 a4 6e 61 6d 65 a3 41 64 61
	// {7 Ada} <nil>
}

// Append appends, so a buffer can be used again and again. Options are fields.
func ExampleMsgpack() {
	c := codec.Msgpack{MaxElements: 100, DisallowUnknownFields: true}
	var buf []byte
	for _, name := range []string{"Ada", "Grace"} {
		var err error
		if buf, err = c.Append(buf[:0], user{ID: int64(len(name)), Name: name}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", buf)
	}
	// Output:
	// "\x82\xa2id\x03\xa4name\xa3Ada"
	// "\x82\xa2id\x05\xa4name\xa5Grace"
}

func ExampleJSON() {
	payload, err := codec.JSON{}.Append(nil, user{ID: 7, Name: "A & B"})
	fmt.Println(string(payload), err)

	var u user
	err = codec.JSON{}.Decode([]byte(`{"id": 8, "name": "Grace"} {}`), &u)
	fmt.Println(u, err)
	// Output:
	// {"id":7,"name":"A & B"} <nil>
	// {0 } codec: bytes after the value: json decode, byte 27: 2 too many
}

func ExampleRaw() {
	payload, _ := codec.Raw{}.Append([]byte("to: "), []byte{0xca, 0xfe})
	fmt.Printf("%q\n", payload)

	var b []byte
	_ = codec.Raw{}.Decode(payload, &b)
	payload[0] = 'T' // b is a copy
	fmt.Printf("%q\n", b)
	// Output:
	// "to: \xca\xfe"
	// "to: \xca\xfe"
}

func ExampleText() {
	var s string
	fmt.Println(codec.Text{}.Decode([]byte("naïve"), &s), s)
	fmt.Println(codec.Text{}.Decode([]byte("na\xefve"), &s))
	// Output:
	// <nil> naïve
	// codec: invalid UTF-8: text decode, byte 2: 0xef does not belong there
}

// Five bytes say that 4,294,967,295 elements follow. The error says so too, and has the numbers for programs.
func ExampleError() {
	var list []int
	err := codec.Msgpack{}.Decode([]byte{0xdd, 0xff, 0xff, 0xff, 0xff}, &list)
	fmt.Println(err)
	fmt.Println(errors.Is(err, codec.ErrTooManyElements))

	var e *codec.Error
	if errors.As(err, &e) {
		fmt.Println(e.Offset, e.What, e.Found, e.Allowed)
	}
	// Output:
	// codec: too many elements: msgpack decode, byte 0: array makes it 4294967296, MaxElements allows 65536
	// true
	// 0 array 4294967296 65536
}

// hexText is a codec of one's own: bytes as hexadecimal digits, for a protocol that a person reads along.
type hexText struct{}

func (hexText) Name() string { return "hex" }

func (hexText) Append(dst []byte, v any) ([]byte, error) {
	b, ok := v.([]byte)
	if !ok {
		return dst, fmt.Errorf("hex: cannot append a %T", v)
	}
	return hex.AppendEncode(dst, b), nil
}

func (hexText) Decode(p []byte, ptr any) (err error) {
	b, ok := ptr.(*[]byte)
	if !ok || b == nil {
		return fmt.Errorf("hex: cannot decode into a %T", ptr)
	}
	if *b, err = hex.AppendDecode(nil, p); err != nil {
		*b = nil
	}
	return err
}

// A codec of one's own is the three methods of Codec.
func ExampleCodec() {
	var c codec.Codec = hexText{}
	payload, _ := c.Append(nil, []byte("frame"))
	fmt.Printf("%s: %s\n", c.Name(), payload)

	var b []byte
	fmt.Println(c.Decode(payload, &b), string(b))
	fmt.Println(c.Decode([]byte("6x"), &b))
	// Output:
	// hex: 6672616d65
	// <nil> frame
	// encoding/hex: invalid byte: U+0078 'x'
}
