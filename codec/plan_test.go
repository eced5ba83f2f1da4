package codec_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

type (
	anything interface{}
	empties  struct {
		E struct{ A int } `msgpack:",omitempty"`
		F omitted         `msgpack:",omitempty"`
		W asWhole         `msgpack:",omitempty"`
	}
	omitted struct {
		A int `msgpack:",omitempty"`
	}
	shy struct {
		V any `msgpack:",omitempty"`
	}
	tuple1 struct {
		_msgpack struct{} `msgpack:",as_array"` //lint:ignore U1000 the library reads its tag
		V        any
	}
	InlinesItself struct {
		*EmbedsPair
	}
	EmbedsPair struct {
		Base
		*InlinesItself
	}
	twoBases struct {
		Base
		X string
	}
)

// What is wrong inside is found through everything that can be around it.
func TestErrorsComeThroughEveryContainer(t *testing.T) {
	bad := make(chan int)
	for _, v := range []any{
		[]any{bad}, map[string]any{"a": bad}, []chan int{bad}, [1]chan int{bad}, map[string]chan int{"a": bad}, map[chan int]int{bad: 1},
		boxed{bad}, shy{bad}, tuple1{V: bad}, &bad, holder{&bad}, map[any]any{1: bad},
	} {
		_, err := codec.Msgpack{}.Append(nil, v)
		e := asError(t, codec.ErrValue, "msgpack", "append", err)
		assert.ErrorContains(t, e, "chan int has no payload")
	}
	deep := any(shy{tuple1{V: map[string]any{"\xff": 1}}})
	_, err := codec.Msgpack{}.Append(nil, deep)
	asError(t, codec.ErrUTF8, "msgpack", "append", err)
	for _, v := range []any{shy{1}, tuple1{V: 1}, boxed{1}, []int{1}, map[string]any{"": 1}, []any{1}, map[int]int{1: 1}} {
		_, err := codec.Msgpack{MaxElements: 1}.Append(nil, v)
		asError(t, codec.ErrTooManyElements, "msgpack", "append", err)
		_, err = codec.Msgpack{MaxDepth: 1}.Append(nil, []any{v})
		asError(t, codec.ErrTooDeep, "msgpack", "append", err)
	}
}

func TestMaxBytesStopsEachKindOfBytes(t *testing.T) {
	long := strings.Repeat("x", 100)
	exts := codec.MustExts(codec.NewExt(1,
		func(dst []byte, s boxed) ([]byte, error) { return append(dst, long...), nil }, func([]byte) (boxed, error) { return boxed{}, nil }))
	for _, v := range []any{
		long, []byte(long), msgpack.RawMessage("\xd9\x64" + long), boxed{}, rough{write: []byte("\xd9\x64" + long)}, asText{long},
		[]string{long}, map[string]int{long: 1}, errors.New(long), [100]byte{},
	} {
		_, err := codec.Msgpack{MaxBytes: 50, Exts: exts}.Append([]byte("before"), struct{ V any }{v})
		if _, isError := v.(error); isError {
			continue // a pointer to a struct without exported fields
		}
		asError(t, codec.ErrTooLarge, "msgpack", "append", err)
		_, err = codec.Msgpack{Exts: exts}.Append(nil, struct{ V any }{v})
		require.NoError(t, err)
	}
}

func TestWhatDoesNotFitIsAnErrorThroughEveryContainer(t *testing.T) {
	for _, tt := range []struct {
		payload string
		target  any
	}{
		{"91 a1 78", new([]int)},
		{"81 a1 78 a1 78", new(map[string]int)},
		{"81 01 01", new(map[string]int)},
		{"81 a1 41 a1 78", new(plain)},
		{"81 01 01", new(plain)},
		{"93 a1 78 a1 78 c3", new(plain)},
		{"a1 78", new(plain)},
		{"07", new([]int)},
		{"08", new([2]int)},
		{"09", new(map[int]int)},
		{"0a", new([2]byte)},
		{"c4 01 00", new([2]byte)},
		{"92 01 a1 78", new([2]int)},
		{"91 c3", new([]float64)},
		{"90", new(bool)},
		{"0b", new([]byte)},
		{"91 0c", new([]error)},
		{"91 a1 62", new([]fmt.Stringer)},
		{"91 91 81 01 01", new([]any)},
		{"91 81 a1 61 81 01 01", new(any)},
		{"91 05", new([]asText)},
		{"82 a1 65 a1 78 a1 61 07", new(struct {
			E string `msgpack:"e,alias:old"`
			A string `msgpack:"a"`
		})},
		{"82 a1 7a 01 01 01", new(struct {
			E string `msgpack:"e,alias:old"`
		})},
	} {
		e := asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, tt.payload), tt.target))
		assert.Error(t, e.Cause)
		assert.True(t, reflect.ValueOf(tt.target).Elem().IsZero())
	}
}

func TestInterfacesThatAreRead(t *testing.T) {
	var named anything
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "91 a1 61"), &named))
	assert.Equal(t, anything([]any{"a"}), named)

	var f fault
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "81 a1 58 a3 62 61 64"), &f))
	assert.EqualError(t, f.X, "bad")
	payload, err := codec.Msgpack{}.Append(nil, f)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "81 a1 58 a3 62 61 64"), payload)
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "81 a1 58 c0"), &f))
	assert.NoError(t, f.X)
	payload, err = codec.Msgpack{}.Append(nil, f)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "81 a1 58 c0"), payload)

	var s struct{ S fmt.Stringer }
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "81 a1 53 c0"), &s))
	s.S = time.Second
	_, err = codec.Msgpack{}.Append(nil, s)
	require.NoError(t, err)
}

func TestNilIsNil(t *testing.T) {
	for _, v := range []any{
		[]any(nil), map[string]any(nil), []int(nil), map[int]int(nil), []byte(nil), msgpack.RawMessage(nil), (*int)(nil), (*generated)(nil),
		(*byPointer)(nil), (**int)(nil), struct{ E any }{}.E,
	} {
		payload, err := codec.Msgpack{}.Append(nil, v)
		require.NoError(t, err)
		assert.Equal(t, []byte{0xc0}, payload, "%T", v)
	}
	for _, target := range append(targets(), new(generated), new(byPointer), new(color), new(asText)) {
		require.NoError(t, codec.Msgpack{}.Decode([]byte{0xc0}, target))
		assert.True(t, reflect.ValueOf(target).Elem().IsZero(), "%T", target)
	}
}

func TestLongHeads(t *testing.T) {
	for _, n := range []int{15, 16, 255, 256, 65_535, 65_536} {
		c := codec.Msgpack{MaxElements: -1}
		for _, v := range []any{make([]bool, n), make([]byte, n), strings.Repeat("x", n), largeInts(n)} {
			payload, err := c.Append(nil, v)
			require.NoError(t, err)
			want, err := byLibrary(v)
			require.NoError(t, err)
			assert.Len(t, payload, len(want))
			assert.Equal(t, want[0], payload[0])
			got := reflect.New(reflect.TypeOf(v))
			require.NoError(t, c.Decode(payload, got.Interface()))
			assert.True(t, reflect.DeepEqual(v, got.Elem().Interface()))
		}
	}
}

// largeInts returns a map of n keys that all take five bytes.
func largeInts(n int) map[int32]struct{} {
	m := map[int32]struct{}{}
	for i := range n {
		m[int32(i)+1<<20] = struct{}{}
	}
	return m
}
