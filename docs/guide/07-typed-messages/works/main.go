// Command works sends values in frames, by hand as JSON and with Demarc's codecs.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
)

type User struct {
	ID   int
	Name string
}

func writeUser(w *frame.Writer, u User) error {
	payload, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return w.WriteFrame(payload)
}

func readUser(r *frame.Reader) (u User, err error) {
	payload, err := r.ReadFrame()
	if err != nil {
		return u, err
	}
	err = json.Unmarshal(payload, &u)
	return u, err
}

func send(w *frame.Writer, c codec.Codec, message any) error {
	payload, err := c.Append(nil, message)
	if err != nil {
		return err
	}
	return w.WriteFrame(payload)
}

func receive(r *frame.Reader, c codec.Codec, message any) error {
	payload, err := r.ReadFrame()
	if err != nil {
		return err
	}
	return c.Decode(payload, message)
}

func main() {
	byHand()
	for _, c := range []codec.Codec{codec.JSON{}, codec.Msgpack{}} {
		withDemarc(c)
	}
	versions()
	hostile()
}

func byHand() {
	stream := new(bytes.Buffer)
	w, r := frame.NewWriter(stream, frame.Varint{}), frame.NewReader(stream, frame.Varint{})
	for i, name := range []string{"Ada", "Grace"} {
		check(writeUser(w, User{7 + i, name}))
	}
	for {
		u, err := readUser(r)
		if errors.Is(err, io.EOF) {
			return
		}
		check(err)
		fmt.Println("by hand ", u)
	}
}

func withDemarc(c codec.Codec) {
	stream := new(bytes.Buffer)
	check(send(frame.NewWriter(stream, frame.Varint{}), c, User{7, "Ada"}))
	fmt.Printf("%-8s % x\n", c.Name(), stream)
	var u User
	check(receive(frame.NewReader(stream, frame.Varint{}), c, &u))
	fmt.Println("        ", u)
}

// versions: an old program reads what a new one has sent, and the other way round.
func versions() {
	type NewUser struct {
		ID    int
		Name  string
		Email string
	}
	c := codec.Msgpack{}
	payload, err := c.Append(nil, NewUser{7, "Ada", "ada@example.org"})
	check(err)
	var before User
	check(c.Decode(payload, &before))
	payload, err = c.Append(nil, User{8, "Grace"})
	check(err)
	var after NewUser
	check(c.Decode(payload, &after))
	fmt.Printf("old reads new: %+v; new reads old: %+v\n", before, after)
}

// hostile: payloads of a few bytes that would take all memory, overflow the stack, or mean two things.
func hostile() {
	for _, payload := range [][]byte{
		{0xdd, 0xff, 0xff, 0xff, 0xff},     // an array of 4,294,967,295 elements, none of which follows
		bytes.Repeat([]byte{0x91}, 1000),   // an array in an array in an array ...
		[]byte("\x82\xa2ID\x01\xa2ID\x02"), // the field ID twice
		[]byte("\x81\xa2ID\x01and more"),   // something behind the value
	} {
		var v any
		var e *codec.Error
		if err := (codec.Msgpack{}).Decode(payload, &v); errors.As(err, &e) {
			fmt.Printf("% .5x: %v\n", payload, e.Err)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
