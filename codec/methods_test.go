package codec_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// generated is sample with the methods that a generator would write for it.
type generated struct {
	ID   int64
	Name string
	OK   bool
}

var errGenerated = errors.New("not a generated message")

func (g *generated) MarshalMsg(b []byte) ([]byte, error) {
	if g.ID == -1 {
		return nil, errGenerated
	}
	b = append(b, 0x83, 0xa2, 'I', 'D', 0xd3)
	b = binary.BigEndian.AppendUint64(b, uint64(g.ID))
	b = append(b, 0xa4, 'N', 'a', 'm', 'e', 0xd9, byte(len(g.Name)))
	b = append(b, g.Name...)
	if b = append(b, 0xa2, 'O', 'K', 0xc2); g.OK {
		b[len(b)-1] = 0xc3
	}
	return b, nil
}

func (g *generated) UnmarshalMsg(b []byte) ([]byte, error) {
	if len(b) < 20 || string(b[:5]) != "\x83\xa2ID\xd3" || string(b[13:19]) != "\xa4Name\xd9" {
		return b, errGenerated
	}
	g.ID = int64(binary.BigEndian.Uint64(b[5:]))
	n := 20 + int(b[19])
	g.Name = string(b[20:n])
	if string(b[n:n+3]) != "\xa2OK" {
		return b, errGenerated
	}
	g.OK = b[n+3] == 0xc3
	return b[n+4:], nil
}

func (g generated) same() sample { return sample(g) }

func TestGeneratedMethodsAreUsed(t *testing.T) {
	v := generated{ID: 7, Name: "Ada", OK: true}
	type message struct {
		One   generated
		Ptr   *generated
		Nil   *generated
		List  []generated
		Named map[string]generated
		Any   any
	}
	sent := message{v, &v, nil, []generated{v, {}}, map[string]generated{"a": v}, nil}
	payload, err := codec.Msgpack{}.Append([]byte("before"), sent)
	require.NoError(t, err)
	var got message
	require.NoError(t, codec.Msgpack{}.Decode(payload[6:], &got))
	assert.Equal(t, sent, got)

	whole, err := codec.Msgpack{}.Append(nil, v)
	require.NoError(t, err)
	assert.Contains(t, string(whole), "\xd3\x00\x00\x00\x00\x00\x00\x00\x07", "the form that the methods choose")
	var plan sample
	require.NoError(t, codec.Msgpack{}.Decode(whole, &plan))
	assert.Equal(t, v.same(), plan)
	for _, boxed := range []any{v, &v, []any{v}[0]} {
		again, err := codec.Msgpack{}.Append(nil, boxed)
		require.NoError(t, err)
		assert.Equal(t, whole, again)
	}
}

func TestGeneratedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		roundTrip(t, codec.Msgpack{}, generated{rapid.Int64Min(0).Draw(t, "id"), rapid.StringN(0, 40, 200).Draw(t, "name"), rapid.Bool().Draw(t, "ok")})
	})
}

// The guard stands before the methods: nothing hostile reaches them.
func TestTheGuardStandsBeforeMethods(t *testing.T) {
	for _, tt := range hostile(t) {
		var seen spy
		asError(t, tt.want, "msgpack", "decode", codec.Msgpack{}.Decode(tt.payload, &seen))
		asError(t, tt.want, "msgpack", "decode", codec.Msgpack{}.Decode(tt.payload, new(spyByHand)))
		assert.False(t, seen.called)
	}
}

// spy has methods that tell that they were called, and spyByHand some that fail the test.
type (
	spy       struct{ called bool }
	spyByHand struct{}
)

func (*spy) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xc0), nil }
func (s *spy) UnmarshalMsg([]byte) ([]byte, error) {
	s.called = true
	return nil, nil
}
func (*spyByHand) DecodeMsgpack(*msgpack.Decoder) error { panic("called") }

func TestMethodsGetTheirOwnBytesAndNoMore(t *testing.T) {
	var got []bytesOf
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "93 81 a1 61 92 01 02 a1 62 c0"), &got))
	assert.Equal(t, []bytesOf{"\x81\xa1a\x92\x01\x02", "\xa1b", ""}, got, "a nil does not reach the method")
}

// bytesOf keeps the bytes that its method gets.
type bytesOf string

func (bytesOf) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xc0), nil }
func (b *bytesOf) UnmarshalMsg(p []byte) ([]byte, error) {
	*b = bytesOf(p)
	if cap(p) > len(p) {
		return nil, errors.New("there is more behind")
	}
	return nil, nil
}

// rough writes and reads whatever it is told to.
type rough struct {
	write []byte
	fail  error
}

func (r rough) MarshalMsg(b []byte) ([]byte, error) {
	if string(r.write) == "nothing of b" {
		return []byte{0x07}, nil
	}
	return append(b, r.write...), r.fail
}

func (r *rough) UnmarshalMsg(b []byte) ([]byte, error) {
	if b[0] == 0x01 {
		return make([]byte, 1), nil
	}
	return nil, errGenerated
}

func TestWhatMethodsWriteIsScanned(t *testing.T) {
	tests := []struct {
		name  string
		write string
		want  error
	}{
		{"nothing", "", codec.ErrTruncated},
		{"two values", "01 02", codec.ErrTrailing},
		{"garbage", "c1", codec.ErrMalformed},
		{"a claim", "dd ff ff ff ff", codec.ErrTooManyElements},
		{"an ext", "d4 05 00", codec.ErrExt},
		{"a key twice", "82 a1 58 01 a1 58 02", codec.ErrDuplicateKey},
		{"no UTF-8", "a1 ff", codec.ErrUTF8},
		{"31 levels", "", codec.ErrTooDeep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := rough{write: unhex(t, tt.write)}
			if tt.want == codec.ErrTooDeep {
				v.write = append(repeat(31, 0x91), 0xc0)
			}
			sent := []any{"first", []rough{v}}
			got, err := codec.Msgpack{}.Append([]byte("x"), sent)
			e := asError(t, tt.want, "msgpack", "append", err)
			assert.Equal(t, "x", string(got))
			assert.GreaterOrEqual(t, e.Offset, 8, "offsets count from the payload's beginning")
			if tt.want == codec.ErrTooDeep {
				assert.Equal(t, int64(33), e.Found)
				assert.Equal(t, int64(32), e.Allowed)
			}
			if tt.want == codec.ErrDuplicateKey {
				assert.Equal(t, int64(9), e.Found)
			}
		})
	}
	_, err := codec.Msgpack{}.Append(nil, rough{fail: errGenerated})
	assert.ErrorIs(t, err, errGenerated)
	got, err := codec.Msgpack{}.Append(nil, []rough{{write: []byte("nothing of b")}, {write: []byte{0x90}}})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "92 07 90"), got, "a method that does not append is taken at its word")
}

func TestElementsThatMethodsWriteCount(t *testing.T) {
	v := rough{write: unhex(t, "92 01 02")}
	c := codec.Msgpack{MaxElements: 7}
	_, err := c.Append(nil, []rough{v, v})
	require.NoError(t, err)
	_, err = c.Append(nil, []any{v, v, 1})
	e := asError(t, codec.ErrTooManyElements, "msgpack", "append", err)
	assert.Equal(t, int64(8), e.Found)
	_, err = codec.Msgpack{MaxBytes: 4}.Append(nil, []rough{v, v})
	asError(t, codec.ErrTooLarge, "msgpack", "append", err)
}

func TestLeftoverBytesOfUnmarshalMsg(t *testing.T) {
	e := asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode([]byte{0x92, 0xc0, 0x01}, new([]rough)))
	assert.ErrorContains(t, e, "unread")
	assert.Equal(t, 2, e.Offset)
	e = asError(t, codec.ErrValue, "msgpack", "decode", codec.Msgpack{}.Decode([]byte{0x02}, new(rough)))
	assert.ErrorIs(t, e, errGenerated)
}

// half has one of the generated methods only, so neither is used.
type half struct{ X int }

func (half) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xc0), nil }

func TestOneGeneratedMethodAloneIsNotUsed(t *testing.T) {
	payload, err := codec.Msgpack{}.Append(nil, half{5})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "81 a1 58 05"), payload)
}

// Types with methods by hand, inside one another and inside plain types.
func TestMethodsByHand(t *testing.T) {
	type message struct {
		V  byValue
		P  byPointer
		T  asText
		B  *asBinary
		W  []asWhole
		M  map[asText]byPointer
		R  msgpack.RawMessage
		D  time.Duration
		Nv *byValue
	}
	sent := message{
		byValue{1}, byPointer{2}, asText{"three"}, &asBinary{4}, []asWhole{{5}, {6}}, map[asText]byPointer{{"k"}: {7}},
		msgpack.RawMessage{0x91, 0x08}, 9, nil,
	}
	for _, v := range []any{sent, &sent} { // one has an address, one has not
		payload, err := codec.Msgpack{}.Append(nil, v)
		require.NoError(t, err)
		var got message
		require.NoError(t, codec.Msgpack{}.Decode(payload, &got))
		assert.Equal(t, sent, got)
	}
}

// Two keys that differ on the wire and not in Go.
type folded string

func (f folded) MarshalText() ([]byte, error) { return []byte(f), nil }
func (f *folded) UnmarshalText(b []byte) error {
	*f = folded(fmt.Sprint(len(b)))
	return nil
}

func TestKeysThatAreTheSameOnlyInGo(t *testing.T) {
	p := unhex(t, "82 a1 61 01 a1 62 02")
	asError(t, codec.ErrDuplicateKey, "msgpack", "decode", codec.Msgpack{}.Decode(p, new(map[folded]int)))
	require.NoError(t, codec.Msgpack{AllowDuplicateKeys: true}.Decode(p, new(map[folded]int)))

	_, err := codec.Msgpack{}.Append(nil, map[*int]int{new(int): 1, new(int): 2})
	asError(t, codec.ErrDuplicateKey, "msgpack", "append", err)
}
