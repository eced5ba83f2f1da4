// Package transporttest joins a client to a server in memory, for tests of what is built on package transport:
//
//	srv := new(transport.Server)
//	Greet.Handle(srv, greet)
//	client := transporttest.Join(t, srv)
//
// There is no network and no port, and it works inside a testing/synctest bubble, where time is the test's own. [Pair] says more: plans of
// package fuzz for what the bytes meet on their way, connections that are cut.
package transporttest

import (
	"testing"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// Join starts srv and returns a client of it. Both are closed when the test, or its bubble, ends.
func Join(t testing.TB, srv *transport.Server) *transport.Client {
	t.Helper()
	client := new(transport.Client)
	new(Pair).Join(t, srv, client)
	return client
}

// Pair is a client and a server that are joined in memory. The zero value is ready for use. Prepare is to be set before Join.
type Pair struct {
	// Listener is where the client dials. Its Prepare gets the two ends of each new connection, before anybody uses them: it may give them
	// plans, such as to split what is read, to stall, or to reset the connection, and keep an end to cut the connection later.
	Listener fuzz.Listener
}

// Join starts srv on the pair's listener, and makes client dial it, in the place of its Dial. Both are closed when the test, or its bubble,
// ends.
func (p *Pair) Join(t testing.TB, srv *transport.Server, client *transport.Client) {
	t.Helper()
	client.Dial = p.Listener.Dial
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(&p.Listener) // transport.ErrServerClosed
	}()
	t.Cleanup(func() {
		_ = client.Close()
		_ = srv.Close()
		<-served
	})
}
