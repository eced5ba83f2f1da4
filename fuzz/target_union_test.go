package fuzz_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/internal/drive"
)

// A command is what the unions of this target hold: a struct, a type that holds itself, and a pointer to one that holds anything.
type command interface{ command() }

type (
	move struct {
		X, Y int32
		Fast bool
	}
	batch []batch
	debug struct {
		Note  string
		Blob  []byte
		Extra any
	}
)

func (move) command()   {}
func (batch) command()  {}
func (*debug) command() {}

var commandUnions = []*codec.Union[command]{
	codec.MustUnion(codec.Msgpack{}, map[int]command{1: move{}, 2: batch{}, 300: &debug{}}),
	codec.MustUnion(codec.Msgpack{}, map[string]command{"move": move{}, "batch": batch{}, "débug": &debug{}}),
	codec.MustUnion(codec.JSON{}, map[int]command{1: move{}, 2: batch{}, 300: &debug{}}),
	codec.MustUnion(codec.JSON{}, map[string]command{"move": move{}, "batch": batch{}, "débug": &debug{}}),
}

// FuzzUnion decodes any payload as a union of three types. Whatever the payload, the process lives; the error is a *codec.Error,
// and there is no value with it; what was decoded is one of the three types, and can be sent again and comes out equal. An
// unknown tag is refused as such, and one that is known never is. What the guard refuses costs its error, and the rest no more
// memory than docs/codec.md says.
func FuzzUnion(f *testing.F) {
	target := drive.New(f)
	for _, seed := range []string{
		"\x92\x01\x83\xa1X\x01\xa1Y\xff\xa4Fast\xc3", "\x92\x02\x93\x90\x91\x90\x90",
		"\x92\xcd\x01\x2c\x81\xa5Extra\x92\xc0\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18",
		"\x92\xa4move\x80", "\x92\xd9\x06d\xc3\xa9bug\x81\xa4Blob\xc4\x02\x00\xff",
		"\xdc\x00\x02\x05\xdd\xff\xff\xff\xff", "\x92\x02\xdd\xff\xff\xff\xff",
		`[1,{"X":1,"Y":-1,"Fast":true}]`, ` [2 , [[],[[]]] ] `, `[300,{"Extra":[null,1e9]}]`,
		`["mov\u0065",{}]`, `["batch",[]]]`, `[4,{}]`, `[1,{},{}]`,
	} {
		for i := range commandUnions {
			target.Add([]byte(seed), byte(i))
		}
	}
	target.Fuzz(func(t *testing.T, payload []byte, which byte) {
		u := commandUnions[int(which)%len(commandUnions)]
		requireUnionBounded(t, u, payload)
		var first command = move{X: 1}
		if err := u.Decode(payload, &first); err != nil {
			require.Nil(t, first)
			requireUnionError(t, u, payload, err)
			return
		}
		requireKnown(t, first)
		again, err := u.Append(nil, first)
		if err != nil { // a value that one form of the payload can say and the codec's own cannot
			requireCodecError(t, err)
			return
		}
		var second command
		require.NoError(t, u.Decode(again, &second))
		requireSameCommand(t, first, second)
		third, err := u.Append(nil, second)
		require.NoError(t, err)
		require.Len(t, third, len(again)) // maps have no order
	})
}

// unionErrorBytes is more than an Error of a union takes, with the tags that it lists.
const unionErrorBytes = 1 << 10

// requireUnionBounded requires that decoding a payload of msgpack allocates no more than may stay alive. Of the elements only
// those behind the tag become values, so the bound is a little generous.
func requireUnionBounded(t *testing.T, u *codec.Union[command], payload []byte) {
	if strings.HasSuffix(u.Name(), "json") {
		return
	}
	most := unionErrorBytes
	if guard := (codec.Msgpack{}).Decode(payload, new(msgpack.RawMessage)); guard == nil {
		element := max(elementSize(reflect.TypeFor[move]()), elementSize(reflect.TypeFor[batch]()), elementSize(reflect.TypeFor[debug]()))
		most += countElements(payload)*element + 2*len(payload)
	}
	took := allocated(uint64(most), func() func() {
		var v command
		return func() { _ = u.Decode(payload, &v) }
	})
	require.LessOrEqual(t, took, uint64(most))
}

// requireUnionError requires that err is ErrTag if and only if the tag of payload is one that u has not. Of a payload that
// is no array of a tag and a value, it cannot tell.
func requireUnionError(t *testing.T, u *codec.Union[command], payload []byte, err error) {
	requireCodecError(t, err)
	var plain codec.Codec = codec.Msgpack{}
	if strings.HasSuffix(u.Name(), "json") {
		plain = codec.JSON{}
	}
	var pair []any
	if plain.Decode(payload, &pair) != nil || len(pair) != 2 {
		return
	}
	known, isTag := isKnown(pair[0], strings.HasPrefix(u.Name(), "named-"))
	if errors.Is(err, codec.ErrTag) {
		require.False(t, known, "%q: %v", payload, err)
	} else if isTag {
		require.True(t, known, "%q: %v", payload, err)
	}
}

// isKnown reports whether a tag as the plain codec has read it is one of the unions', and whether it is one at all: of a float,
// which is what JSON makes of 1 and of 1.0, that cannot be told.
func isKnown(tag any, names bool) (known, isTag bool) {
	switch v := reflect.ValueOf(tag); {
	case v.Kind() == reflect.String:
		return names && slices.Contains([]string{"move", "batch", "débug"}, v.String()), true
	case v.CanUint():
		return !names && slices.Contains([]uint64{1, 2, 300}, v.Uint()), true
	case v.CanInt():
		return !names && slices.Contains([]int64{1, 2, 300}, v.Int()), v.Int() >= 0
	case v.CanFloat():
		return !names && slices.Contains([]float64{1, 2, 300}, v.Float()), false
	}
	return false, false
}

func requireKnown(t *testing.T, v command) {
	switch v := v.(type) {
	case move, batch:
	case *debug:
		require.NotNil(t, v)
	default:
		t.Fatalf("a %T came out", v)
	}
}

// requireSameCommand compares what has an order and no NaN.
func requireSameCommand(t *testing.T, a, b command) {
	if d, ok := a.(*debug); ok {
		e, ok := b.(*debug)
		require.True(t, ok)
		require.Equal(t, d.Note, e.Note)
		require.Equal(t, len(d.Blob), len(e.Blob))
		return
	}
	require.Equal(t, a, b)
}
