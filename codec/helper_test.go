package codec_test

import (
	"bytes"
	"encoding/hex"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// unhex turns hexadecimal digits, with spaces between them, into bytes.
func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	require.NoError(t, err)
	return b
}

// repeat returns head n times.
func repeat(n int, head ...byte) []byte { return bytes.Repeat(head, n) }

// leastBytes returns how many bytes f allocates when the pools are warm and nothing disturbs it: the least of some runs.
func leastBytes(f func()) uint64 {
	least := ^uint64(0)
	for range 30 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// meanBytes returns how many bytes f allocates in the mean.
func meanBytes(f func()) uint64 {
	const runs = 300
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

// errorBytes is more than an Error takes.
const errorBytes = 256

// asError asserts that err is an Error of the class want, of the codec and the operation that are given.
func asError(t *testing.T, want error, name, op string, err error) *codec.Error {
	t.Helper()
	var e *codec.Error
	require.ErrorAs(t, err, &e)
	assert.ErrorIs(t, e, want)
	assert.Equal(t, name, e.Codec)
	assert.Equal(t, op, e.Op)
	assert.True(t, strings.HasPrefix(e.Error(), "codec: "+want.Error()+": "+name+" "+op), e.Error())
	return e
}
