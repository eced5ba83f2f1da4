package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// setting is a framing with its options, and a model that says whether a payload can be its frame.
type setting struct {
	args string
	fits func(payload []byte) bool
}

func always([]byte) bool { return true }

// without is the model of a delimiter: seen from the front, it must begin right behind the payload.
func without(delim string) func([]byte) bool {
	return func(payload []byte) bool {
		return bytes.Index(append(slices.Clone(payload), delim...), []byte(delim)) == len(payload)
	}
}

// kept is the model of a kept delimiter: seen from the front, it must end the payload.
func kept(delim string) func([]byte) bool {
	return func(payload []byte) bool {
		i := bytes.Index(payload, []byte(delim))
		return i >= 0 && i+len(delim) == len(payload)
	}
}

var settings = map[string][]setting{
	"varint": {
		{"", always},
		{"-lenient -bits 64", always},
		{"-bits 32", always},
	},
	"delimiter": {
		{"", without("\n")},
		{`-delim \r\n`, without("\r\n")},
		{`-delim 0x7e7e -tail`, without("~~")},
		{`-delim \x00 -keep`, kept("\x00")},
	},
	"fixed": {
		{"", always},
		{"-width 2 -little-endian -signed -counts all", always},
		{"-magic 0x00ff -before 1 -width 3 -after 2 -counts 2", always},
		{"-width 8 -after 2 -keep-head 2", func(p []byte) bool { return len(p) >= 2 }},
		{"-width 2 -counts all -keep-head all", func(p []byte) bool {
			return len(p) >= 2 && int(binary.BigEndian.Uint16(p)) == len(p)
		}},
		{"-no-empty", func(p []byte) bool { return len(p) > 0 }},
	},
	"records": {
		{"-size 1", func(p []byte) bool { return len(p) == 1 }},
		{"-size 3", func(p []byte) bool { return len(p) == 3 }},
	},
	"lines": {
		{"", func(p []byte) bool { return holdsNone(p, "\n") && !bytes.HasSuffix(p, []byte("\r")) }},
		{"-tail", func(p []byte) bool { return holdsNone(p, "\n") && !bytes.HasSuffix(p, []byte("\r")) }},
		{"-crlf", func(p []byte) bool { return holdsNone(p, "\n") }},
		{"-strict", func(p []byte) bool { return holdsNone(p, "\r\n") }},
		{"-keep", kept("\n")},
		{"-strict -keep", func(p []byte) bool {
			line, ok := bytes.CutSuffix(p, []byte("\r\n"))
			return ok && holdsNone(line, "\r\n")
		}},
	},
	"netstring": {{"", always}},
	"cobs":      {{"", always}},
	"slip":      {{"", func(p []byte) bool { return len(p) > 0 }}},
	"header": {
		{"", always},
		{"-name Size -exact-case", always},
		{"-lenient -max-block 64", always},
		{"-keep", func([]byte) bool { return false }}, // none that is drawn here begins with a header
	},
}

// holdsNone reports whether p holds none of the bytes of chars.
func holdsNone(p []byte, chars string) bool {
	return !slices.ContainsFunc(p, func(b byte) bool { return strings.IndexByte(chars, b) >= 0 })
}

func TestSettingsAreComplete(t *testing.T) {
	for _, f := range framings {
		assert.NotEmpty(t, settings[f.name], f.name)
	}
}

// TestRoundTrip: decode(encode(payloads)) == payloads, however the bytes are split on both ways; and a payload that cannot be
// a frame is refused by its number.
func TestRoundTrip(t *testing.T) {
	var all []setting
	for name, list := range settings {
		for _, s := range list {
			all = append(all, setting{"-framing " + name + " " + s.args, s.fits})
		}
	}
	slices.SortFunc(all, func(a, b setting) int { return strings.Compare(a.args, b.args) })
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, rapid.SampledFrom(all).Draw(t, "setting")) })
}

func (s setting) String() string { return s.args }

// stuffs reports whether a payload may look different on the wire.
func (s setting) stuffs() bool {
	return strings.Contains(s.args, "cobs") || strings.Contains(s.args, "slip")
}

// encode returns the frame of one payload.
func (s setting) encode(t *rapid.T, payload []byte) string {
	got := demarc(strings.NewReader(fmt.Sprintf("%x\n", payload)), words("encode -hex "+s.args)...)
	require.Equal(t, 0, got.code, got.stderr)
	return got.stdout
}

func roundTrip(t *rapid.T, s setting) {
	payloads := rapid.SliceOfN(fuzz.Payloads(300), 0, 8).Draw(t, "payloads")
	if rapid.Bool().Draw(t, "with an end") {
		end := rapid.SampledFrom([]string{"\x00", "\n", "\r\n"}).Draw(t, "end")
		for i := range payloads {
			payloads[i] = append(payloads[i], end...) // so that kept delimiters are seen too
		}
	}
	var lines strings.Builder
	for _, p := range payloads {
		fmt.Fprintf(&lines, "%x\n", p)
	}
	plan := fuzz.Plans().Draw(t, "plan")

	encoded := demarc(fuzz.NewReader(strings.NewReader(lines.String()), plan), words("encode -hex "+s.args)...)
	bad := slices.IndexFunc(payloads, func(p []byte) bool { return !s.fits(p) })
	if bad >= 0 {
		require.Equal(t, 5, encoded.code)
		require.Regexp(t, regexp.MustCompile(fmt.Sprintf("^demarc: payload %d: ", bad+1)), encoded.stderr)
		payloads = payloads[:bad]
	} else {
		require.Equal(t, result{stdout: encoded.stdout}, encoded)
	}

	decoded := demarc(fuzz.NewReader(strings.NewReader(encoded.stdout), plan), words("decode -json "+s.args)...)
	require.Equal(t, result{stdout: decoded.stdout}, decoded)
	checkRows(t, s, payloads, encoded.stdout, decoded.stdout)
}

// checkRows compares the rows of decode with the payloads and with the bytes of the stream.
func checkRows(t *rapid.T, s setting, payloads [][]byte, stream, rows string) {
	scanner := bufio.NewScanner(strings.NewReader(rows))
	for i, payload := range payloads {
		require.True(t, scanner.Scan(), "row %d", i)
		var row struct {
			Offset          int
			Prefix, Payload string
			Length          int
			Text            *string
		}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &row))
		require.Equal(t, hex.EncodeToString(payload), row.Payload)
		require.Equal(t, len(payload), row.Length)
		prefix, err := hex.DecodeString(row.Prefix)
		require.NoError(t, err)
		wire := string(prefix) + string(payload)
		if s.stuffs() {
			wire = s.encode(t, payload)
		}
		require.True(t, strings.HasPrefix(stream[row.Offset:], wire))
		if row.Text != nil {
			require.Equal(t, string(payload), *row.Text)
		}
	}
	require.False(t, scanner.Scan(), "one row too many")
}
