package codec_test

import (
	"errors"
	"fmt"

	"github.com/demarc-go/demarc/codec"
)

// A Message is what the two sides of the chat say to each other. The method keeps other types out.
type Message interface{ message() }

type (
	Join  struct{ Name string }
	Say   struct{ Text string }
	Leave struct{}
)

func (Join) message()  {}
func (Say) message()   {}
func (Leave) message() {}

// The table is the protocol of the chat: both sides share it.
var chat = codec.MustUnion(codec.Msgpack{}, map[int]Message{
	1: Join{},
	2: Say{},
	3: Leave{},
})

// One connection carries three kinds of message, and the receiver switches on the type.
func ExampleUnion() {
	for _, sent := range []Message{Join{"Ada"}, Say{"hello"}, Leave{}} {
		payload, err := chat.Append(nil, sent)
		if err != nil {
			fmt.Println(err)
			return
		}

		var received Message
		if err := chat.Decode(payload, &received); err != nil {
			fmt.Println(err)
			return
		}
		switch m := received.(type) {
		case Join:
			fmt.Printf("% x  %s is here\n", payload, m.Name)
		case Say:
			fmt.Printf("% x  %q\n", payload, m.Text)
		case Leave:
			fmt.Printf("% x  gone\n", payload)
		}
	}
	// Output:
	// 92 01 81 a4 4e 61 6d 65 a3 41 64 61  Ada is here
	// 92 02 81 a4 54 65 78 74 a5 68 65 6c 6c 6f  "hello"
	// 92 03 80  gone
}

// Tags can be names. A message from a later version of the chat is one error.
func ExampleUnion_names() {
	chat := codec.MustUnion(codec.JSON{}, map[string]Message{"join": Join{}, "say": Say{}, "leave": Leave{}})
	payload, err := chat.Append(nil, Say{"hello"})
	fmt.Println(chat.Name(), string(payload), err)

	var m Message
	err = chat.Decode([]byte(`["wave", {"Hand": "left"}]`), &m)
	fmt.Println(err)
	fmt.Println(errors.Is(err, codec.ErrTag), m)
	// Output:
	// named-union+json ["say",{"Text":"hello"}] <nil>
	// codec: unknown tag: named-union+json decode, byte 1: "wave" is none of "join", "leave", "say"
	// true <nil>
}

// A wrong table is an error with the first thing that is wrong in it.
func ExampleNewUnion() {
	_, err := codec.NewUnion(codec.Msgpack{}, map[int]Message{1: Join{}, 2: Say{}, 3: &Join{}})
	fmt.Println(err)
	// Output:
	// codec: impossible union: union+msgpack new: codec_test.Join has two tags, 1 and 3
}

// An Envelope has a message of the chat inside.
type Envelope struct {
	To   string
	Body []byte
}

// A union inside a message is a field of bytes.
func ExampleUnion_field() {
	body, err := chat.Append(nil, Say{"hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, err := codec.Msgpack{}.Append(nil, Envelope{To: "Ada", Body: body})
	if err != nil {
		fmt.Println(err)
		return
	}

	var e Envelope
	if err := (codec.Msgpack{}).Decode(payload, &e); err != nil {
		fmt.Println(err)
		return
	}
	var m Message
	fmt.Println(chat.Decode(e.Body, &m), e.To, m)
	// Output: <nil> Ada {hello}
}
