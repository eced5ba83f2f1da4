package transport_test

import (
	"context"
	"io"
	"iter"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/transport"
)

// benchStreams joins a client and a server that pours over a TCP connection on this machine.
func benchStreams(b testing.TB) (*transport.Client, *transport.Server) {
	srv := &transport.Server{Codec: codec.Raw{}, Log: discard()}
	transport.Bidi[[]byte, []byte]("pour").Handle(srv, func(_ context.Context, in iter.Seq2[[]byte, error], send func([]byte) error) (err error) {
		for message, err := range in {
			for err == nil {
				err = send(message)
			}
			return err
		}
		return nil
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go srv.Serve(l)
	c := &transport.Client{Addr: l.Addr().String(), Codec: codec.Raw{}}
	require.NoError(b, c.Connect(context.Background()))
	b.Cleanup(func() {
		_ = c.Close()
		_ = srv.Close()
	})
	return c, srv
}

// poured returns a call of pour with messages of size bytes.
func poured(b testing.TB, c *transport.Client, size int) *transport.BidiCall[[]byte, []byte] {
	call, err := transport.Bidi[[]byte, []byte]("pour").Call(context.Background(), c)
	require.NoError(b, err)
	require.NoError(b, call.Send(make([]byte, size)))
	b.Cleanup(call.Cancel)
	return call
}

// reused receives messages into the same slice.
func reused(b testing.TB, size, count int) func() error {
	c, _ := benchStreams(b)
	call := poured(b, c, size)
	var message []byte
	return func() error {
		for range count {
			if err := call.Receive(&message); err != nil {
				return err
			}
		}
		return nil
	}
}

// owned receives messages each of which is a slice of its own.
func owned(b testing.TB, size, count int) func() error {
	c, _ := benchStreams(b)
	next, stop := iter.Pull2(poured(b, c, size).All())
	b.Cleanup(stop)
	return func() error {
		for range count {
			if _, err, _ := next(); err != nil {
				return err
			}
		}
		return nil
	}
}

// plainCopy returns what reads size bytes count times from a TCP connection on this machine, into which another goroutine writes.
func plainCopy(b testing.TB, size, count int) func() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() {
		nc, err := l.Accept()
		for buf := make([]byte, size); err == nil; {
			_, err = nc.Write(buf)
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() {
		_ = nc.Close()
		_ = l.Close()
	})
	buf := make([]byte, size)
	return func() error {
		for range count {
			if _, err := io.ReadFull(nc, buf); err != nil {
				return err
			}
		}
		return nil
	}
}

// BenchmarkStreamLarge compares a stream of messages of 64 KiB with bytes that are copied from one socket to another.
func BenchmarkStreamLarge(b *testing.B) {
	compare(b,
		way{"copy", 1, plainCopy(b, 64<<10, 16)},
		way{"reused", 1, reused(b, 64<<10, 16)},
		way{"owned", 1, owned(b, 64<<10, 16)},
	)
}

// BenchmarkStreamSmall compares a stream of messages of 64 bytes with bytes that go back and forth.
func BenchmarkStreamSmall(b *testing.B) {
	compare(b,
		way{"pingpong", 1, pingPong(b, 64)},
		way{"message", 1, reused(b, 64, 1)},
	)
}

// BenchmarkStreamMessage is for profiles, and says what a message of 64 bytes costs.
func BenchmarkStreamMessage(b *testing.B) {
	c, srv := benchStreams(b)
	call := poured(b, c, 64)
	var message []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := call.Receive(&message); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Stats().Writes+srv.Stats().Writes)/float64(b.N), "writes/op")
}

// BenchmarkStreamLargeMessage is for profiles.
func BenchmarkStreamLargeMessage(b *testing.B) {
	c, srv := benchStreams(b)
	call := poured(b, c, 64<<10)
	var message []byte
	b.ReportAllocs()
	b.SetBytes(64 << 10)
	for b.Loop() {
		if err := call.Receive(&message); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Stats().Writes+srv.Stats().Writes)/float64(b.N), "writes/op")
}
