package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/demarc-go/demarc/fuzz"
)

// scene is a conversation, and what the network does to it.
type scene struct {
	title string
	texts []string // what the client sends
	// Where the network cuts: behind these bytes. Whatever is not cut comes in one piece. Empty cuts nothing.
	request, reply string
}

var scenes = []scene{{
	title: `On a developer's machine, the answer and "exit" arrive as they were written. All is well.`,
	texts: []string{"Hello World!"}, reply: "World!",
}, {
	title: `The client was busy for a moment, and the answer and "exit" are there at once. It ends, by luck.`,
	texts: []string{"Hello World!"},
}, {
	title: `The network cuts "exit" in two.`,
	texts: []string{"Hello World!"}, reply: "ex",
}, {
	title: `The network cuts the answer behind a word that was not meant so.`,
	texts: []string{"The exit is on the left."}, reply: "The exit",
}, {
	title: `The network cuts an emoji in two, on its way to the server.`,
	texts: []string{"Hi from Client 👋"}, request: "👋"[:2],
}, {
	title: `The client sends two messages, and they arrive at once.`,
	texts: []string{"one", "two"},
}, {
	title: `What framing does not cure: somebody says "exit". It tells where a message ends, not what it means.`,
	texts: []string{"exit"},
}}

// tell shows every scene with each rule.
func tell(out *printer) {
	for i, s := range scenes {
		out.printf("%d. %s\n\n", i+1, s.title)
		for _, r := range rules {
			got := s.play(r.rule)
			out.printf("   %-6s  the server heard  %s\n", r.name, quote(got.server))
			out.printf("           the client heard  %s\n", quote(got.client))
			out.printf("           %s\n\n", got.verdict(s.texts))
		}
	}
}

// quote shows messages as a terminal shows them: what is no UTF-8 is a �.
func quote(messages []string) string {
	var quoted []string
	for _, m := range messages {
		quoted = append(quoted, `"`+strings.ToValidUTF8(m, "�")+`"`)
	}
	return strings.Join(quoted, "  ")
}

// heard is what both sides took for messages.
type heard struct {
	server, client []string
	ended          bool // the client did not wait for more
}

// errSilence is what a read returns where on a network it would wait for ever.
var errSilence = errors.New("nothing more comes")

// silence is an io.Reader that has nothing to give.
type silence struct{}

func (silence) Read([]byte) (int, error) { return 0, errSilence }

// side is one end of a connection in memory: what it reads was written before, and what it writes is kept.
type side struct {
	io.Reader
	io.Writer
}

// newSide returns a side that reads what came, cut at the given offsets, and then nothing more.
func newSide(came []byte, cuts []int, written io.Writer) side {
	came = slices.Clone(came)
	return side{fuzz.NewReader(io.MultiReader(bytes.NewReader(came), silence{}), fuzz.SplitAt(cuts...)), written}
}

// play plays the scene: the client sends, then the server hears and answers, then the client hears. As each has said
// everything when the next one begins, the scene is the same whenever it is played.
func (s scene) play(rule rule) heard {
	request := requestOf(rule, s.texts)
	var reply bytes.Buffer
	var got heard
	answer(newSide(request, behind(request, s.request), &reply), rule, func(m string) { got.server = append(got.server, m) })
	got.listen(rule, s.texts, reply.Bytes(), behind(reply.Bytes(), s.reply))
	return got
}

// requestOf returns the bytes of texts.
func requestOf(rule rule, texts []string) []byte {
	var request bytes.Buffer
	for _, text := range texts {
		rule.send(&request, text) // cannot fail: a buffer takes everything, and the texts are short
	}
	return request.Bytes()
}

// listen lets a client that has sent texts hear reply, cut at the given offsets.
func (h *heard) listen(rule rule, texts []string, reply []byte, cuts []int) {
	conn := newSide(reply, cuts, io.Discard)
	err := ask(conn, rule, texts, func(m string) { h.client = append(h.client, m) })
	h.ended = err == nil
}

// behind returns where to cut stream, if it is to be cut behind part.
func behind(stream []byte, part string) []int {
	if part == "" {
		return nil
	}
	return []int{bytes.Index(stream, []byte(part)) + len(part)}
}

// The verdicts on a client. All but the first are failures.
const (
	right   = "Right."
	wrong   = "Wrong: these are not the messages that were sent."
	early   = "Wrong: the client has ended too early."
	waiting = "Wrong: the client waits for ever."
)

// verdict compares what was heard with what was sent.
func (h heard) verdict(texts []string) string {
	var sent []string
	for _, text := range texts {
		sent = append(sent, text, exit)
	}
	switch {
	case !h.ended:
		return waiting
	case len(strings.Join(h.client, "")) < len(strings.Join(sent, "")):
		return early
	case !slices.Equal(h.client, sent) || !slices.Equal(h.server, texts):
		return wrong
	}
	return right
}
