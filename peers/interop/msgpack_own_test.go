package interop_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
)

// An ownRow is a message that a peer makes by itself, and what Go makes of it.
type ownRow struct {
	name    string
	receive func(p []byte) (any, error)
	want    any
	class   error // of the error, or nil
}

func TestNodeOwnMessages(t *testing.T) {
	receive(t, frame.Varint{}, node(t, "own.js", "@msgpack/msgpack"), []ownRow{
		own("7", int8(7)),
		own("-1.0 is an integer", -1),
		own("the largest safe integer", int64(1<<53-1)),
		own("2 ** 53 is a float", float64(1<<53)),
		own("2n ** 64n - 1n", uint64(math.MaxUint64)),
		own("2 ** 32 with useBigInt64 is a float", float64(1<<32)),
		own("0.1", 0.1),
		own("undefined", (*int)(nil)),
		own("text", "naïve 日本 🙂"),
		refusedAs("half a surrogate pair is no UTF-8", codec.ErrUTF8),
		own("Uint8Array", []byte{0, 255}),
		own("an object with a field that Go does not have", person{ID: 7, Name: "Ada"}),
		own("a field that is undefined", person{ID: 8}),
		own("Date", at(123e6)),
		ownOf[greeting](numbered, "a union by number", hello{"Ada"}),
		ownOf[greeting](named, "a union by name", goodbye{}),
	})
}

func TestPythonOwnMessages(t *testing.T) {
	program := python(t, "msgpack", "python3-msgpack")
	receive(t, frame.Fixed{}, child(program, filepath.Join("python", "own.py")), []ownRow{
		own("7", int8(7)),
		own("-1.0 is a float", -1.0),
		own("2**64 - 1", uint64(math.MaxUint64)),
		own("0.1", 0.1),
		own("None", (*int)(nil)),
		own("text", "naïve 日本 🙂"),
		own("bytes", []byte{0, 255}),
		own("a tuple", [2]int{1, 2}),
		own("a dict with a key that Go does not have", person{ID: 7, Name: "Ada"}),
		own("a dict with a key that is a number", map[int]string{1: "a"}),
		own("datetime", at(123456e3)),
		own("Timestamp", at(123456789)),
		ownOf[greeting](numbered, "a union by number", hello{"Ada"}),
		ownOf[greeting](named, "a union by name", goodbye{}),
	})
}

func own[T any](name string, want T) ownRow { return ownOf(msgpackWithTimes, name, want) }

// ownOf is a row of a message that c reads into a T.
func ownOf[T any](c codec.Codec, name string, want T) ownRow {
	return ownRow{name, func(p []byte) (any, error) {
		var got T
		err := c.Decode(p, &got)
		return got, err
	}, want, nil}
}

// refusedAs is a row of a message that Go refuses, with an error of that class.
func refusedAs(name string, class error) ownRow {
	row := own(name, "")
	row.class = class
	return row
}

func receive(t *testing.T, framing frame.Framing, start func(*testing.T) remote, rows []ownRow) {
	peer := start(t)
	require.NoError(t, peer.closeWrite())
	payloads, err := read(peer, framing)
	require.NoError(t, err)
	require.NoError(t, peer.wait())
	require.Len(t, payloads, len(rows))
	for i, row := range rows {
		got, err := row.receive(payloads[i])
		require.ErrorIs(t, err, row.class, row.name)
		assert.Equal(t, row.want, got, row.name)
	}
}
