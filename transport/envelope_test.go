package transport

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawEnvelope draws an envelope with the fields that its kind has.
func drawEnvelope(t *rapid.T) envelope {
	e := envelope{
		kind:    rapid.SampledFrom([]kind{kindHello, kindRequest, kindResponse, kindError, kindCancel, kindGoaway}).Draw(t, "kind"),
		payload: []byte{},
	}
	if e.kind != kindHello {
		e.id = rapid.Uint64().Draw(t, "id")
	}
	if e.kind != kindCancel {
		e.payload = rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
	}
	switch e.kind {
	case kindRequest:
		e.timeout = time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "µs")) * time.Microsecond
		e.method = []byte(rapid.StringN(1, 60, maxMethod).Draw(t, "method"))
	case kindError:
		e.refused = rapid.Bool().Draw(t, "refused")
		e.code = Code(rapid.Uint8Min(1).Draw(t, "code"))
	case kindGoaway:
		e.code = Code(rapid.Uint8().Draw(t, "code"))
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

func TestEnvelopeBytes(t *testing.T) {
	tests := []struct {
		name     string
		hex      string
		envelope envelope
	}{
		{"request", "02 05 e807 03 676574 6869", envelope{kind: kindRequest, id: 5, timeout: time.Millisecond, method: []byte("get"), payload: []byte("hi")}},
		{"request without a deadline", "02 ac02 00 01 67", envelope{kind: kindRequest, id: 300, method: []byte("g"), payload: []byte{}}},
		{"response", "03 01 6869", envelope{kind: kindResponse, id: 1, payload: []byte("hi")}},
		{"error", "04 01 05 6e6f", envelope{kind: kindError, id: 1, code: NotFound, payload: []byte("no")}},
		{"refusal", "14 01 08", envelope{kind: kindError, id: 1, code: ResourceExhausted, refused: true, payload: []byte{}}},
		{"cancel", "06 07", envelope{kind: kindCancel, id: 7, payload: []byte{}}},
		{"goaway", "0c 07 00 627965", envelope{kind: kindGoaway, id: 7, payload: []byte("bye")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
			require.NoError(t, err)
			assert.Equal(t, wire, tt.envelope.append(nil))
			got, err := parse(wire)
			require.NoError(t, err)
			assert.Equal(t, tt.envelope, got)
		})
	}
}

func TestEnvelopeRefusesWhatIsMalformed(t *testing.T) {
	tests := []struct{ name, hex, says string }{
		{"empty", "", "it is empty"},
		{"kind 0", "00 01", "kind 0 is not known"},
		{"kind 13", "0d 01", "kind 13 is not known"},
		{"a reserved kind", "0a 01", "kind 10 is not known"},
		{"a flag that is not known", "22 01 00 01 67", "flags 0x20 on kind 2"},
		{"a flag on another kind", "13 01", "flags 0x10 on kind 3"},
		{"no id", "03", "id is no varint"},
		{"id cut off", "03 80", "id is no varint"},
		{"id of 65 bits", "03 ffffffffffffffffff02", "id is no varint"},
		{"id not minimal", "03 8100", "id is not in minimal form"},
		{"timeout of 2^63 ns", "02 01 ffffffffffffffff7f 01 67", "timeout is"},
		{"method longer than the envelope", "02 01 00 05 6765", "method has 5 bytes, and only 2 are left"},
		{"method of 256 bytes", "02 01 00 8002" + strings.Repeat("67", 256), "length of the method is 256"},
		{"method without a name", "02 01 00 00", "is no name"},
		{"method that is not UTF-8", "02 01 00 01 ff", "is no name"},
		{"error with code 0", "04 01 00", "code 0"},
		{"text of 4097 bytes", "0c 01 00" + strings.Repeat("61", maxText+1), "text of 4097 bytes"},
		{"code of 9 bits", "04 01 8002", "code is 256"},
		{"cancel with a payload", "06 01 00", "1 bytes follow the cancel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
			require.NoError(t, err)
			_, err = parse(wire)
			require.ErrorIs(t, err, errEnvelope)
			assert.ErrorContains(t, err, tt.says)
		})
	}
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

func TestHelloRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hello{
			codec:   rapid.StringN(0, 40, 200).Draw(t, "codec"),
			message: rapid.Uint64Max(1<<62).Draw(t, "message"),
			calls:   rapid.Uint64Max(1<<32).Draw(t, "calls"),
		}
		unknown := appendSetting(nil, rapid.Uint64Range(4, 1<<32).Draw(t, "number"), rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		got, err := parseHello(append(unknown, h.append(nil)...))
		require.NoError(t, err)
		require.Equal(t, h, got, "settings that are not known are skipped")
	})
}

func TestHelloWithoutSettings(t *testing.T) {
	got, err := parseHello(nil)
	require.NoError(t, err)
	assert.Equal(t, hello{codec: "", message: earlyMessage, calls: earlyCalls}, got)
}

func TestHelloRefusesWhatIsMalformed(t *testing.T) {
	tests := []struct {
		name     string
		settings []byte
	}{
		{"cut off in a number", []byte{0x80}},
		{"cut off in a length", []byte{1}},
		{"cut off in a value", []byte{1, 5, 'j'}},
		{"value is no varint", []byte{settingMessage, 1, 0x80}},
		{"codec is not UTF-8", []byte{settingCodec, 1, 0xff}},
		{"too many calls", append([]byte{settingCalls, 6}, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)},
		{"bytes behind a number", []byte{settingCalls, 2, 1, 1}},
		{"too long", appendSetting(nil, 99, make([]byte, maxHello))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseHello(tt.settings)
			assert.ErrorIs(t, err, errEnvelope)
		})
	}
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
		require.ErrorIs(t, err, errPreface)
		assert.ErrorContains(t, err, tt.says)
	}
}
