package fuzz_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// tree is a type that holds itself, in each way in which a Go type can.
type tree struct {
	Name  string
	Small int8
	Left  *tree
	Many  []tree
	Named map[string]tree
	Any   any
}

// fuzzCodec decodes any payload into values of several types. Whatever the payload, the process lives, the error is a
// *codec.Error, and what was decoded can be sent again and comes out equal.
func fuzzCodec(f *testing.F, c codec.Codec, seeds ...string) {
	targets := []reflect.Type{
		reflect.TypeFor[any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[tree](), reflect.TypeFor[[]string](),
		reflect.TypeFor[map[int]uint16](), reflect.TypeFor[[][]byte](),
	}
	for _, seed := range seeds {
		for i := range targets {
			f.Add([]byte(seed), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte, which byte) {
		target := reflect.New(targets[int(which)%len(targets)])
		if err := c.Decode(payload, target.Interface()); err != nil {
			requireCodecError(t, err)
			return
		}
		again, err := c.Append(nil, target.Elem().Interface())
		if err != nil { // a value that one form of the payload can say and the codec's own cannot
			requireCodecError(t, err)
			return
		}
		second := reflect.New(target.Type().Elem())
		require.NoError(t, c.Decode(again, second.Interface()))
		third, err := c.Append(nil, second.Elem().Interface())
		require.NoError(t, err)
		require.Len(t, third, len(again)) // maps have no order, and NaN is not equal to itself
	})
}

func requireCodecError(t *testing.T, err error) {
	var e *codec.Error
	require.True(t, errors.As(err, &e), "%T: %v", err, err)
}

func FuzzMsgpack(f *testing.F) {
	fuzzCodec(f, codec.Msgpack{},
		"\x82\xa4Name\xa3Ada\xa4Left\x81\xa4Many\x90", "\xdd\xff\xff\xff\xff", "\x82\xa1X\x01\xa1X\x02", "\xd6\x05\x81\xa1a\x07",
		"\x93\xc0\xc3\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18", "\x81\xa5Named\x81\xa1k\x80", "\x81\xa3Any\x81\x01\x02", "\x81\x05\xcd\x01\x00")
}

func FuzzJSON(f *testing.F) {
	fuzzCodec(f, codec.JSON{},
		`{"Name":"Ada","Left":{"Many":[]}}`, `[[[[[]]]]]`, `{"a":1,"a":2}`, `"\ud800"`, `1e999`, `{"Any":{"k":[null,true,1.5]}}`, `{"5":256}`)
}
