package transporttest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
	"github.com/demarc-go/demarc/transport/transporttest"
)

// Every byte comes alone, and the call does not notice.
func ExamplePair() {
	t := new(testing.T) // the test's own
	srv := new(transport.Server)
	greet.Handle(srv, func(_ context.Context, name string) (string, error) { return "hello, " + name, nil })
	var pair transporttest.Pair
	pair.Listener.Prepare = func(client, server *fuzz.Conn) {
		client.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
		server.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
	}
	client := new(transport.Client)
	pair.Join(t, srv, client)

	fmt.Println(greet.Call(context.Background(), client, "world"))
	// Output: hello, world <nil>
}
