package fuzz_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/internal/drive"
)

// The targets below decode any payload as msgpack into a value of one type each. Whatever the payload, all that is in
// target_codec_oracle_test.go holds.

// seeds are payloads of each kind: good ones, and those that raw msgpack/v5 does not survive.
var seeds = []string{
	"\x82\xa4Name\xa3Ada\xa4Left\x81\xa4Many\x90", "\xdd\xff\xff\xff\xff", "\x82\xa1X\x01\xa1X\x02", "\xd6\x05\x81\xa1a\x07",
	"\x93\xc0\xc3\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18", "\x81\xa5Named\x81\xa1k\x80", "\x81\xa3Any\x81\x01\x02", "\x81\x05\xcd\x01\x00",
	"\x81\xa4Many\x91\x81\xa5Small\xcd\x01\x2c", "\xd7\x05\x81\xa0\xc6\xff\xff\xff\xff\x00", "\xdc\x00\x06\xdc\x00\x03\xc0\xc0\xc0",
	"\x81\xa0\x81\xa0\x81\xa0\xc0", "\x91\x91\x91\x91\x91\x91\xc0", "\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00",
	"\x83\xa4Room\xd9\x04hall\xa2No\xd1\xff\xff\xa4Seen\x92\xca\x3f\x00\x00\x00\x05", "\x81\xa1X\x91\xc4\x02\xff\x00",
}

// fuzzMsgpack is the target that decodes into a T with c.
func fuzzMsgpack[T any](f *testing.F, c codec.Msgpack, more ...string) {
	target := drive.New(f)
	p := proof{codec: c, typ: reflect.TypeFor[T]()}
	for _, seed := range append(more, seeds...) {
		target.Add([]byte(seed))
	}
	target.Fuzz(func(t *testing.T, payload []byte) { p.check(t, payload) })
}

func FuzzMsgpackAny(f *testing.F)  { fuzzMsgpack[any](f, codec.Msgpack{}) }
func FuzzMsgpackMap(f *testing.F)  { fuzzMsgpack[map[string]any](f, codec.Msgpack{}) }
func FuzzMsgpackTree(f *testing.F) { fuzzMsgpack[tree](f, codec.Msgpack{}) }

// field has an interface behind each of the ways to a field.
type field struct {
	X    any
	List []any
	Keys map[string]any
	Ptr  *any
	Err  error
	base
}

type base struct{ Inner any }

func FuzzMsgpackField(f *testing.F) {
	fuzzMsgpack[field](f, codec.Msgpack{}, "\x83\xa1X\x01\xa3Err\xa3bad\xa4Keys\x81\xa1k\x90", "\x82\xa3Ptr\x81\xa1a\xc0\xa5Inner\xc3")
}

// typed has the types that are neither any nor recursive, ext among them.
type typed struct {
	Room  string
	No    uint16
	Seen  []float32
	Ints  map[int8]int64
	Bytes [][]byte
	Sum   [4]byte
	Pair  [2]bool
	At    time.Time
	Raw   msgpack.RawMessage
	Any   any
	Tuple struct {
		_msgpack struct{} `msgpack:",as_array"` //lint:ignore U1000 the library reads its tag
		A        *int32
		B        string `msgpack:",omitempty"`
	}
}

func FuzzMsgpackTyped(f *testing.F) {
	fuzzMsgpack[[]typed](f, codec.Msgpack{Exts: codec.MustExts(codec.Timestamp)},
		"\x91\x84\xa2At\xd6\xff\x01\x02\x03\x04\xa4Ints\x81\xff\xcd\x01\x00\xa3Sum\xc4\x04abcd\xa5Tuple\x92\x05\xa1b",
		"\x91\x82\xa3Raw\x92\x01\xd6\xff\x00\x00\x00\x00\xa4Pair\x92\xc2\xc3")
}

// reading has methods like those that a generator writes: an array of a text, a number and any value.
type reading struct {
	Sensor string
	Value  float64
	Extra  any
}

func (r *reading) MarshalMsg(b []byte) ([]byte, error) {
	var out bytes.Buffer
	e := msgpack.NewEncoder(&out)
	err := errors.Join(e.EncodeArrayLen(3), e.EncodeString(r.Sensor), e.EncodeFloat64(r.Value), e.Encode(r.Extra))
	return append(b, out.Bytes()...), err
}

func (r *reading) UnmarshalMsg(b []byte) ([]byte, error) {
	in := bytes.NewReader(b)
	d := msgpack.NewDecoder(in)
	n, err := d.DecodeArrayLen()
	if err != nil || n != 3 {
		return b, fmt.Errorf("no reading: %d elements, %w", n, err)
	}
	if r.Sensor, err = d.DecodeString(); err != nil {
		return b, err
	}
	if r.Value, err = d.DecodeFloat64(); err != nil {
		return b, err
	}
	r.Extra, err = d.DecodeInterface()
	return b[len(b)-in.Len():], err
}

func FuzzMsgpackGenerated(f *testing.F) {
	fuzzMsgpack[[]reading](f, codec.Msgpack{}, "\x92\x93\xa1a\x07\xc0\xc0", "\x91\x93\xa1a\xca\x3f\x00\x00\x00\x81\xa1k\x91\xd1\x01\x00")
}
