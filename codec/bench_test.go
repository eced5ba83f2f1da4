package codec_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

// sample is 34 bytes of msgpack.
type sample struct {
	ID   int64
	Name string
	OK   bool
}

var (
	small = &sample{ID: 1 << 40, Name: "hello world", OK: true}
	loose = map[string]any{"id": 7, "name": "Ada", "tags": []any{"a", "b", 3.5}, "inner": map[string]any{"ok": true}}
)

// payloadOf returns what c makes of v.
func payloadOf(b *testing.B, c codec.Codec, v any) []byte {
	p, err := c.Append(nil, v)
	require.NoError(b, err)
	return p
}

func benchAppend(b *testing.B, c codec.Codec, v any) {
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = c.Append(buf[:0], v); err != nil {
			b.Fatal(err)
		}
	}
}

func benchDecode[T any](b *testing.B, c codec.Codec, v any) {
	p := payloadOf(b, c, v)
	var got T
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if err := c.Decode(p, &got); err != nil {
			b.Fatal(err)
		}
	}
}

// The name "raw" stands for the library below, without a guard and as its documents use it.

func BenchmarkMsgpackAppend(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchAppend(b, codec.Msgpack{}, small) })
	b.Run("any", func(b *testing.B) { benchAppend(b, codec.Msgpack{}, loose) })
	for name, v := range map[string]any{"raw small": small, "raw any": loose} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := msgpack.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMsgpackDecode(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchDecode[sample](b, codec.Msgpack{}, small) })
	b.Run("any", func(b *testing.B) { benchDecode[any](b, codec.Msgpack{}, loose) })
	b.Run("raw small", func(b *testing.B) { benchRaw[sample](b, small) })
	b.Run("raw any", func(b *testing.B) { benchRaw[any](b, loose) })
}

// benchRaw decodes with msgpack/v5.
func benchRaw[T any](b *testing.B, v any) {
	p := payloadOf(b, codec.Msgpack{}, v)
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		var got T // it cannot decode into an any that is not nil
		if err := msgpack.Unmarshal(p, &got); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGenerated measures a type with generated methods through the codec, and beside it the methods and a scan, without the
// codec.
func BenchmarkGenerated(b *testing.B) {
	v := &generated{ID: 1 << 40, Name: "hello world", OK: true}
	p, scan := payloadOf(b, codec.Msgpack{}, v), codec.Msgpack{}.Scanner()
	var buf []byte
	var got generated
	b.Run("append", func(b *testing.B) {
		inTurns(b, func() error {
			var err error
			buf, err = codec.Msgpack{}.Append(buf[:0], v)
			return err
		}, func() error {
			var err error
			buf, err = v.MarshalMsg(buf[:0])
			return cmp.Or(err, scan(buf))
		})
	})
	b.Run("decode", func(b *testing.B) {
		inTurns(b, func() error {
			return codec.Msgpack{}.Decode(p, &got)
		}, func() error {
			got = generated{}
			_, err := got.UnmarshalMsg(p)
			return cmp.Or(err, scan(p))
		})
	})
}

// inTurns measures work and alone, which take turns, so that what else the machine does hurts both alike. It reports the median
// time of work, and how many times that of alone it is.
func inTurns(b *testing.B, work, alone func() error) {
	const turn = 200
	var times [2][]float64
	for b.Loop() {
		for i, do := range []func() error{work, alone} {
			begin := time.Now()
			for range turn {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
			times[i] = append(times[i], float64(time.Since(begin).Nanoseconds())/turn)
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	middle := len(times[0]) / 2
	b.ReportMetric(times[0][middle], "ns/op")
	b.ReportMetric(times[0][middle]/times[1][middle], "x/alone+scan")
}

func BenchmarkJSONAppend(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchAppend(b, codec.JSON{}, small) })
	b.Run("raw small", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(small); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkJSONDecode(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchDecode[sample](b, codec.JSON{}, small) })
	b.Run("raw small", func(b *testing.B) {
		p := payloadOf(b, codec.JSON{}, small)
		var got sample
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(p, &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScan measures the guard alone, with all its checks and with the structure only, and beside it the cheapest way to
// look at every byte.
func BenchmarkScan(b *testing.B) {
	payloads := map[string][]byte{"34 bytes": nil, "64 KiB": nil}
	many := make([]sample, 1872)
	for i := range many {
		many[i] = *small
	}
	for name, v := range map[string]any{"34 bytes": small, "64 KiB": many} {
		p, err := msgpack.Marshal(v)
		require.NoError(b, err)
		payloads[name] = p
	}
	structure := codec.Msgpack{AllowDuplicateKeys: true, AllowInvalidUTF8: true}
	for name, p := range payloads {
		scan := func(b *testing.B, f func() error) {
			b.ReportAllocs()
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.Run(name, func(b *testing.B) { f := codec.Msgpack{}.Scanner(); scan(b, func() error { return f(p) }) })
		b.Run(name+" structure", func(b *testing.B) { f := structure.Scanner(); scan(b, func() error { return f(p) }) })
		b.Run(name+" IndexByte", func(b *testing.B) { scan(b, func() error { bytes.IndexByte(p, 0xc1); return nil }) })
	}
}

// BenchmarkScanRefuses measures how soon a hostile payload is refused.
func BenchmarkScanRefuses(b *testing.B) {
	for name, p := range map[string][]byte{
		"announced":     unhex(b, "dd ff ff ff ff"),
		"deep":          repeat(1_000_000, 0x91),
		"nested claims": nestedBomb(16_383),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := (codec.Msgpack{}).Scan(p); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

func BenchmarkJSONScan(b *testing.B) {
	many := make([]sample, 1500)
	for i := range many {
		many[i] = *small
	}
	p := payloadOf(b, codec.JSON{}, many)
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if err := (codec.JSON{}).Scan(p); err != nil {
			b.Fatal(err)
		}
	}
}
