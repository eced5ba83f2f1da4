package codec_test

import (
	"context"
	"fmt"
	"log"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// Celsius is sent as an ext of two bytes, tenths of a degree, and comes back as what it was.
type Celsius float64

// A set of exts belongs to a codec, and both sides have the same.
func ExampleExts() {
	exts, err := codec.NewExts(codec.NewExt(7,
		func(dst []byte, c Celsius) ([]byte, error) {
			tenths := int16(c * 10)
			return append(dst, byte(tenths>>8), byte(tenths)), nil
		},
		func(body []byte) (Celsius, error) {
			if len(body) != 2 {
				return 0, fmt.Errorf("%d bytes", len(body))
			}
			return Celsius(int16(body[0])<<8|int16(body[1])) / 10, nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	c := codec.Msgpack{Exts: exts}
	payload, err := c.Append(nil, map[string]Celsius{"Oslo": -3.5})
	if err != nil {
		log.Fatal(err)
	}
	var got map[string]Celsius
	err = c.Decode(payload, &got)
	fmt.Printf("% x\n%v %v\n", payload, got, err)
	// Output:
	// 81 a4 4f 73 6c 6f d5 07 ff dd
	// map[Oslo:-3.5] <nil>
}

// The tags of a union are numbers, for few bytes, or names, for people. A type of one's own names the numbers.
func ExampleTag() {
	type kind uint8
	const (
		join kind = 1
		say  kind = 2
	)
	numbers := codec.MustUnion(codec.JSON{}, map[kind]Message{join: Join{}, say: Say{}})
	names := codec.MustUnion(codec.JSON{}, map[string]Message{"join": Join{}, "say": Say{}})
	for _, union := range []codec.Codec{numbers, names} {
		payload, err := union.Append(nil, Say{"hello"})
		fmt.Printf("%s %v\n", payload, err)
	}
	// Output:
	// [2,{"Text":"hello"}] <nil>
	// ["say",{"Text":"hello"}] <nil>
}

// Several messages go out in one write.
func ExampleStream_Buffer() {
	a, b := fuzz.Pipe()
	out := codec.NewStream[int, string](frame.NewConn(a, frame.Varint{}), nil)
	in := codec.NewStream[string, int](frame.NewConn(b, frame.Varint{}), nil)
	defer out.Close()
	defer in.Close()

	for _, word := range []string{"one", "two"} {
		if err := out.Buffer(word); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("before:", out.Conn().Stats().BytesOut, "bytes")
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("after: ", out.Conn().Stats().BytesOut, "bytes")
	for range 2 {
		word, err := in.Receive(context.Background())
		fmt.Println(word, err)
	}
	// Output:
	// before: 0 bytes
	// after:  10 bytes
	// one <nil>
	// two <nil>
}
