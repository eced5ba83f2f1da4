package interop_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// msgpackWithTimes is the codec with times as the ext of the msgpack specification.
var msgpackWithTimes = withTimes()

func withTimes() codec.Codec {
	exts, err := codec.NewExts(codec.Timestamp)
	if err != nil {
		panic(err)
	}
	return codec.Msgpack{Exts: exts}
}

// A person is a message as a program has it.
type person struct {
	ID      int64  `msgpack:"id"`
	Name    string `msgpack:"name"`
	Payload []byte `msgpack:"payload"`
	Parent  *person
}

// A greeting is a union of two types.
type greeting interface{ greeting() }

type (
	hello   struct{ Name string }
	goodbye struct{}
)

func (hello) greeting()   {}
func (goodbye) greeting() {}

var (
	numbered = codec.MustUnion(codec.Msgpack{}, map[int]greeting{1: hello{}, 300: goodbye{}})
	named    = codec.MustUnion(codec.Msgpack{}, map[string]greeting{"hello": hello{}, "goodbye": goodbye{}})
)

const noon = 1_700_000_000 // seconds

func at(nanos int64) time.Time { return time.Unix(noon, nanos).UTC() }

// String is a cell of the table in the docs.
func (s seen) String() string {
	switch back := s.back.(type) {
	case nil:
		return "`" + s.words + "`"
	case string:
		return fmt.Sprintf("`%s`, **which Go refuses when it comes back**", s.words)
	case time.Time:
		return fmt.Sprintf("`%s`, **the rest is lost**", s.words)
	case map[bool]string:
		return fmt.Sprintf("**refuses it: `%s`**", s.words)
	default:
		return fmt.Sprintf("`%s`, **comes back as %v**", s.words, back)
	}
}

func messageRows(t *testing.T) []messageRow {
	rows := numberRows()
	rows = append(rows, textRows()...)
	rows = append(rows, containerRows()...)
	rows = append(rows, timeRows()...)
	rows = append(rows, unionRows()...)
	require.NotEmpty(t, rows)
	return rows
}

// numberRows has the numbers at which JavaScript's, which are all floats, come to their limits.
func numberRows() []messageRow {
	negativeZero := math.Copysign(0, -1)
	return []messageRow{
		messageOf("`int64` 7", int64(7), same("number 7"), same("number 7"), same("int 7")),
		messageOf("`int64` -7", int64(-7), same("number -7"), same("number -7"), same("int -7")),
		messageOf("`uint8` 200", uint8(200), same("number 200"), same("number 200"), same("int 200")),
		messageOf("`int64` 2^32", int64(1<<32), same("number 4294967296"), same("bigint 4294967296"), same("int 4294967296")),
		messageOf("`int64` 2^53-1", int64(1<<53-1),
			same("number 9007199254740991"), same("bigint 9007199254740991"), same("int 9007199254740991")),
		messageOf("`int64` 2^53+1", int64(1<<53+1),
			lost("number 9007199254740992", refused), same("bigint 9007199254740993"), same("int 9007199254740993")),
		messageOf("`int64` 2^63-1", int64(math.MaxInt64),
			lost("number 9223372036854776000", refused), same("bigint 9223372036854775807"), same("int 9223372036854775807")),
		messageOf("`int64` -2^63", int64(math.MinInt64),
			lost("number -9223372036854776000", refused), same("bigint -9223372036854775808"), same("int -9223372036854775808")),
		messageOf("`uint64` 2^64-1", uint64(math.MaxUint64),
			lost("number 18446744073709552000", refused), same("bigint 18446744073709551615"), same("int 18446744073709551615")),
		messageOf("`float64` 1.5", 1.5, same("number 1.5"), same("number 1.5"), same("float 1.5")),
		messageOf("`float64` 3, which Node writes as an integer", 3.0, same("number 3"), same("number 3"), same("float 3.0")),
		messageOf("`float64` +Inf", math.Inf(1), same("number Infinity"), same("number Infinity"), same("float inf")),
		messageOf("`float64` -0", negativeZero, lost("number -0", 0.0), lost("number -0", 0.0), same("float -0.0")),
		messageOf("`float32` 0.1", float32(0.1),
			same("number 0.10000000149011612"), same("number 0.10000000149011612"), same("float 0.10000000149011612")),
		messageOf("`bool` true", true, same("boolean true"), same("boolean true"), same("bool True")),
	}
}

func textRows() []messageRow {
	return []messageRow{
		messageOf("`string`, empty", "", same(`string ""`), same(`string ""`), same(`str ""`)),
		messageOf("`string`, any Unicode", "naïve 日本 🙂", same(`string "naïve 日本 🙂"`), same(`string "naïve 日本 🙂"`), same(`str "naïve 日本 🙂"`)),
		messageOf("`string` with a zero byte", "a\x00b", same(`string "a\u0000b"`), same(`string "a\u0000b"`), same(`str "a\u0000b"`)),
		messageOf("`[]byte`", []byte{0x00, 0xff}, same("Uint8Array 00ff"), same("Uint8Array 00ff"), same("bytes 00ff")),
		messageOf("`[]byte`, empty", []byte{}, same("Uint8Array"), same("Uint8Array"), same("bytes")),
		messageOf("`[]byte`, nil", []byte(nil), same("null"), same("null"), same("None")),
	}
}

func containerRows() []messageRow {
	ada := person{ID: 1 << 40, Name: "Ada", Payload: []byte{1}}
	return []messageRow{
		messageOf("`any`, nil", any(nil), same("null"), same("null"), same("None")),
		messageOf("`*int`, nil", (*int)(nil), same("null"), same("null"), same("None")),
		messageOf("`[]string`, nil", []string(nil), same("null"), same("null"), same("None")),
		messageOf("`[]string`, empty", []string{}, same("Array []"), same("Array []"), same("list []")),
		messageOf("`[]int`", []int{1, -2}, same("Array [number 1, number -2]"), same("Array [number 1, number -2]"), same("list [int 1, int -2]")),
		messageOf("`map[string]bool`", map[string]bool{"a": true},
			same("Object {a: boolean true}"), same("Object {a: boolean true}"), same("dict {a: bool True}")),
		messageOf("`map[int]string`, which Python reads with `strict_map_key=False`", map[int]string{1: "a"},
			lost(`Object {1: string "a"}`, refused), lost(`Object {1: string "a"}`, refused), same(`dict {1: str "a"}`)),
		messageOf("`map[bool]string`", map[bool]string{true: "a"},
			lost("DecodeError", map[bool]string(nil)), lost("DecodeError", map[bool]string(nil)), same(`dict {True: str "a"}`)),
		messageOf("a struct", ada,
			same(`Object {id: number 1099511627776, name: string "Ada", payload: Uint8Array 01, Parent: null}`),
			same(`Object {id: bigint 1099511627776, name: string "Ada", payload: Uint8Array 01, Parent: null}`),
			same(`dict {id: int 1099511627776, name: str "Ada", payload: bytes 01, Parent: None}`)),
		messageOf("`struct{}`", struct{}{}, same("Object {}"), same("Object {}"), same("dict {}")),
	}
}

func timeRows() []messageRow {
	return []messageRow{
		messageOf("`time.Time`, milliseconds", at(123e6),
			same("Date 2023-11-14T22:13:20.123Z"), same("Date 2023-11-14T22:13:20.123Z"), same("Timestamp 1700000000 s 123000000 ns")),
		messageOf("`time.Time`, nanoseconds", at(123456789),
			lost("Date 2023-11-14T22:13:20.123Z", at(123e6)), lost("Date 2023-11-14T22:13:20.123Z", at(123e6)),
			same("Timestamp 1700000000 s 123456789 ns")),
		messageOf("`time.Time` before 1970", time.Unix(-5, 0).UTC(),
			same("Date 1969-12-31T23:59:55.000Z"), same("Date 1969-12-31T23:59:55.000Z"), same("Timestamp -5 s 0 ns")),
		messageOf("`time.Time` after 2514", time.Unix(1<<35, 0).UTC(),
			same("Date 3058-10-26T03:46:08.000Z"), same("Date 3058-10-26T03:46:08.000Z"), same("Timestamp 34359738368 s 0 ns")),
		messageOf("`int64`, nanoseconds since 1970", at(123456789).UnixNano(),
			lost("number 1700000000123456800", refused), same("bigint 1700000000123456789"), same("int 1700000000123456789")),
		messageOf("`time.Duration`", time.Hour, same("number 3600000000000"), same("bigint 3600000000000"), same("int 3600000000000")),
	}
}

func unionRows() []messageRow {
	return []messageRow{
		unionOf[greeting](numbered, "a union, by number", hello{"Ada"}, same(`Array [number 1, Object {Name: string "Ada"}]`),
			same(`Array [number 1, Object {Name: string "Ada"}]`), same(`list [int 1, dict {Name: str "Ada"}]`)),
		unionOf[greeting](numbered, "a union, by a larger number", goodbye{},
			same("Array [number 300, Object {}]"), same("Array [number 300, Object {}]"), same("list [int 300, dict {}]")),
		unionOf[greeting](named, "a union, by name", hello{"Ada"}, same(`Array [string "hello", Object {Name: string "Ada"}]`),
			same(`Array [string "hello", Object {Name: string "Ada"}]`), same(`list [str "hello", dict {Name: str "Ada"}]`)),
	}
}
