package interop_test

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/demarc-go/demarc/fuzz"
)

// The connections in memory pass the tests that the Go project has for every net.Conn.
func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) {
		a, b = fuzz.Pipe()
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}
