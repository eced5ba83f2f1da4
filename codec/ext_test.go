package codec_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// color is a type that travels as an ext of three bytes.
type color struct{ R, G, B uint8 }

var errColor = errors.New("a color has three bytes")

var colorExt = codec.NewExt(5,
	func(dst []byte, c color) ([]byte, error) {
		if c == (color{1, 2, 3}) {
			return nil, errColor
		}
		return append(dst, c.R, c.G, c.B), nil
	},
	func(body []byte) (color, error) {
		if len(body) != 3 {
			return color{}, errColor
		}
		return color{body[0], body[1], body[2]}, nil
	})

var withExts = codec.Msgpack{Exts: codec.MustExts(codec.Timestamp, colorExt)}

func TestExts(t *testing.T) {
	type message struct {
		At    time.Time
		Color *color
		List  []color
		Any   any
	}
	sent := message{time.Unix(1, 500).UTC(), &color{9, 8, 7}, []color{{}, {4, 5, 6}}, color{1, 1, 1}}
	payload, err := withExts.Append(nil, sent)
	require.NoError(t, err)
	var got message
	require.NoError(t, withExts.Decode(payload, &got))
	assert.Equal(t, sent, got)

	var loose map[string]any
	require.NoError(t, withExts.Decode(payload, &loose))
	assert.Equal(t, sent.At, loose["At"])
	assert.Equal(t, []any{color{}, color{4, 5, 6}}, loose["List"])

	asError(t, codec.ErrExt, "msgpack", "decode", codec.Msgpack{}.Decode(payload, &got))
	none := codec.Msgpack{Exts: codec.MustExts(colorExt)}
	asError(t, codec.ErrExt, "msgpack", "decode", none.Decode(payload, &got))
}

func TestOneGoTypeWithAndWithoutAnExt(t *testing.T) {
	payload, err := codec.Msgpack{}.Append(nil, color{1, 1, 1})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "83 a1 52 01 a1 47 01 a1 42 01"), payload, "a struct like any other")
	payload, err = withExts.Append(nil, color{1, 1, 1})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "c7 03 05 01 01 01"), payload)
}

func TestExtsThatAreRefused(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		target  any
		want    error
	}{
		{"a number that is not registered", "d4 06 00", new(any), codec.ErrExt},
		{"another ext than that of the type", "d6 ff 00 00 00 00", new(color), codec.ErrValue},
		{"a body that its function refuses", "d4 05 00", new(color), codec.ErrValue},
		{"a body that its function refuses, in an any", "d4 05 00", new(any), codec.ErrValue},
		{"a body that is not there", "c7 03 05 00 00", new(any), codec.ErrTruncated},
		{"a body of 4 GiB that is not there", "c9 ff ff ff ff 05", new(color), codec.ErrTruncated},
		{"as a key", "81 c7 03 05 00 00 00 01", new(any), codec.ErrMapKey},
		{"as a key of any", "81 c7 03 05 00 00 00 01", new(map[any]any), codec.ErrMapKey},
		{"no ext for an ext type", "93 00 00 00", new(color), codec.ErrValue},
		{"where a string is wanted", "c7 03 05 00 00 00", new(string), codec.ErrValue},
		{"where an integer is wanted", "c7 03 05 00 00 00", new(int), codec.ErrValue},
		{"where a float is wanted", "c7 03 05 00 00 00", new(float64), codec.ErrValue},
		{"where a list is wanted", "c7 03 05 00 00 00", new([]any), codec.ErrValue},
		{"in a type with methods of its own", "91 c7 03 05 00 00 00", new([]byPointer), codec.ErrExt},
		{"a time of 5 bytes", "c7 05 ff 00 00 00 00 00", new(time.Time), codec.ErrValue},
		{"a time with too many nanoseconds", "d7 ff ee 6b 28 00 00 00 00 00", new(time.Time), codec.ErrValue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asError(t, tt.want, "msgpack", "decode", withExts.Decode(unhex(t, tt.payload), tt.target))
		})
	}
	_, err := withExts.Append(nil, []color{{1, 2, 3}})
	asError(t, codec.ErrValue, "msgpack", "append", err)
	assert.ErrorIs(t, err, errColor)
	_, err = withExts.Append(nil, map[color]int{{}: 1})
	asError(t, codec.ErrMapKey, "msgpack", "append", err)
}

// mapReader reads a map by the methods of msgpack/v5, which take the body of an ext for a map.
type mapReader map[string]any

func (m *mapReader) DecodeMsgpack(d *msgpack.Decoder) (err error) {
	*m, err = d.DecodeMap()
	return err
}

// There is no way to have the body of an ext read as a map, also when the ext is registered, wherever it stands.
func TestAnExtIsNeverReadAsAMap(t *testing.T) {
	open := codec.Msgpack{Exts: codec.MustExts(codec.NewExt(5,
		func(dst []byte, s struct{ body string }) ([]byte, error) { return append(dst, s.body...), nil },
		func(body []byte) (s struct{ body string }, err error) { s.body = string(body); return s, nil },
	))}
	for _, ext := range []string{"d6 05 81 a1 61 07", "d7 05 81 a0 c6 ff ff ff ff 00", "c7 04 05 81 a1 61 07"} {
		for _, around := range []string{"", "91", "81 a1 58", "81 a1 41 91"} {
			p := unhex(t, around+ext)
			targets := append(targets(), new(mapReader), new([]mapReader), new(map[string]mapReader), new(struct{ X mapReader }), new(struct{ A []mapReader }))
			for _, target := range targets {
				asError(t, codec.ErrExt, "msgpack", "decode", codec.Msgpack{}.Decode(p, target))
				if open.Decode(p, target) == nil {
					assert.NotContains(t, fmt.Sprint(target), "a:7", "%x into %T", p, target)
				}
			}
		}
	}
	var m mapReader
	require.NoError(t, open.Decode(unhex(t, "81 a1 61 07"), &m))
	asError(t, codec.ErrExt, "msgpack", "decode", open.Decode(unhex(t, "d6 05 81 a1 61 07"), &m))
	asError(t, codec.ErrExt, "msgpack", "decode", open.Decode(unhex(t, "81 a1 61 d6 05 81 a1 61 07"), &m))
}

func TestTimestamp(t *testing.T) {
	tests := []struct {
		time time.Time
		want string
	}{
		{time.Unix(0, 0), "d6 ff 00 00 00 00"},
		{time.Unix(1<<32-1, 0), "d6 ff ff ff ff ff"},
		{time.Unix(1<<32, 0), "d7 ff 00 00 00 01 00 00 00 00"},
		{time.Unix(1, 1), "d7 ff 00 00 00 04 00 00 00 01"},
		{time.Unix(1<<34-1, 999_999_999), "d7 ff ee 6b 27 ff ff ff ff ff"},
		{time.Unix(1<<34, 0), "c7 0c ff 00 00 00 00 00 00 00 04 00 00 00 00"},
		{time.Unix(-1, 5), "c7 0c ff 00 00 00 05 ff ff ff ff ff ff ff ff"},
		{time.Time{}, "c7 0c ff 00 00 00 00 ff ff ff f1 88 6e 09 00"},
	}
	for _, tt := range tests {
		t.Run(tt.time.UTC().String(), func(t *testing.T) {
			got, err := withExts.Append(nil, tt.time)
			require.NoError(t, err)
			assert.Equal(t, unhex(t, tt.want), got)
			library, err := msgpack.Marshal(tt.time)
			require.NoError(t, err)
			assert.Equal(t, library, got)
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		sent := time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		payload, err := withExts.Append(nil, &sent)
		require.NoError(t, err)
		var got time.Time
		require.NoError(t, withExts.Decode(payload, &got))
		require.True(t, sent.Equal(got))
		require.Equal(t, time.UTC, got.Location())
	})
}

func TestExtsThatCannotBe(t *testing.T) {
	same := codec.NewExt(6, func(dst []byte, _ color) ([]byte, error) { return dst, nil }, func([]byte) (c color, _ error) { return c, nil })
	number := codec.NewExt(5, func(dst []byte, _ int) ([]byte, error) { return dst, nil }, func([]byte) (int, error) { return 0, nil })
	pointer := codec.NewExt(7, func(dst []byte, _ *int) ([]byte, error) { return dst, nil }, func([]byte) (*int, error) { return nil, nil })
	boxed := codec.NewExt(7, func(dst []byte, _ any) ([]byte, error) { return dst, nil }, func([]byte) (any, error) { return nil, nil })
	for says, exts := range map[string][]codec.Ext{
		"has both ext 5 and ext 6": {colorExt, same}, "ext 5 stands for both": {colorExt, number},
		"type of ext 7 is *int": {pointer}, "type of ext 7 is interface": {boxed}, "NewExt has not made": {{}},
	} {
		_, err := codec.NewExts(exts...)
		asError(t, codec.ErrExt, "msgpack", "new", err)
		assert.ErrorContains(t, err, says)
		assert.Panics(t, func() { codec.MustExts(exts...) })
	}
}

// Many goroutines meet a type for the first time at once, some with an ext for it and some without.
func TestPlansAreMadeOnceForEachSet(t *testing.T) {
	type fresh struct {
		C    color
		Next *fresh
	}
	var wg sync.WaitGroup
	for _, c := range []codec.Msgpack{{}, withExts, {Exts: codec.MustExts(colorExt)}} {
		for range 8 {
			wg.Go(func() {
				sent := fresh{C: color{7, 7, 7}, Next: &fresh{}}
				payload, err := c.Append(nil, &sent)
				assert.NoError(t, err)
				var got fresh
				assert.NoError(t, c.Decode(payload, &got))
				assert.Equal(t, sent, got)
			})
		}
	}
	wg.Wait()
}

// A color travels as an ext of its own, a time as the one of the specification.
func ExampleNewExt() {
	type color struct{ R, G, B byte }
	exts, err := codec.NewExts(codec.Timestamp, codec.NewExt(5,
		func(dst []byte, c color) ([]byte, error) { return append(dst, c.R, c.G, c.B), nil },
		func(body []byte) (color, error) {
			if len(body) != 3 {
				return color{}, fmt.Errorf("a color of %d bytes", len(body))
			}
			return color{body[0], body[1], body[2]}, nil
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := codec.Msgpack{Exts: exts}
	payload, err := c.Append(nil, []any{color{255, 0, 0}, time.Unix(1_000_000_000, 0)})
	fmt.Printf("% x %v\n", payload, err)

	var got []any
	fmt.Println(c.Decode(payload, &got), got)
	fmt.Println(codec.Msgpack{}.Decode(payload, &got))
	// Output:
	// 92 c7 03 05 ff 00 00 d6 ff 3b 9a ca 00 <nil>
	// <nil> [{255 0 0} 2001-09-09 01:46:40 +0000 UTC]
	// codec: unexpected msgpack ext: msgpack decode, byte 1: type 5
}
