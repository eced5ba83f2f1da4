package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/examples/internal/process"
	"github.com/demarc-go/demarc/fuzz"
)

// run runs the program in this process.
func run(t *testing.T, args ...string) process.Result {
	t.Helper()
	var stdout, stderr strings.Builder
	p := program{stdout: &stdout, stderr: &stderr}
	code := p.run(t.Context(), args)
	return process.Result{Code: code, Stdout: stdout.String(), Stderr: stderr.String()}
}

func TestStory(t *testing.T) {
	want, err := os.ReadFile("testdata/story.txt")
	require.NoError(t, err)
	assert.Equal(t, process.Result{Code: exitOK, Stdout: string(want)}, run(t))
}

// The README shows a scene, and names counts, as the program shows them.
func TestReadmeShowsTheStory(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	story := run(t).Stdout
	_, rest, found := strings.Cut(story, "\n3. ")
	require.True(t, found)
	scene, _, found := strings.Cut("3. "+rest, "\n\n4. ")
	require.True(t, found)
	for line := range strings.Lines(scene) {
		assert.Contains(t, string(readme), line)
	}
	ways, verdicts := tryAll(naive{}, "Hello World!")
	assert.Equal(t, 121, ways)
	assert.Equal(t, 1, verdicts[right])
	ways, verdicts = tryAll(framed{}, "Hello World!")
	assert.Equal(t, 154, ways)
	assert.Equal(t, 154, verdicts[right])
}

// Each scene shows what its title says: the naive rule fails in all but the first, the framed one in the last alone.
func TestVerdicts(t *testing.T) {
	var naively, cured []string
	for _, s := range scenes {
		naively = append(naively, s.play(naive{}).verdict(s.texts))
		cured = append(cured, s.play(framed{}).verdict(s.texts))
	}
	assert.Equal(t, []string{right, wrong, waiting, early, wrong, waiting, wrong}, naively)
	assert.Equal(t, []string{right, right, right, right, right, right, early}, cured)
}

// texts draws what a client may say but "exit".
func texts(t *rapid.T) []string {
	hard := rapid.SampledFrom([]string{"the way to the exit", "exitexit", "\x04exit", "👋"})
	text := rapid.OneOf(hard, rapid.String().Filter(func(s string) bool { return s != exit }))
	return rapid.SliceOfN(text, 1, 5).Draw(t, "texts")
}

// Both sides at once, over a connection that delivers in both directions as it likes.
func TestFramedSurvivesAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := texts(t)
		near, far := fuzz.Pipe()
		near.SetReadPlan(fuzz.Plans().Draw(t, "plan of the client"))
		far.SetReadPlan(fuzz.Plans().Draw(t, "plan of the server"))
		var got heard
		done := make(chan error)
		go func() { done <- answer(far, framed{}, func(m string) { got.server = append(got.server, m) }) }()
		err := ask(near, framed{}, sent, func(m string) { got.client = append(got.client, m) })
		got.ended = err == nil
		near.Close()
		require.NoError(t, <-done)
		assert.Equal(t, right, got.verdict(sent))
	})
}

// The naive rule loses no byte. It is the boundaries that it does not keep.
func TestNaiveKeepsBytesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "stream")
		plan := fuzz.Plans().Draw(t, "plan")
		var got, pieces []string
		for message, err := range (naive{}).receive(fuzz.NewReader(bytes.NewReader(stream), plan)) {
			require.NoError(t, err)
			got = append(got, message)
		}
		for _, piece := range plan.Pieces(stream) {
			if len(piece) > 0 {
				pieces = append(pieces, string(piece))
			}
		}
		assert.Equal(t, pieces, got)
	})
}

func TestEndsOfAConversation(t *testing.T) {
	frames := func(messages ...string) string { return string(requestOf(framed{}, messages)) }
	tests := []struct {
		name string
		rule rule
		came string
		want error
	}{
		{"naive: all is said", naive{}, "hi exit", nil},
		{"naive: the server has gone", naive{}, "hi", errNoExit},
		{"framed: all is said", framed{}, frames("hi", exit), nil},
		{"framed: the server has gone between two frames", framed{}, frames("hi"), errNoExit},
		{"framed: the server has gone inside one", framed{}, frames("hi", exit)[:5], io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := side{strings.NewReader(tt.came), io.Discard}
			assert.ErrorIs(t, ask(conn, tt.rule, []string{"hi"}, func(string) {}), tt.want)
		})
	}
}

func TestFailingWritesEndAConversation(t *testing.T) {
	for _, r := range rules {
		near, far := fuzz.Pipe()
		require.NoError(t, far.Close())
		assert.Error(t, ask(near, r.rule, []string{"hi"}, func(string) {}), r.name)
		came := side{bytes.NewReader(requestOf(r.rule, []string{"hi"})), near}
		assert.Error(t, answer(came, r.rule, func(string) {}), r.name)
	}
}

// A client that waits for ever waits as long as one likes, and no longer than its connection.
func TestNaiveClientWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := fuzz.Pipe()
		done := make(chan error)
		go func() { done <- ask(near, naive{}, []string{"hi"}, func(string) {}) }()
		for _, piece := range []string{"hi", "ex", "it"} {
			_, err := io.WriteString(far, piece)
			require.NoError(t, err)
			synctest.Wait()
		}
		select {
		case err := <-done:
			t.Fatal("ended", err)
		default:
		}
		require.NoError(t, near.Close())
		assert.ErrorIs(t, <-done, net.ErrClosed)
	})
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"both halves":        {"-listen", ":0", "-connect", ":0"},
		"texts for a server": {"-listen", ":0", "hi"},
		"texts for nobody":   {"hi"},
		"flags of a half":    {"-framed"},
		"a negative cut":     {"-listen", ":0", "-cut", "-1"},
		"an unknown flag":    {"-x"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, args...)
			assert.Equal(t, exitUsage, got.Code)
			assert.Empty(t, got.Stdout)
			assert.NotEmpty(t, got.Stderr)
		})
	}
	got := run(t, "-h")
	assert.Equal(t, exitOK, got.Code)
	assert.Contains(t, got.Stderr, "-framed")
}

func TestErrorsAreShown(t *testing.T) {
	got := run(t, "-listen", "nowhere")
	assert.Equal(t, exitFailed, got.Code)
	assert.Contains(t, got.Stderr, "naive: listen tcp: address nowhere")
	var stderr strings.Builder
	p := program{stdout: failing{}, stderr: &stderr}
	assert.Equal(t, exitFailed, p.run(t.Context(), nil))
	assert.Equal(t, "naive: no room\n", stderr.String())
}

// failing is a standard output that takes nothing.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errNoRoom }
