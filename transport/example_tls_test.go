package transport_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// The certificate changes while the server runs: GetCertificate is asked at each handshake, and connections that are open go on. A program
// reads it from its files when they change, or at a signal.
func ExampleServer_ServeTLS() {
	ca := newAuthority() // in real life somebody else's
	var current atomic.Pointer[tls.Certificate]
	renew := func() {
		certificate := ca.certificate("example.org")
		current.Store(&certificate)
	}
	renew()

	srv := new(transport.Server)
	Add.Handle(srv, func(_ context.Context, s Sum) (int, error) { return s.A + s.B, nil })
	l := new(fuzz.Listener)
	go srv.ServeTLS(l, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return current.Load(), nil },
	})
	defer srv.Close()

	for range 2 {
		client := &transport.Client{Dial: l.Dial, TLS: ca.clientTLS("example.org")}
		client.TLS.VerifyConnection = func(state tls.ConnectionState) error {
			fmt.Println(state.PeerCertificates[0].Equal(certificateOf(current.Load())))
			return nil
		}
		fmt.Println(Add.Call(context.Background(), client, Sum{2, 3}))
		client.Close()
		renew()
	}
	// Output:
	// true
	// 5 <nil>
	// true
	// 5 <nil>
}

// Clients show who they are by their certificates.
func ExampleConn_TLS() {
	ca := newAuthority()
	var whoami = transport.Unary[struct{}, string]("whoami")
	srv := &transport.Server{
		Authenticate: func(_ context.Context, c *transport.Conn) (any, error) {
			return c.TLS().PeerCertificates[0].Subject.CommonName, nil
		},
	}
	whoami.Handle(srv, func(ctx context.Context, _ struct{}) (string, error) {
		return transport.CallFrom(ctx).Conn.Identity().(string), nil
	})
	l := new(fuzz.Listener)
	go srv.ServeTLS(l, &tls.Config{
		Certificates: []tls.Certificate{ca.certificate("example.org")},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    ca.pool,
	})
	defer srv.Close()

	client := &transport.Client{Dial: l.Dial, TLS: &tls.Config{
		RootCAs:      ca.pool,
		ServerName:   "example.org",
		Certificates: []tls.Certificate{ca.certificate("Ada")},
	}}
	defer client.Close()
	fmt.Println(whoami.Call(context.Background(), client, struct{}{}))
	// Output: Ada <nil>
}

// Options of the socket that Go does not set by itself. The client has the same field.
func ExampleServer_tune() {
	srv := &transport.Server{
		Tune: func(nc net.Conn) error {
			if tcp, ok := nc.(*net.TCPConn); ok {
				return tcp.SetReadBuffer(64 << 10)
			}
			return nil
		},
	}
	srv.Close()
	fmt.Println(srv.ListenAndServe("tcp", "127.0.0.1:0"))
	// Output: transport: server closed
}
