package fuzz_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/internal/drive"
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

func requireCodecError(t *testing.T, err error) *codec.Error {
	var e *codec.Error
	require.True(t, errors.As(err, &e), "%T: %v", err, err)
	return e
}

// FuzzJSON decodes any payload into values of several types. Whatever the payload, the process lives, the error is a
// *codec.Error, and what was decoded can be sent again and comes out equal.
func FuzzJSON(f *testing.F) {
	target := drive.New(f)
	targets := []reflect.Type{
		reflect.TypeFor[any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[tree](), reflect.TypeFor[[]string](),
		reflect.TypeFor[map[int]uint16](), reflect.TypeFor[[][]byte](),
	}
	for _, seed := range []string{
		`{"Name":"Ada","Left":{"Many":[]}}`, `[[[[[]]]]]`, `{"a":1,"a":2}`, `"\ud800"`, `1e999`, `{"Any":{"k":[null,true,1.5]}}`, `{"5":256}`,
	} {
		for i := range targets {
			target.Add([]byte(seed), byte(i))
		}
	}
	target.Fuzz(func(t *testing.T, payload []byte, which byte) {
		first := reflect.New(targets[int(which)%len(targets)])
		if err := (codec.JSON{}).Decode(payload, first.Interface()); err != nil {
			requireCodecError(t, err)
			return
		}
		again, err := codec.JSON{}.Append(nil, first.Elem().Interface())
		if err != nil { // a value that one form of the payload can say and the codec's own cannot
			requireCodecError(t, err)
			return
		}
		second := reflect.New(first.Type().Elem())
		require.NoError(t, codec.JSON{}.Decode(again, second.Interface()))
		requireSame(t, first.Elem(), second.Elem())
	})
}
