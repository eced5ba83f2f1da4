package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// TestFramingCases: no case fails, and none is skipped.
func TestFramingCases(t *testing.T) {
	file, err := os.Open("testdata/framing.json")
	require.NoError(t, err)
	defer file.Close()
	cases, err := readCases(file)
	require.NoError(t, err)
	require.Len(t, cases, 128)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			s, err := c.setup()
			require.NoError(t, err)
			if f := c.run(s); f != nil {
				assert.Equal(t, c.expected(), f.got, "%s, as at %d of %d cuts", f.cut, f.cuts, f.all)
			}
		})
	}
	got := demarc(strings.NewReader(""), "vectors", "testdata/framing.json")
	assert.Equal(t, result{stdout: "128 passed, 0 failed, 0 skipped\n"}, got)
}

const varintConfig = `"framing": "varint", "config": {"minimal": true, "max_prefix_bytes": 9, "max": 3}`

func TestVectors(t *testing.T) {
	tests := []struct {
		name, flags, cases, stdout string
		code                       int
	}{
		{"none", "", `[]`, "0 passed, 0 failed, 0 skipped\n", 0},
		{
			"passes", "",
			`[{"id": "ok", ` + varintConfig + `, "eof": true, "chunks": ["01", "6100"], "frames": ["61", ""], "error": null}]`,
			"1 passed, 0 failed, 0 skipped\n", 0,
		},
		{
			"stays open", "",
			`[{"id": "ok", ` + varintConfig + `, "eof": false, "chunks": ["0161", "", "02"], "frames": ["61"], "error": null}]`,
			"1 passed, 0 failed, 0 skipped\n", 0,
		},
		{
			"wrong frame", "",
			`[{"id": "bad", ` + varintConfig + `, "eof": true, "chunks": ["016100"], "frames": ["62", ""], "error": null}]`,
			"failed bad: as given, as at 5 of 5 cuts in all\n  expected  frames [62 -], error none\n  got       frames [61 -], error none\n" +
				"0 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"frame too few", "",
			`[{"id": "bad", ` + varintConfig + `, "eof": true, "chunks": ["00"], "frames": []}]`,
			"failed bad: as given, as at 3 of 3 cuts in all\n  expected  frames [], error none\n  got       frames [-], error none\n" +
				"0 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"error missing", "",
			`[{"id": "bad", ` + varintConfig + `, "eof": false, "chunks": ["02"], "frames": [], "error": "unexpected_eof"}]`,
			"failed bad: as given, as at 3 of 3 cuts in all\n  expected  frames [], error unexpected_eof\n  got       frames [], error none\n" +
				"0 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"another error", "",
			`[{"id": "bad", ` + varintConfig + `, "eof": true, "chunks": ["8000"], "frames": [], "error": "varint_overflow"}]`,
			"failed bad: as given, as at 4 of 4 cuts in all\n  expected  frames [], error varint_overflow\n" +
				"  got       frames [], error not_minimal: frame at byte 0: length is not in its minimal form, at byte 1\n" +
				"0 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"error count", "",
			`[{"id": "bad", "framing": "line", "config": {"max": 1, "strip": true, "on_too_large": "resync"}, "eof": true,
				"chunks": ["61610a6161610a620a"], "frames": ["62"], "error": "too_large", "error_count": 1},
			  {"id": "ok", "framing": "line", "config": {"max": 1, "strip": true, "on_too_large": "resync"}, "eof": true,
				"chunks": ["61610a6161610a620a"], "frames": ["62"], "error": "too_large", "error_count": 2}]`,
			"*1 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"not built", "-v",
			`[{"id": "a\u001b[2J", "framing": "morse", "config": {}, "chunks": ["00"], "frames": []},
			  {"id": "b", "framing": "varint", "config": {"colour": 1}, "chunks": ["00"], "frames": []},
			  {"id": "c", "framing": "varint", "config": {"max_prefix_bytes": 4}, "chunks": ["00"], "frames": []},
			  {"id": "d", "framing": "delimiter", "config": {"max": 0, "delims": ["0a"]}, "chunks": ["00"], "frames": []},
			  {"id": "e", "framing": "fixedlen", "config": {"size": 0}, "chunks": ["00"], "frames": []},
			  {"id": "f", "framing": "cobs", "config": {"ignore_empty": false}, "chunks": ["00"], "frames": [""]},
			  {"id": "g", "framing": "slip", "config": {"bad_escape": "pass"}, "chunks": ["db00"], "frames": ["00"]},
			  {"id": "h", "framing": "header", "config": {"trailers": true}, "chunks": [], "frames": []},
			  {"id": "i", "framing": "netstring", "config": {"lenient": true}, "chunks": [], "frames": []}]`,
			`skipped "a\x1b[2J": not built: framing morse
skipped b: not built: config: unknown field "colour"
skipped c: not built: max_prefix_bytes 4
skipped d: not built: max 0
skipped e: not built: size 0
skipped f: not built: ignore_empty false
skipped g: not built: bad_escape pass
skipped h: not built: config: unknown field "trailers"
skipped i: not built: config: unknown field "lenient"
0 passed, 0 failed, 9 skipped
`, 0,
		},
		{
			"json", "-json",
			`[{"id": "ok", ` + varintConfig + `, "eof": true, "chunks": ["00"], "frames": [""]},
			  {"id": "bad", ` + varintConfig + `, "eof": true, "chunks": ["01"], "frames": [""]},
			  {"id": "\u202e", "framing": "morse", "chunks": [], "frames": []}]`,
			`{"id":"ok","result":"passed"}
{"id":"bad","result":"failed","cut":"as given","expected":{"frames":[""],"error_count":0},"got":{"frames":[],"error":"unexpected_eof","error_count":1,"detail":"frame at byte 0: cut off after the prefix: 1 bytes arrived, at least 1 missing: unexpected EOF"}}
{"id":"\u202e","result":"skipped","reason":"not built: framing morse"}
{"passed":1,"failed":1,"skipped":1}
`, 1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := demarc(strings.NewReader(test.cases), words("vectors - "+test.flags)...)
			assert.Equal(t, test.code, got.code, got.stderr)
			assert.Empty(t, got.stderr)
			if end, ok := strings.CutPrefix(test.stdout, "*"); ok {
				assert.True(t, strings.HasSuffix(got.stdout, end), got.stdout)
				return
			}
			assert.Equal(t, test.stdout, got.stdout)
		})
	}
}

func TestVectorsOfSeveralFiles(t *testing.T) {
	one := `[{"id": "ok", ` + varintConfig + `, "eof": true, "chunks": [], "frames": []}]`
	got := demarc(strings.NewReader(one), "vectors", "-", "testdata/framing.json", "-")
	assert.Equal(t, 5, got.code, "the standard input is empty the second time")
	assert.Contains(t, got.stderr, "demarc: -: not a file of cases: ")
}

func TestBadFilesOfCases(t *testing.T) {
	for _, text := range []string{``, `{}`, `[`, `[1]`, `[{"chunks": ["0"]}]`, `[{"chunks": ["zz"]}]`, `[] []`, `[{"eof": 1}]`} {
		got := demarc(strings.NewReader(text), "vectors", "-")
		assert.Equal(t, 5, got.code, text)
	}
	got := demarc(io.MultiReader(strings.NewReader("["), &endless{unit: " ", size: math.MaxInt}), "vectors", "-")
	assert.Equal(t, 5, got.code)
	assert.Contains(t, got.stderr, "more than 16777216 bytes")
}

// TestVectorsFindsASplitFault gives the replay a framing that only sees what comes in one piece.
func TestVectorsFindsASplitFault(t *testing.T) {
	c := testCase{EOF: true, Chunks: []hexBytes{{2, 'h', 'i'}}, Frames: []string{"6869"}}
	require.Nil(t, c.run(setup{framing: frame.Varint{}, max: -1}))
	f := c.run(setup{framing: impatient{}, max: -1})
	require.NotNil(t, f)
	assert.Equal(t, failure{cut: "byte by byte", got: f.got, cuts: 3, all: 5}, *f)
}

// impatient takes what is there for a whole frame.
type impatient struct{ frame.Varint }

func (impatient) Scan(buf []byte, _ frame.Scan, _ bool) (frame.Scan, error) {
	return frame.Scan{Head: 1, Body: len(buf) - 1, Size: int64(len(buf))}, nil
}

// TestErrorClasses: every class that a case names is one that the replay knows.
func TestErrorClasses(t *testing.T) {
	known := map[string]bool{"": true}
	for _, class := range errorClasses {
		known[class.name] = true
		assert.Equal(t, class.name, errorClass(class.framing, class.err))
	}
	text, err := os.ReadFile("testdata/framing.json")
	require.NoError(t, err)
	var cases []testCase
	require.NoError(t, json.Unmarshal(text, &cases))
	for _, c := range cases {
		assert.True(t, known[c.Error], c.Error)
	}
	assert.Equal(t, "other", errorClass("varint", io.ErrClosedPipe))
}
