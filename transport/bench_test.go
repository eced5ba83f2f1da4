package transport_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// benchTCP joins a client and a server that echoes over a TCP connection on this machine.
func benchTCP(b *testing.B) *transport.Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	srv := &transport.Server{Log: discard()}
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	go srv.Serve(l)
	c := &transport.Client{Addr: l.Addr().String()}
	require.NoError(b, c.Connect(b.Context()))
	b.Cleanup(func() {
		_ = c.Close()
		_ = srv.Close()
	})
	return c
}

const benchText = "sixteen bytes..."

func BenchmarkCall(b *testing.B) {
	c := benchTCP(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := echo.Call(context.Background(), c, benchText); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCalls64(b *testing.B) {
	c := benchTCP(b)
	var failed atomic.Pointer[error]
	b.ReportAllocs()
	b.SetParallelism(32) // times GOMAXPROCS
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := echo.Call(context.Background(), c, benchText); err != nil {
				failed.Store(&err)
			}
		}
	})
	require.Nil(b, failed.Load())
}

func BenchmarkCalls64Large(b *testing.B) {
	c := benchTCP(b)
	payload := strings.Repeat("x", 64<<10)
	var failed atomic.Pointer[error]
	b.SetBytes(2 * 64 << 10)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := echo.Call(context.Background(), c, payload); err != nil {
				failed.Store(&err)
			}
		}
	})
	require.Nil(b, failed.Load())
}
