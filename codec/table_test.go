package codec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

type short struct{ A int }

// changes are payloads that some decoder changes without a word. The targets are not empty, as those of a program that uses
// a variable twice.
var changes = []struct {
	name    string
	msgpack string
	json    string
	target  func() any
}{
	{"300 into a uint8", "cd 01 2c", "300", func() any { return new(uint8) }},
	{"-1 into a uint64", "ff", "-1", func() any { return new(uint64) }},
	{"2^64-1 into an int64", "cf ff ff ff ff ff ff ff ff", "18446744073709551615", func() any { return new(int64) }},
	{"2^53+1 into a float64", "cf 00 20 00 00 00 00 00 01", "9007199254740993", func() any { return new(float64) }},
	{"3.5 into an int", "cb 40 0c 00 00 00 00 00 00", "3.5", func() any { return new(int) }},
	{"3.0 into an int", "cb 40 08 00 00 00 00 00 00", "3.0", func() any { return new(int) }},
	{"0.1 of 64 bits into a float32", "cb 3f b9 99 99 99 99 99 9a", "0.1", func() any { return new(float32) }},
	{"0.5 of 64 bits into a float32", "cb 3f e0 00 00 00 00 00 00", "0.5", func() any { return new(float32) }},
	{"nil into an int that is 7", "c0", "null", func() any { i := 7; return &i }},
	{"nil into a slice that is [x]", "c0", "null", func() any { return &[]string{"x"} }},
	{"nil into a struct that is {7}", "c0", "null", func() any { return &short{7} }},
	{"nil into an array that is [8 9]", "c0", "null", func() any { return &[2]int{8, 9} }},
	{"[1] into an array that is [8 9]", "91 01", "[1]", func() any { return &[2]int{8, 9} }},
	{"[1 2 3] into a [2]int", "93 01 02 03", "[1,2,3]", func() any { return new([2]int) }},
	{"[{}] into a slice that is [{7}]", "91 80", "[{}]", func() any { return &[]short{{7}} }},
	{"two values", "01 02", "1 2", func() any { return new(int) }},
	{"a key twice, into a struct", "82 a1 41 01 a1 41 02", `{"A":1,"A":2}`, func() any { return new(short) }},
	{"a key twice, into a map", "82 a1 41 01 a1 41 02", `{"A":1,"A":2}`, func() any { return new(map[string]int) }},
	{"a key twice, into an any field", "82 a1 58 01 a1 58 02", `{"X":1,"X":2}`, func() any { return new(boxed) }},
	{"a string that is not UTF-8", "a1 ff", "\"\xff\"", func() any { return new(string) }},
	{"bytes into a string", "c4 01 61", "", func() any { return new(string) }},
	{"a string into a []byte", "a1 61", "", func() any { return new([]byte) }},
	{"2^53+1 into an any", "cf 00 20 00 00 00 00 00 01", "9007199254740993", func() any { return new(any) }},
	{"a map with a number as key into an any", "81 01 02", "", func() any { return new(any) }},
	{"a map with nil as key", "81 c0 01", "", func() any { return new(map[string]int) }},
	{"an ext with the bytes of a map, into a map", "d6 05 81 a1 41 07", "", func() any { return new(map[string]int) }},
	{"a field that is not there", "81 a1 5a 01", `{"Z":1}`, func() any { return new(short) }},
	{"a field in another case", "81 a1 61 01", `{"a":1}`, func() any { return new(short) }},
}

// outcome says in a word what decode makes of a payload.
func outcome(decode func([]byte, any) error, payload []byte, target any) (says string) {
	defer func() {
		if recover() != nil {
			says = "panic"
		}
	}()
	err := decode(payload, target)
	if e, ok := errors.AsType[*codec.Error](err); ok {
		for name, class := range map[string]error{
			"ErrRange": codec.ErrRange, "ErrValue": codec.ErrValue, "ErrTrailing": codec.ErrTrailing, "ErrDuplicateKey": codec.ErrDuplicateKey,
			"ErrUTF8": codec.ErrUTF8, "ErrMapKey": codec.ErrMapKey, "ErrExt": codec.ErrExt,
		} {
			if e.Err == class {
				return name
			}
		}
	}
	if err != nil {
		return "error"
	}
	switch v := reflect.ValueOf(target).Elem().Interface().(type) {
	case string, []byte:
		return fmt.Sprintf("%q", v)
	case float64:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprint(v)
	}
}

// The table in docs/codec.md says what happens. What it says of CBOR, peers/bench can tell.
func TestTheTableInTheDocuments(t *testing.T) {
	document, err := os.ReadFile("../docs/codec.md")
	require.NoError(t, err)
	for _, c := range changes {
		p := unhex(t, c.msgpack)
		row := []string{"", c.name, outcome(codec.Msgpack{}.Decode, p, c.target()), outcome(msgpack.Unmarshal, p, c.target()), "", "", ""}
		if c.json != "" {
			row[4] = outcome(codec.JSON{}.Decode, []byte(c.json), c.target())
			row[5] = outcome(json.Unmarshal, []byte(c.json), c.target())
		} else {
			row[4], row[5] = "-", "-"
		}
		line := strings.TrimLeft(strings.Join(row, " | "), " ")
		assert.Contains(t, string(document), line)
	}
}
