package interop_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
)

// Demarc sends messages, the peer says in its own words what its msgpack library made of each, and sends back what that library
// makes of it again. So both directions are tested, and a value that came back right without having arrived right would be found out.

func TestNodeMsgpack(t *testing.T) {
	trip(t, frame.Varint{}, node(t, "messages.js", "@msgpack/msgpack"), 0)
}

func TestNodeMsgpackBigInt(t *testing.T) {
	trip(t, frame.Varint{}, node(t, "messages.js", "@msgpack/msgpack", "bigint"), 1)
}

func TestPythonMsgpack(t *testing.T) {
	program := python(t, "msgpack", "python3-msgpack")
	trip(t, frame.Fixed{}, child(program, filepath.Join("python", "messages.py")), 2)
}

// trip sends all messages to a peer, whose words are those of that number in the rows.
func trip(t *testing.T, framing frame.Framing, start func(*testing.T) remote, number int) {
	rows := messageRows(t)
	peer := start(t)
	sent := make(chan error, 1)
	go func() {
		var payloads [][]byte
		for _, row := range rows {
			payloads = append(payloads, row.payload)
		}
		sent <- errors.Join(write(peer, framing, payloads), peer.closeWrite())
	}()
	answers, err := read(peer, framing)
	require.NoError(t, errors.Join(err, <-sent, peer.wait()))
	require.Len(t, answers, 2*len(rows))
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) { row.check(t, row.peers[number], answers[2*i], answers[2*i+1]) })
	}
}

// A messageRow is one message, and what the peers make of it.
type messageRow struct {
	name    string
	codec   codec.Codec
	sent    any
	payload []byte
	decode  func(p []byte) (any, error) // to the type that was sent
	peers   [3]seen                     // Node, Node with BigInt, Python
}

// seen is what a peer has seen.
type seen struct {
	words string
	back  any // what came back: nil for the same, or refused
}

// refused says that Go refuses what comes back: nothing was changed in silence.
const refused = "refused"

func same(words string) seen { return seen{words, nil} }

func lost(words string, back any) seen { return seen{words, back} }

func (row messageRow) check(t *testing.T, want seen, words, payload []byte) {
	assert.Equal(t, want.words, string(words))
	got, err := row.decode(payload)
	if want.back == refused {
		assert.ErrorAs(t, err, new(*codec.Error), "%v", got)
		return
	}
	require.NoError(t, err)
	if want.back != nil {
		assert.Equal(t, want.back, got)
		return
	}
	assert.Equal(t, row.sent, got)
	again, err := row.codec.Append(nil, got)
	require.NoError(t, err)
	assert.Equal(t, row.payload, again, "bit for bit")
}

// messageOf is a row of a value that is sent as it is.
func messageOf[T any](name string, sent T, node, big, python seen) messageRow {
	return unionOf(msgpackWithTimes, name, sent, node, big, python)
}

// unionOf is a row of a value that c sends, and that is received as a T.
func unionOf[T any](c codec.Codec, name string, sent T, node, big, python seen) messageRow {
	payload, err := c.Append(nil, sent)
	if err != nil {
		panic(err)
	}
	return messageRow{name, c, sent, payload, func(p []byte) (any, error) {
		var got T
		err := c.Decode(p, &got)
		return got, err
	}, [3]seen{node, big, python}}
}

// The table in docs is what these tests have seen.
func TestDocumentedTable(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "codec-interop.md"))
	require.NoError(t, err)
	var table strings.Builder
	table.WriteString("| sent by Go | Node | Node with `useBigInt64` | Python |\n| --- | --- | --- | --- |\n")
	for _, row := range messageRows(t) {
		table.WriteString("| " + row.name)
		for _, peer := range row.peers {
			table.WriteString(" | " + peer.String())
		}
		table.WriteString(" |\n")
	}
	assert.True(t, strings.Contains(string(doc), table.String()), "docs/codec-interop.md should have this table:\n%s", &table)
}
