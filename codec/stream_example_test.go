package codec_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// Two ends of a connection chat in messages of three kinds.
func ExampleStream() {
	ctx := context.Background()
	a, b := fuzz.Pipe() // or the two ends of a TCP connection
	ada := codec.NewStream[Message, Message](frame.NewConn(a, frame.Varint{}), chat)
	bob := codec.NewStream[Message, Message](frame.NewConn(b, frame.Varint{}), chat)
	defer ada.Close()
	defer bob.Close()

	for _, m := range []Message{Join{"Ada"}, Say{"hello"}, Leave{}} {
		if err := ada.Send(ctx, m); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := ada.CloseWrite(); err != nil {
		fmt.Println(err)
		return
	}

	for m, err := range bob.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%T%v\n", m, m)
	}
	// Output:
	// codec_test.Join{Ada}
	// codec_test.Say{hello}
	// codec_test.Leave{}
}

// A bad message is one error, and the next one comes all the same.
func ExampleStream_All() {
	a, b := fuzz.Pipe()
	peer := frame.NewConn(a, frame.Varint{})
	for _, payload := range []string{`["say",{"Text":"one"}]`, `["say",{"Text":2}]`, `["say",{"Text":"three"}]`} {
		if err := peer.WriteFrame([]byte(payload)); err != nil {
			fmt.Println(err)
			return
		}
	}
	peer.Close()

	chat := codec.MustUnion(codec.JSON{}, map[string]Message{"join": Join{}, "say": Say{}, "leave": Leave{}})
	s := codec.NewStream[Message, Message](frame.NewConn(b, frame.Varint{}), chat)
	defer s.Close()
	for m, err := range s.All(context.Background()) {
		if _, bad := errors.AsType[*codec.Error](err); bad {
			fmt.Println("bad message")
			continue
		}
		if err != nil {
			fmt.Println("bad connection:", err)
			return
		}
		fmt.Println(m)
	}
	// Output:
	// {one}
	// bad message
	// {three}
}
