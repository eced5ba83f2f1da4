package codec_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

type (
	endless    *endless
	wrapped    struct{ P *wrapped }
	hidden     struct{ P **endless }
	EmbedsSelf struct {
		*EmbedsSelf
		X int
	}
	EmbedsOther struct{ *EmbedsBack }
	EmbedsBack  struct{ *EmbedsOther }
	holder      struct{ V any }
	ring        struct {
		Next *ring
		V    int
	}
	selfish struct{ Me any }
	child   struct {
		Parent *child `msgpack:"-"`
		secret any
		Name   any
	}
)

func (*selfish) Error() string { return "selfish" }

// discreet holds itself, and does not say so.
type discreet struct{ Me any }

func (*discreet) EncodeMsgpack(e *msgpack.Encoder) error { return e.EncodeNil() }

// circles are values that hold themselves, each in another way.
func circles() map[string]any {
	slice := make(list, 1)
	slice[0] = slice
	dict := tree{}
	dict["a"] = dict
	anySlice := make([]any, 1)
	anySlice[0] = anySlice
	anyMap := map[string]any{}
	anyMap["a"] = anyMap
	link := &ring{}
	link.Next = link
	var loop any
	loop = &loop
	var outer, inner any
	outer, inner = &inner, &outer
	behind := holder{}
	behind.V = &behind.V
	intoMap := map[int][]*any{1: {&loop}}
	return map[string]any{
		"slice": slice, "map": dict, "[]any": anySlice, "map[string]any": anyMap, "pointer to struct": link,
		"pointer to any": loop, "two pointers to any": outer, "any in a field": &behind, "any in a map of slices": intoMap,
		"deep in an any": []any{1, "a", map[string]any{"k": []any{loop}}},
		"as a key":       map[any]int{loop: 1}, "array": [2]any{1, loop}, "named": holder{holder{holder{&loop}}},
	}
}

func TestCirclesAreErrors(t *testing.T) {
	for name, v := range circles() {
		t.Run(name, func(t *testing.T) {
			for _, c := range []codec.Msgpack{{}, {MaxDepth: -1, MaxElements: -1, MaxBytes: -1}} {
				got, err := c.Append([]byte("x"), v)
				asError(t, codec.ErrTooDeep, "msgpack", "append", err)
				assert.Equal(t, "x", string(got))
			}
			if name == "as a key" {
				return // which encoding/json refuses for its type
			}
			_, err := codec.JSON{}.Append(nil, v)
			asError(t, codec.ErrValue, "json", "append", err)
			assert.ErrorContains(t, err, "cycle")
		})
	}
}

func TestEndlessTypesAreErrors(t *testing.T) {
	for _, v := range []any{
		new(endless), []endless{nil}, hidden{}, EmbedsSelf{}, &EmbedsSelf{}, EmbedsOther{}, map[string]EmbedsBack{"": {}}, []any{&EmbedsSelf{}},
	} {
		_, err := codec.Msgpack{}.Append(nil, v)
		asError(t, codec.ErrValue, "msgpack", "append", err)
		assert.ErrorContains(t, err, "itself")
	}
	for _, target := range []any{new(endless), new(hidden), new(EmbedsSelf), new([]EmbedsOther)} {
		asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode([]byte{0x91, 0x80}, target))
	}
}

func TestATargetThatHoldsItselfIsZeroedFirst(t *testing.T) {
	var loop any
	loop = &loop
	require.NoError(t, codec.Msgpack{}.Decode([]byte{0x01}, &loop))
	assert.Equal(t, int8(1), loop)
}

// What looks like a circle to a careless eye is none.
func TestValuesThatAreNoCircle(t *testing.T) {
	shared := any([]any{1, 2})
	var p any = "deep"
	for range 10 {
		q := p
		p = &q
	}
	parent := &child{Name: "parent"}
	parent.Parent, parent.secret = parent, parent
	failure := &selfish{}
	failure.Me = failure
	private := &discreet{}
	private.Me = &private.Me
	for name, v := range map[string]any{
		"the same value twice":       []any{shared, shared, &shared, &shared},
		"pointers to pointers":       p,
		"a circle that is not sent":  parent,
		"a type that holds its like": wrapped{&wrapped{&wrapped{}}},
		"nil":                        holder{},
		"an error, sent as its text": struct{ E error }{failure},
		"empty containers":           []any{[]any{}, map[string]any{}, map[any]any{}, [0]any{}, holder{}},
		"a method that is discreet":  []any{private, msgpack.RawMessage{0x01}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := codec.Msgpack{}.Append(nil, v)
			require.NoError(t, err)
		})
	}
}

// A value of forty levels can hold 2^40 elements when each level holds the next twice.
func TestSharedValuesDoNotMultiplyWithoutEnd(t *testing.T) {
	boxes, typed := any(1), list{}
	for range 40 {
		boxes, typed = []any{boxes, boxes}, list{typed, typed}
	}
	for _, v := range []any{boxes, typed} {
		_, err := codec.Msgpack{MaxDepth: -1}.Append(nil, v)
		asError(t, codec.ErrTooManyElements, "msgpack", "append", err)
	}
	_, err := codec.Msgpack{MaxDepth: -1, MaxElements: -1, MaxBytes: 100_000}.Append(nil, typed)
	asError(t, codec.ErrTooLarge, "msgpack", "append", err)
}

func TestALongChainIsAnError(t *testing.T) {
	var chain *ring
	for range 1_000_000 {
		chain = &ring{Next: chain}
	}
	_, err := codec.Msgpack{MaxDepth: -1, MaxElements: -1, MaxBytes: -1}.Append(nil, chain)
	e := asError(t, codec.ErrTooDeep, "msgpack", "append", err)
	assert.Equal(t, int64(1001), e.Found)
}

func TestDeepAndWideValuesAreErrors(t *testing.T) {
	inStruct, inMap, inSlice := any(1), any(1), any(1)
	for range 100 {
		inStruct, inMap, inSlice = holder{inStruct}, map[int]any{1: inMap}, [1]any{inSlice}
	}
	for _, v := range []any{inStruct, inMap, inSlice} {
		_, err := codec.Msgpack{}.Append(nil, v)
		asError(t, codec.ErrTooDeep, "msgpack", "append", err)
	}
	_, err := codec.Msgpack{}.Append(nil, struct{ A, B *holder }{B: &holder{}})
	require.NoError(t, err)
}

// stubborn goes on writing after an error.
type stubborn struct{}

func (stubborn) EncodeMsgpack(e *msgpack.Encoder) error {
	_ = e.EncodeArrayLen(300_000)
	for range 100_000 {
		_ = e.EncodeNil()
		_ = e.EncodeString("text")
	}
	return nil
}

func TestAMethodThatIgnoresErrorsIsStopped(t *testing.T) {
	got := leastBytes(func() {
		_, err := codec.Msgpack{}.Append(nil, stubborn{})
		asError(t, codec.ErrTooManyElements, "msgpack", "append", err)
	})
	assert.Less(t, got, uint64(64<<10), "nothing is written after the error")
}
