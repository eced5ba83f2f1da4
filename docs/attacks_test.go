package docs_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/demarc-go/demarc/fuzz"
)

// The test of attacks.md, on a server that has no patience at all.
func TestAttacks(t *testing.T) {
	listener := new(fuzz.Listener)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go hurry(conn)
		}
	}()
	fuzz.TestServer(t, fuzz.Target{Dial: fuzz.DialListener(listener)}, fuzz.Attacks(nil, nil)...)
}

// hurry reads for a moment, and hangs up.
func hurry(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Millisecond))
	_, _ = io.Copy(io.Discard, conn)
}
