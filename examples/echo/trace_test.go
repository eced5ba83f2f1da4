package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

var (
	pieceRow = regexp.MustCompile(`^([→←]) +(\d+)  ([0-9a-f ]+?) +│`)
	titleRow = regexp.MustCompile(`│ (?:preface|frame: prefix (\d+), payload (\d+))$`)
	hexRow   = regexp.MustCompile(`│ ((?:[0-9a-f]{2} )+) `)
)

// traced is what the output of -v says about one direction.
type traced struct {
	stream []byte   // all pieces, joined
	found  [][]byte // the preface and the frames
}

// readTrace reads the output of -v. It checks that the pieces are numbered without a gap, and returns how many there are.
func readTrace(t *testing.T, output string) (lanes map[string]*traced, pieces int) {
	t.Helper()
	lanes = map[string]*traced{"→": {}, "←": {}}
	var lane *traced
	for row := range strings.Lines(output) {
		row = strings.TrimSuffix(row, "\n")
		if m := pieceRow.FindStringSubmatch(row); m != nil {
			pieces++
			require.Equal(t, strconv.Itoa(pieces), m[2], row)
			lane = lanes[m[1]]
			lane.stream = append(lane.stream, unhex(t, m[3])...)
		}
		if titleRow.MatchString(row) {
			lane.found = append(lane.found, nil)
		} else if m := hexRow.FindStringSubmatch(row); m != nil {
			last := len(lane.found) - 1
			lane.found[last] = append(lane.found[last], unhex(t, m[1])...)
		}
	}
	return lanes, pieces
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return p
}

// split returns the preface and the frames of a stream, as the frame package finds them in one piece.
func split(t require.TestingT, stream []byte) [][]byte {
	require.GreaterOrEqual(t, len(stream), prefaceSize)
	all := [][]byte{stream[:prefaceSize]}
	r := frame.NewReader(bytes.NewReader(stream[prefaceSize:]), frame.Varint{})
	for payload, err := range r.Frames() {
		require.NoError(t, err)
		wire, err := frame.Varint{}.AppendFrame(nil, payload)
		require.NoError(t, err)
		all = append(all, wire)
	}
	return all
}

func TestTraceShowsEveryPieceAndEveryFrame(t *testing.T) {
	const input = "one\n\ntwo 👋\n"
	for _, input := range []string{input, input + strings.Repeat("long ", 1000)} {
		got := run(t, input, "-v")
		require.Equal(t, exitOK, got.Code, got.Stderr)
		lanes, pieces := readTrace(t, got.Stdout)
		requests := len(replies(got))
		for _, lane := range lanes {
			assert.Equal(t, split(t, lane.stream), lane.found)
			assert.Len(t, lane.found, 2+requests, "preface, hello, and one frame for each line")
		}
		size := len(lanes["→"].stream) + len(lanes["←"].stream)
		want := fmt.Sprintf("%d requests, %d replies, %d bytes, %d pieces", requests, requests, size, pieces)
		assert.Equal(t, want, summary(got))
		assert.Equal(t, want, summary(run(t, input)), "the same without -v")
	}
}

func TestServersTraceTellsConnectionsApart(t *testing.T) {
	var shown strings.Builder
	out := &printer{w: &shown}
	l := new(fuzz.Listener)
	server := (&program{handler: echo, verbose: true, out: out}).serve(l, true)
	for range 2 {
		client := &transport.Client{Dial: l.Dial}
		_, err := Echo.Call(t.Context(), client, Line{1, "one"})
		require.NoError(t, err)
		require.NoError(t, client.Close())
	}
	require.NoError(t, server.stop())
	assert.Contains(t, shown.String(), "#1 ←    1  d3 ")
	assert.Contains(t, shown.String(), "#2 ←    1  d3 ")
}

func TestFinderSurvivesAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := greeting()
		for _, payload := range rapid.SliceOfN(fuzz.Payloads(300), 0, 6).Draw(t, "payloads") {
			stream, _ = frame.Varint{}.AppendFrame(stream, payload)
		}
		var f finder
		var got [][]byte
		for _, piece := range fuzz.Plans().Draw(t, "plan").Pieces(stream) {
			for _, unit := range f.add(piece) {
				got = append(got, unit.bytes)
			}
		}
		assert.Equal(t, split(t, stream), got)
		assert.False(t, f.inside(), "nothing has begun at the end")
	})
}

func TestFinderGivesUpOnWhatIsNoFrame(t *testing.T) {
	var f finder
	f.add(greeting())
	assert.Len(t, f.add([]byte("\x01a\x80\x00\x01b")), 1, "behind a varint that is too long stands nothing")
	assert.Empty(t, f.add([]byte("\x01c")))
	assert.False(t, f.inside(), "and so there is nothing to wait for")
}
