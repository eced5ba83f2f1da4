package transporttest_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
	"github.com/demarc-go/demarc/transport/transporttest"
)

var greet = transport.Unary[string, string]("greet")

func newServer() *transport.Server {
	srv := new(transport.Server)
	greet.Handle(srv, func(_ context.Context, name string) (string, error) {
		time.Sleep(time.Hour) // in a bubble it takes no time
		return "hello, " + name, nil
	})
	return srv
}

func TestJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got, err := greet.Call(t.Context(), transporttest.Join(t, newServer()), "world")
		require.NoError(t, err)
		assert.Equal(t, "hello, world", got)
		assert.Equal(t, time.Hour, time.Since(start))
	})
}

// Faults are plans: here each byte comes alone, and the first connection is cut in the middle of the call.
func TestPairWithFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends []*fuzz.Conn
		var pair transporttest.Pair
		pair.Listener.Prepare = func(client, server *fuzz.Conn) {
			client.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
			ends = append(ends, server)
		}
		client := &transport.Client{Log: slog.New(slog.DiscardHandler)}
		pair.Join(t, newServer(), client)
		time.AfterFunc(time.Minute, func() { ends[0].Reset() })
		name := strings.Repeat("x", 1000)
		got, err := greet.Idempotent().Call(t.Context(), client, name)
		require.NoError(t, err)
		assert.Equal(t, "hello, "+name, got)
		assert.Len(t, ends, 2)
		time.Sleep(2 * time.Hour) // the handler of the first call ends, too
	})
}

func ExampleJoin() {
	t := new(testing.T) // the test's own
	srv := new(transport.Server)
	greet.Handle(srv, func(_ context.Context, name string) (string, error) { return "hello, " + name, nil })
	client := transporttest.Join(t, srv)

	fmt.Println(greet.Call(context.Background(), client, "world"))
	// Output: hello, world <nil>
}
