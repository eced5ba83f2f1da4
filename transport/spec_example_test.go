package transport_test

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

var specLine = regexp.MustCompile(`(?m)^(client|server): ([0-9a-f ]+) \|`)

// specExample returns what each side sends in the example of docs/spec.md.
func specExample(t *testing.T) (client, server []byte) {
	text, err := os.ReadFile("../docs/spec.md")
	require.NoError(t, err)
	sides := map[string][]byte{}
	for _, line := range specLine.FindAllStringSubmatch(string(text), -1) {
		p, err := hex.DecodeString(strings.ReplaceAll(line[2], " ", ""))
		require.NoError(t, err)
		sides[line[1]] = append(sides[line[1]], p...)
	}
	require.NotEmpty(t, sides["client"])
	require.NotEmpty(t, sides["server"])
	return sides["client"], sides["server"]
}

var greet = transport.Unary[string, string]("greet")

func TestClientSpeaksAsSpecified(t *testing.T) {
	client, server := specExample(t)
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: func(context.Context) (net.Conn, error) { return a, nil }, Log: discard()}
		said := make([]byte, len(client))
		go func() {
			io.ReadFull(b, said)
			b.Write(server)
		}()
		text, err := greet.Call(t.Context(), c, "world")
		require.NoError(t, err)
		assert.Equal(t, "hi", text)
		require.NoError(t, c.Close())
		assert.Equal(t, string(client), string(said))
		rest, err := io.ReadAll(b)
		require.NoError(t, err)
		assert.Empty(t, rest)
	})
}

func TestServerSpeaksAsSpecified(t *testing.T) {
	client, server := specExample(t)
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		srv := &transport.Server{Log: discard()}
		greet.Handle(srv, func(context.Context, string) (string, error) { return "hi", nil })
		go srv.ServeConn(b)
		_, err := a.Write(client)
		require.NoError(t, err)
		synctest.Wait()
		go srv.Shutdown(t.Context())
		said, err := io.ReadAll(a)
		require.NoError(t, err)
		assert.Equal(t, server, said)
		require.NoError(t, a.Close())
	})
}
