package transport

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readVectors reads a file of docs/vectors into v.
func readVectors(t *testing.T, file string, v any) {
	t.Helper()
	text, err := os.ReadFile("../docs/vectors/" + file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, v))
}

// octets are bytes as they stand in the vectors: hex, or one byte and how often it comes.
type octets []byte

func (o *octets) UnmarshalText(text []byte) error {
	digits, times, repeated := strings.Cut(string(text), "*")
	p, err := hex.DecodeString(digits)
	if err == nil && repeated {
		var n int
		n, err = strconv.Atoi(times)
		p = slices.Repeat(p, n)
	}
	*o = p
	return err
}

// fields are those of an envelope in the vectors.
type fields struct {
	Kind     string
	ID       uint64
	Flags    byte
	Metadata map[string]octets
	Timeout  int64 // microseconds
	Method   string
	Code     Code
	Amount   uint64
	Text     string
	Payload  octets
}

// envelope returns the envelope that has these fields.
func (f fields) envelope(t *testing.T) envelope {
	e := envelope{id: f.ID, flags: f.Flags << 4, timeout: time.Duration(f.Timeout) * time.Microsecond, code: f.Code, amount: f.Amount}
	for k, known := range kinds {
		if known.name == f.Kind {
			e.kind = kind(k)
		}
	}
	require.NotZero(t, e.kind, f.Kind)
	if f.Method != "" {
		e.method = []byte(f.Method)
	}
	e.payload = append([]byte(f.Text), f.Payload...)
	var err error
	e.metadata, err = metadataOf(f.Metadata).entries()
	require.NoError(t, err)
	return e
}

func metadataOf(m map[string]octets) Metadata {
	md := Metadata{}
	for key, value := range m {
		md[key] = string(value)
	}
	return md
}

func TestEnvelopesOfTheSpec(t *testing.T) {
	var file struct {
		Good []struct {
			Name     string
			Hex      octets
			Envelope fields
		}
		Bad []struct {
			Name, Rule string
			Hex        octets
		}
		Skipped []struct {
			Name string
			Hex  octets
		}
	}
	readVectors(t, "envelopes.json", &file)
	require.NotEmpty(t, file.Good)
	for _, v := range file.Good {
		t.Run(v.Name, func(t *testing.T) {
			want := v.Envelope.envelope(t)
			got, err := parse(v.Hex)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, []byte(v.Hex), want.append(nil))
		})
	}
	require.NotEmpty(t, file.Bad)
	for _, v := range file.Bad {
		t.Run(v.Name, func(t *testing.T) {
			_, err := parse(v.Hex)
			assert.ErrorIs(t, err, ErrProtocol)
		})
	}
	require.NotEmpty(t, file.Skipped)
	for _, v := range file.Skipped {
		t.Run(v.Name, func(t *testing.T) {
			got, err := parse(v.Hex)
			require.NoError(t, err)
			assert.True(t, got.kind.optional())
		})
	}
}

func TestHellosOfTheSpec(t *testing.T) {
	var file struct {
		Good []struct {
			Name  string
			Hex   octets
			Hello struct {
				Codec                               string
				Message, Calls, Bytes, Credit, Ping uint64
				Credentials                         octets
				Metadata                            map[string]octets
			}
		}
		Bad []struct {
			Name, Rule string
			Hex        octets
		}
	}
	readVectors(t, "hellos.json", &file)
	require.NotEmpty(t, file.Good)
	for _, v := range file.Good {
		t.Run(v.Name, func(t *testing.T) {
			got, err := parseHello(v.Hex)
			require.NoError(t, err)
			want := hello{v.Hello.Codec, v.Hello.Message, v.Hello.Calls, v.Hello.Bytes, v.Hello.Credit, v.Hello.Ping, nil, nil}
			want.credentials, want.metadata = got.credentials, got.metadata
			assert.Equal(t, want, got)
			assert.Equal(t, string(v.Hello.Credentials), string(got.credentials))
			md := parseMetadata(got.metadata)
			assert.True(t, maps.Equal(metadataOf(v.Hello.Metadata), md), "%v", md)
		})
	}
	require.NotEmpty(t, file.Bad)
	for _, v := range file.Bad {
		t.Run(v.Name, func(t *testing.T) {
			_, err := parseHello(v.Hex)
			assert.ErrorIs(t, err, ErrProtocol)
		})
	}
}

// brokenElsewhere are the rules that need more than a script to be broken, and the tests that do it.
var brokenElsewhere = map[string]string{
	"9.3": "TestFloodOfRefusedRequests",
	"9.4": "TestRow16SlowReader",
}

// Every rule of the specification is broken by a session, or by a test that is named above.
func TestEveryRuleIsBroken(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	require.NoError(t, err)
	broken := map[string]bool{}
	for _, name := range slices.Concat(acceptingFiles, dialingFiles) {
		for _, s := range readSessions(t, name).Sessions {
			broken[s.Rule] = true
		}
	}
	rules := regexp.MustCompile(`(?m)^\| (\d+\.\d+) \|`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		known := broken[rule[1]] || brokenElsewhere[rule[1]] != ""
		assert.True(t, known, "no test breaks rule %s", rule[1])
	}
}

// The tables of the specification say what the code does.
func TestTablesOfTheSpec(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	require.NoError(t, err)
	spec := string(text)
	for k, known := range kinds {
		if known.name != "" && !kind(k).optional() {
			assert.Contains(t, spec, fmt.Sprintf("| %d | %s |", k, known.name))
		}
	}
	for code := Canceled; code <= Unauthenticated; code++ {
		assert.Contains(t, spec, fmt.Sprintf("| %d | %s |", code, code))
	}
	for _, n := range numbers {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \| .* \| ([0-9,]+) \|$`, n.setting)).FindStringSubmatch(spec)
		require.NotNil(t, row, n.name)
		assert.Equal(t, fmt.Sprint(n.early), strings.ReplaceAll(row[1], ",", ""), n.name)
	}
	assert.Contains(t, spec, "16 KiB and one byte before the hello")
	assert.Contains(t, spec, "16,896 bytes")
	assert.Equal(t, 16_896, frameOverhead)
}
