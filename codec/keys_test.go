package codec_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// Keys are the same when msgpack/v5 could read them as the same, in whatever way they are written.
func TestDuplicateKeysAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "keys")
		p := []byte{0xde, 0, byte(n)}
		seen := map[string]bool{}
		for range n {
			same, wire := drawKey(t)
			seen[same] = true
			p = append(append(p, wire...), 0x01)
		}
		err := codec.Msgpack{}.Scan(p)
		if len(seen) < n {
			require.ErrorIs(t, err, codec.ErrDuplicateKey)
		} else {
			require.NoError(t, err)
		}
	})
}

// drawKey draws a map key, and a name that all keys have that are the same.
func drawKey(t *rapid.T) (same string, wire []byte) {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		b := rapid.SampledFrom([]byte{0xc2, 0xc3}).Draw(t, "bool")
		return fmt.Sprint("bool ", b), []byte{b}
	case 1:
		return "text ", []byte{0xa0}
	case 2, 3, 4, 5:
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 18, -1).Draw(t, "text")
		head := rapid.SampledFrom([][]byte{{0xa0 | byte(len(s))}, {0xd9, byte(len(s))}, {0xc4, byte(len(s))}}).Draw(t, "head")
		return "text " + s, append(head, s...)
	case 6:
		wire := binary.BigEndian.AppendUint64([]byte{0xcf}, rapid.Uint64().Draw(t, "uint"))
		return fmt.Sprint("number ", binary.BigEndian.Uint64(wire[1:])), wire
	}
	i := rapid.Int8Range(-4, 4).Draw(t, "int")
	return fmt.Sprint("number ", i), rapid.SampledFrom([][]byte{
		{byte(i)},
		{0xd0, byte(i)},
		binary.BigEndian.AppendUint16([]byte{0xd1}, uint16(i)),
		binary.BigEndian.AppendUint32([]byte{0xd2}, uint32(i)),
		binary.BigEndian.AppendUint64([]byte{0xd3}, uint64(i)),
	}).Draw(t, "form")
}

// bigMap returns a map of n entries, long keys and short ones, whose values are the given one.
func bigMap(n int, value []byte) []byte {
	p := []byte{0xde, byte(n >> 8), byte(n)}
	for i := range n {
		p = append(appendKey(p, i), value...)
	}
	return p
}

// appendKey appends the key number i of a bigMap.
func appendKey(p []byte, i int) []byte {
	if i%2 == 0 {
		return binary.BigEndian.AppendUint32([]byte(append(p, 0xce)), uint32(i))
	}
	s := fmt.Sprintf("the key with the number %d", i)
	return append(append(p, 0xd9, byte(len(s))), s...)
}

func TestDuplicateKeysAreFoundInBigMaps(t *testing.T) {
	for _, n := range []int{codec.Pairs - 1, codec.Pairs, codec.Pairs + 1, 4 * codec.Pairs, 1000} {
		for _, value := range [][]byte{{0x01}, bigMap(2*codec.Pairs, []byte{0x01}), {0x91, 0x80}} {
			c := codec.Msgpack{MaxElements: -1}
			p := bigMap(n, value)
			require.NoError(t, c.Scan(p))
			p[1], p[2] = byte((n+1)>>8), byte(n+1)
			require.NoError(t, c.Scan(append(appendKey(p, n), 0x01)))
			for again := 0; again < n; again += 1 + n/10 {
				e := asError(t, codec.ErrDuplicateKey, "msgpack", "scan", c.Scan(append(appendKey(p[:len(p):len(p)], again), 0x01)))
				assert.Equal(t, len(p), e.Offset)
				assert.Less(t, int(e.Found), len(p))
			}
		}
	}
}

func TestTheLargestMap(t *testing.T) {
	p := bigMap(32_767, []byte{0x01})
	require.NoError(t, codec.Msgpack{}.Scan(p))
	p[1], p[2] = 0x80, 0x00
	require.ErrorIs(t, codec.Msgpack{MaxElements: -1}.Scan(append(appendKey(p, 32_766), 0x01)), codec.ErrDuplicateKey)
}

// A key is found after a look or two, however many there are: a big map takes linear time.
func TestKeysOfBigMapsAreFoundAtOnce(t *testing.T) {
	for _, n := range []int{codec.Pairs + 1, 1000, 32_000, 500_000} {
		assert.Less(t, codec.ProbesPerKey(n), 4.0, "%d keys", n)
	}
}

func TestScanGivesLargeBuffersBack(t *testing.T) {
	kept := codec.KeysKeptAfter(bigMap(32_767, []byte{0x01}))
	assert.Zero(t, kept)
	assert.Positive(t, codec.KeysKeptAfter(bigMap(100, []byte{0x01})))
}

func TestAKeyTwiceWhenAllowed(t *testing.T) {
	c := codec.Msgpack{AllowDuplicateKeys: true}
	type message struct {
		X any
		L []plain
		P plain
		A [1]plain
		N *plain
		R msgpack.RawMessage
	}
	once := "a1 58 91 01 a1 4c 92 81 a1 41 01 80 a1 50 82 a1 41 01 a1 42 a1 78 a1 41 91 81 a1 41 01 a1 4e 80 a1 52 07"
	again := "a1 58 02 a1 4c 91 80 a1 50 81 a1 41 02 a1 41 91 80 a1 4e c0 a1 52 c0"
	var got message
	require.NoError(t, c.Decode(unhex(t, "8c"+once+again), &got))
	assert.Equal(t, message{X: int8(2), L: []plain{{}}, P: plain{A: 2}}, got, "the last one wins, and nothing of the first is left")
}
