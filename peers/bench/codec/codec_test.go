package codec

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tinylib/msgp/msgp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

// A library encodes and decodes one message in the fastest way that its documents show: into a buffer that is used again, if it
// can do that.
type library struct {
	name   string
	append func(dst []byte) ([]byte, error)
	decode func(p []byte) error
	got    func() any // what was decoded last
	want   any        // what was encoded
}

// Both messages are what ecosystems measure themselves with; the figures differ with the size of the payload.
var (
	aUser   = user{ID: 1 << 40, Name: "Ada Lovelace", Payload: bytes.Repeat([]byte{0xa5}, 64)}
	aRecord = record{A: 1 << 40, B: "hello world", C: true}

	messages = map[string][]library{
		"user":   libraries(aUser, generatedUser(aUser)),
		"record": libraries(aRecord, generatedRecord(aRecord)),
	}
)

// The name of what is compared with: the library that most Go programs use, as its documents use it.
const baseline = "msgpack-v5"

// generated has the methods that tinylib/msgp generates.
type generated[G any] interface {
	*G
	msgp.Marshaler
	msgp.Unmarshaler
}

// libraries returns what there is for the message v, which with generated methods is g.
func libraries[T, G any, P generated[G]](v T, g G) []library {
	return []library{
		ours("demarc", codec.Msgpack{}, &v),
		ours("demarc-generated", codec.Msgpack{}, &g),
		ours("demarc-json", codec.JSON{}, &v),
		rawMsgpack(&v),
		generatedAlone[G, P](&g),
		rawCBOR(&v),
		rawJSON(&v),
	}
}

func ours[T any](name string, c codec.Codec, v *T) library {
	got := new(T)
	return library{
		name:   name,
		append: func(dst []byte) ([]byte, error) { return c.Append(dst, v) },
		decode: func(p []byte) error { return c.Decode(p, got) },
		got:    func() any { return *got },
		want:   *v,
	}
}

// The others decode into a value that has been set to zero, as ours do by themselves: nothing of one message may be in the next.

func rawMsgpack[T any](v *T) library {
	got := new(T)
	return library{
		name:   baseline,
		append: func([]byte) ([]byte, error) { return msgpack.Marshal(v) },
		decode: func(p []byte) error { return msgpack.Unmarshal(p, zeroed(got)) },
		got:    func() any { return *got },
		want:   *v,
	}
}

func generatedAlone[G any, P generated[G]](g P) library {
	got := P(new(G))
	return library{
		name:   "msgp",
		append: func(dst []byte) ([]byte, error) { return g.MarshalMsg(dst) },
		decode: func(p []byte) error {
			_, err := P(zeroed((*G)(got))).UnmarshalMsg(p)
			return err
		},
		got:  func() any { return *got },
		want: *g,
	}
}

func rawCBOR[T any](v *T) library {
	mode, err := cbor.EncOptions{}.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	var buf bytes.Buffer
	got := new(T)
	return library{
		name: "cbor",
		append: func([]byte) ([]byte, error) {
			buf.Reset()
			err := mode.MarshalToBuffer(v, &buf)
			return buf.Bytes(), err
		},
		decode: func(p []byte) error { return cbor.Unmarshal(p, zeroed(got)) },
		got:    func() any { return *got },
		want:   *v,
	}
}

func rawJSON[T any](v *T) library {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	got := new(T)
	return library{
		name: "encoding-json",
		append: func([]byte) ([]byte, error) {
			buf.Reset()
			err := enc.Encode(v)
			return buf.Bytes(), err
		},
		decode: func(p []byte) error { return json.Unmarshal(p, zeroed(got)) },
		got:    func() any { return *got },
		want:   *v,
	}
}

func zeroed[T any](v *T) *T {
	var zero T
	*v = zero
	return v
}

// What is measured does what it is measured for.
func TestLibrariesRoundTrip(t *testing.T) {
	for message, libraries := range messages {
		for _, l := range libraries {
			p, err := l.append(nil)
			require.NoError(t, err)
			require.NoError(t, l.decode(p))
			assert.Equal(t, l.want, l.got(), "%s, %s", message, l.name)
		}
	}
}

// The payloads of all msgpack libraries are the same message to each of them.
func TestMsgpackLibrariesReadEachOther(t *testing.T) {
	for message, libraries := range messages {
		for _, from := range libraries[:5] {
			for _, to := range libraries[:5] {
				if from.name == "demarc-json" || to.name == "demarc-json" {
					continue
				}
				p, err := from.append(nil)
				require.NoError(t, err)
				require.NoError(t, to.decode(p))
				assert.Equal(t, to.want, to.got(), "%s, %s to %s", message, from.name, to.name)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	each(b, func(b *testing.B, l, base library) {
		turns(b, appending(l), appending(base), baseline)
		p, err := l.append(nil)
		require.NoError(b, err)
		b.ReportMetric(float64(len(p)), "wire-B")
	})
}

func BenchmarkDecode(b *testing.B) {
	each(b, func(b *testing.B, l, base library) { turns(b, decoding(b, l), decoding(b, base), baseline) })
}

// each runs f with each library for each message, and with the one that it is compared with.
func each(b *testing.B, f func(b *testing.B, l, base library)) {
	for _, message := range []string{"user", "record"} {
		for _, l := range messages[message] {
			b.Run(message+"/"+l.name, func(b *testing.B) { f(b, l, find(messages[message], baseline)) })
		}
	}
}

func find(libraries []library, name string) library {
	for _, l := range libraries {
		if l.name == name {
			return l
		}
	}
	panic(name)
}

// appending encodes into a buffer that is used again.
func appending(l library) contender {
	var buf []byte
	return func() (err error) {
		buf, err = l.append(buf[:0])
		return err
	}
}

func decoding(b *testing.B, l library) contender {
	p, err := l.append(nil)
	require.NoError(b, err)
	return func() error { return l.decode(p) }
}

// BenchmarkGenerated measures what the guard adds to generated methods: the time of ours, beside that of the methods alone and
// of the scan. What the scan of one message takes is a part of the scan of many: so it has no share in the cost of a call.
func BenchmarkGenerated(b *testing.B) {
	for _, message := range []string{"user", "record"} {
		ours, alone := find(messages[message], "demarc-generated"), find(messages[message], "msgp")
		p, err := alone.append(nil)
		require.NoError(b, err)
		b.Run("append/"+message, func(b *testing.B) { turns(b, appending(ours), both(appending(alone), scanning(p)), "msgp+scan") })
		b.Run("decode/"+message, func(b *testing.B) {
			turns(b, decoding(b, ours), both(decoding(b, alone), scanning(p)), "msgp+scan")
		})
	}
}

func both(a, b contender) contender {
	return func() error {
		if err := a(); err != nil {
			return err
		}
		return b()
	}
}

// scanning scans p once for each call, but does it for all calls of a batch at the last.
func scanning(p []byte) contender {
	many := append([]byte{0xdc, 0, batch}, bytes.Repeat(p, batch)...)
	calls := 0
	return func() error {
		if calls++; calls%batch != 0 {
			return nil
		}
		return codec.Msgpack{}.Decode(many, new(skipped))
	}
}
