package transport

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyKind draws one of the kinds that mean something.
func anyKind() *rapid.Generator[kind] {
	return rapid.Map(rapid.IntRange(int(kindHello), int(kindGoaway)), func(k int) kind { return kind(k) })
}

// anyMetadata draws metadata that may be sent.
func anyMetadata() *rapid.Generator[Metadata] {
	key := rapid.StringMatching(`[!-~]{1,20}`)
	value := rapid.StringN(0, 50, -1)
	return rapid.Map(rapid.MapOfN(key, value, 0, 5), func(m map[string]string) Metadata { return m })
}

// drawEnvelope draws an envelope with the fields that its kind has.
func drawEnvelope(t *rapid.T) envelope {
	e := envelope{kind: anyKind().Draw(t, "kind"), payload: []byte{}}
	if e.kind.hasID() {
		e.id = rapid.Uint64().Draw(t, "id")
	}
	if kinds[e.kind].flags&flagMetadata != 0 {
		e.metadata, _ = anyMetadata().Draw(t, "metadata").entries()
	}
	switch e.kind {
	case kindRequest:
		e.timeout = time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "µs")) * time.Microsecond
		e.flags = rapid.SampledFrom([]byte{0, flagUpload, flagDownload, flagUpload | flagDownload}).Draw(t, "flags")
	case kindError:
		e.flags = rapid.SampledFrom([]byte{0, flagRefused}).Draw(t, "flags")
		e.code = Code(rapid.Uint8Min(1).Draw(t, "code"))
	case kindGoaway:
		e.code = Code(rapid.Uint8().Draw(t, "code"))
	case kindCredit:
		e.amount = rapid.Uint64Range(1, maxCredit).Draw(t, "amount")
	}
	switch e.kind {
	case kindRequest, kindNotify:
		e.method = []byte(rapid.StringN(1, 60, maxMethod).Draw(t, "method"))
	}
	switch e.kind {
	case kindError, kindGoaway:
		e.payload = []byte(rapid.StringN(0, 60, -1).Draw(t, "text"))
	case kindHello, kindRequest, kindResponse, kindNotify, kindData:
		if e.flags&flagUpload == 0 {
			e.payload = rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		}
	}
	return e
}

func TestEnvelopeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEnvelope(t)
		wire := e.append([]byte("before"))
		got, err := parse(wire[len("before"):])
		require.NoError(t, err)
		require.Equal(t, e, got)
		require.Equal(t, wire[len("before"):], got.append(nil), "an envelope has one form")
	})
}

// Whatever the bytes: an envelope, which gives the same bytes again, or an error; and no panic.
func TestParseIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEnvelope(t)
		wire := e.append(nil)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			wire[rapid.IntRange(0, len(wire)-1).Draw(t, "where")] = rapid.Byte().Draw(t, "what")
		}
		wire = wire[:rapid.IntRange(0, len(wire)).Draw(t, "length")]
		got, err := parse(wire)
		switch {
		case err != nil:
			require.ErrorIs(t, err, ErrProtocol)
		case !got.kind.optional():
			require.Equal(t, wire, got.append(nil))
		}
	})
}

func TestTimeoutIsRoundedUp(t *testing.T) {
	e := envelope{kind: kindRequest, id: 1, timeout: 1, method: []byte("m"), payload: []byte{}}
	got, err := parse(e.append(nil))
	require.NoError(t, err)
	assert.Equal(t, time.Microsecond, got.timeout, "a short time must not become no limit")
	e.timeout = math.MaxInt64
	got, err = parse(e.append(nil))
	require.NoError(t, err)
	assert.Equal(t, time.Duration(maxMicros)*time.Microsecond, got.timeout, "a far deadline is no error")
}

func TestMetadataRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		md := anyMetadata().Draw(t, "metadata")
		entries, err := md.entries()
		require.NoError(t, err)
		if len(md) == 0 {
			require.Nil(t, entries)
			require.Nil(t, parseMetadata(entries))
			return
		}
		require.NoError(t, checkEntries(entries))
		require.Equal(t, md, parseMetadata(entries))
	})
}

func TestHelloRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hello{
			codec:   rapid.StringN(0, 40, 200).Draw(t, "codec"),
			message: rapid.Uint64Max(maxSize).Draw(t, "message"),
			calls:   rapid.Uint64Max(maxCalls).Draw(t, "calls"),
			bytes:   rapid.Uint64Max(maxSize).Draw(t, "bytes"),
			credit:  rapid.Uint64Range(earlyCredit, maxCredit).Draw(t, "credit"),
			ping:    rapid.Uint64Range(1, maxSpacing).Draw(t, "ping"),
		}
		h.credentials = rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, "credentials")
		h.metadata, _ = anyMetadata().Draw(t, "metadata").entries()
		unknown := appendSetting(nil, rapid.Uint64Range(9, 1<<32).Draw(t, "number"), rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		got, err := parseHello(append(h.append(nil), unknown...))
		require.NoError(t, err)
		require.Equal(t, h, got, "settings that are not known are skipped")
	})
}

func TestHelloWithoutSettings(t *testing.T) {
	got, err := parseHello(nil)
	require.NoError(t, err)
	assert.Equal(t, earlyHello, got)
	assert.Equal(t, []byte{settingCodec, 0}, earlyHello.append(nil), "what holds anyway is not sent")
}

func TestHelloThatIsTooLong(t *testing.T) {
	_, err := parseHello(appendSetting(nil, 99, make([]byte, maxHello)))
	require.ErrorIs(t, err, ErrProtocol)
	assert.ErrorIs(t, hello{credentials: make([]byte, maxHello)}.check(), LimitMetadata)
	assert.NoError(t, hello{credentials: make([]byte, maxHello-30)}.check())
}

func TestStrangersAreNamed(t *testing.T) {
	tests := []struct{ sends, says string }{
		{"GET / HTTP/1.1\r\n", "HTTP"},
		{"\x16\x03\x01\x02\x00\x01\x00\x01", "TLS"},
		{"SSH-2.0-x\r\n", "SSH"},
		{"hello there", "text"},
		{preface[:7] + "\x02", "version 2, here 1"},
		{"\xd3DEMON\x00\x01", "begins with"},
		{preface[:3], "left after"},
	}
	for _, tt := range tests {
		err := readPreface(bytes.NewReader([]byte(tt.sends)))
		require.ErrorIs(t, err, ErrStranger)
		assert.ErrorContains(t, err, tt.says)
	}
}
