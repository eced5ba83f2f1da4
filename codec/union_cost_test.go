package codec_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

func TestUnionForManyGoroutines(t *testing.T) {
	for _, u := range shapeUnions()[:6] {
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 50 {
					sent := shape(circle{int64(g*100 + i), strings.Repeat("x", i)})
					payload, err := u.Append(nil, sent)
					assert.NoError(t, err)
					var got shape
					assert.NoError(t, u.Decode(payload, &got))
					assert.Equal(t, sent, *got.(*circle))
					assert.Error(t, u.Decode(payload[:len(payload)/2], &got))
				}
			})
		}
		wg.Wait()
	}
}

// leastAllocs returns how many times f allocates when the pools are warm: the least of some runs.
func leastAllocs(f func()) uint64 {
	least := ^uint64(0)
	for range 30 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}

// A message that was received is one allocation, and what it holds. What is sent costs nothing.
func TestUnionAllocations(t *testing.T) {
	for _, u := range shapeUnions()[:2] {
		for _, sent := range []shape{square{7}, &square{7}, circle{Radius: 7}, &circle{Radius: 7}, blank("")} {
			buf := make([]byte, 0, 100)
			assert.Zero(t, leastAllocs(func() { buf, _ = u.Append(buf[:0], sent) }), "%s, %T", u.Name(), sent)
			var got shape
			assert.EqualValues(t, 1, leastAllocs(func() { _ = u.Decode(buf, &got) }), "%s, %T", u.Name(), sent)
		}
	}
}

// BenchmarkUnion measures what the tag costs, beside the same message without one.
func BenchmarkUnion(b *testing.B) {
	u, v := codec.MustUnion(codec.Msgpack{}, byNumber), &circle{Radius: 1 << 40, Label: "hello world"}
	for _, c := range []codec.Codec{codec.Msgpack{}, u} {
		payload, err := c.Append(nil, v)
		require.NoError(b, err)
		b.Run("append/"+c.Name(), func(b *testing.B) { benchAppend(b, c, v) })
		var got shape
		var ptr any = &got
		if c != codec.Codec(u) {
			ptr = new(circle)
		}
		b.Run("decode/"+c.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Decode(payload, ptr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
