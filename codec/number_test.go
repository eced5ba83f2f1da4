package codec_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

func TestNumbersThatDoNotFitAreErrors(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		target  any
		says    string
	}{
		{"300 into uint8", "cd 01 2c", new(uint8), "300 does not fit uint8"},
		{"70000 into int16", "ce 00 01 11 70", new(int16), "70000 does not fit int16"},
		{"-1 into uint8", "ff", new(uint8), "-1 does not fit uint8"},
		{"-1 into uint64", "ff", new(uint64), "-1 does not fit uint64"},
		{"-129 into int8", "d1 ff 7f", new(int8), "-129 does not fit int8"},
		{"2^64-1 into int64", "cf ff ff ff ff ff ff ff ff", new(int64), "18446744073709551615 does not fit int64"},
		{"2^63 into int64", "cf 80 00 00 00 00 00 00 00", new(int64), "9223372036854775808 does not fit int64"},
		{"2^32 into uint32", "cf 00 00 00 01 00 00 00 00", new(uint32), "4294967296 does not fit uint32"},
		{"2^53+1 into float64", "cf 00 20 00 00 00 00 00 01", new(float64), "9007199254740993 does not fit float64"},
		{"-2^53-1 into float64", "d3 ff df ff ff ff ff ff ff", new(float64), "-9007199254740993 does not fit float64"},
		{"2^64-1 into float64", "cf ff ff ff ff ff ff ff ff", new(float64), "18446744073709551615 does not fit float64"},
		{"2^63-1 into float64", "cf 7f ff ff ff ff ff ff ff", new(float64), "9223372036854775807 does not fit float64"},
		{"2^24+1 into float32", "ce 01 00 00 01", new(float32), "16777217 does not fit float32"},
		{"0.1 into float32", "cb 3f b9 99 99 99 99 99 9a", new(float32), "0.1 does not fit float32"},
		{"1e300 into float32", "cb 7e 37 e4 3c 88 00 75 9c", new(float32), "1e+300 does not fit float32"},
		{"in a field", "81 a2 55 38 cd 01 2c", new(kinds), "300 does not fit uint8"},
		{"in a named type", "92 01 cd 01 2c", new([]small8), "300 does not fit codec_test.small8"},
		{"as a key", "81 cd 01 2c 01", new(map[int8]int), "300 does not fit int8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := unhex(t, tt.payload)
			e := asError(t, codec.ErrRange, "msgpack", "decode", codec.Msgpack{}.Decode(p, tt.target))
			assert.ErrorContains(t, e, tt.says)
			assert.True(t, reflect.ValueOf(tt.target).Elem().IsZero())
		})
	}
}

type small8 int8

// That these wrap in silence is why the codec does not leave it to the library.
func TestTheRawLibraryChangesNumbers(t *testing.T) {
	var u8 uint8
	require.NoError(t, msgpack.Unmarshal(unhex(t, "cd 01 2c"), &u8))
	assert.Equal(t, uint8(44), u8, "300")
	var u64 uint64
	require.NoError(t, msgpack.Unmarshal(unhex(t, "ff"), &u64))
	assert.Equal(t, uint64(math.MaxUint64), u64, "-1")
	var f float64
	require.NoError(t, msgpack.Unmarshal(unhex(t, "cf 00 20 00 00 00 00 00 01"), &f))
	assert.Equal(t, float64(1<<53), f, "2^53+1")
}

func TestOffsetOfANumber(t *testing.T) {
	e := asError(t, codec.ErrRange, "msgpack", "decode", codec.Msgpack{}.Decode(unhex(t, "82 a2 49 38 01 a2 55 38 cd 01 2c"), new(kinds)))
	assert.Equal(t, 8, e.Offset)
}

func TestNumbersThatFit(t *testing.T) {
	tests := []struct {
		payload string
		want    any
	}{
		{"d3 00 00 00 00 00 00 00 05", uint8(5)},
		{"d3 ff ff ff ff ff ff ff 80", int8(-128)},
		{"cc ff", uint8(255)},
		{"cf 7f ff ff ff ff ff ff ff", int64(math.MaxInt64)},
		{"d3 80 00 00 00 00 00 00 00", int64(math.MinInt64)},
		{"cf ff ff ff ff ff ff ff ff", uint64(math.MaxUint64)},
		{"d3 80 00 00 00 00 00 00 00", float64(math.MinInt64)},
		{"cf 80 00 00 00 00 00 00 00", float64(1 << 63)},
		{"07", 7.0},
		{"ff", float32(-1)},
		{"ca 3f 00 00 00", 0.5},
		{"cb 3f e0 00 00 00 00 00 00", float32(0.5)},
		{"cb 7f f0 00 00 00 00 00 00", float32(math.Inf(1))},
		{"c0", 0},
		{"c0", false},
		{"c0", ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s is %T", tt.payload, tt.want), func(t *testing.T) {
			got := reflect.New(reflect.TypeOf(tt.want))
			require.NoError(t, codec.Msgpack{}.Decode(unhex(t, tt.payload), got.Interface()))
			assert.Equal(t, tt.want, got.Elem().Interface())
		})
	}
	var f float32
	require.NoError(t, codec.Msgpack{}.Decode(unhex(t, "cb 7f f8 00 00 00 00 00 00"), &f))
	assert.True(t, math.IsNaN(float64(f)))
}

// A number is never changed: what a target of any width reads is what was written, or it is an error.
func TestNumbersAreNeverChanged(t *testing.T) {
	targets := []any{
		new(int8), new(int16), new(int32), new(int64), new(int), new(uint8), new(uint16), new(uint32), new(uint64), new(uint),
		new(float32), new(float64),
	}
	edge := rapid.SampledFrom([]int64{0, 127, 128, 255, 256, 32767, 65535, 1 << 24, 1 << 31, 1 << 32, 1 << 53, 1<<62 + 1<<61})
	rapid.Check(t, func(t *rapid.T) {
		n := edge.Draw(t, "edge") + rapid.Int64Range(-2, 2).Draw(t, "step")
		if rapid.Bool().Draw(t, "negative") {
			n = -n
		}
		p, err := codec.Msgpack{}.Append(nil, n)
		require.NoError(t, err)
		for _, target := range targets {
			err := codec.Msgpack{}.Decode(p, target)
			v := reflect.ValueOf(target).Elem()
			fits := fits(v, n)
			if !fits {
				require.ErrorIs(t, err, codec.ErrRange, "%d into %T", n, target)
				continue
			}
			require.NoError(t, err, "%d into %T", n, target)
			require.Equal(t, n, held(v), "%T", target)
		}
	})
}

// fits reports whether a variable like v can hold n.
func fits(v reflect.Value, n int64) bool {
	switch {
	case v.CanInt():
		return !v.OverflowInt(n)
	case v.CanUint():
		return n >= 0 && !v.OverflowUint(uint64(n))
	case v.Kind() == reflect.Float32:
		return int64(float32(n)) == n
	}
	return int64(float64(n)) == n
}

// held returns the whole number in v.
func held(v reflect.Value) int64 {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	}
	return int64(v.Float())
}
