package fuzz_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/internal/drive"
	"github.com/demarc-go/demarc/transport"
)

// greeting is what a well-behaved client says first: the preface, and a hello that names msgpack.
const greeting = "\xd3DEMARC\x01\x0a\x01\x01\x07msgpack"

var echo = transport.Unary[string, string]("echo")

func newServer() *transport.Server {
	srv := &transport.Server{Log: slog.New(slog.DiscardHandler)}
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	return srv
}

// FuzzServer sends any bytes to a server, in any pieces. Whatever they are, it ends the connection in time when the peer hangs
// up, and answers its other client.
func FuzzServer(f *testing.F) {
	target := drive.New(f)
	target.Add([]byte("GET / HTTP/1.1\r\n\r\n"), []byte{1, 0xff}, false)
	target.Add([]byte("\x0b\x02\x01\x00\x04echo\xa2hi"), []byte{1, 0xff}, true)
	target.Add([]byte("\x02\x06\x01\x04\x0c\x00\x00\x00"), []byte{3, 2}, true)
	target.Add([]byte("\x0b\x02\x01\x00\x04what\xa2hi\x09\x02\x03\x01\x04echo\xc1"), []byte(nil), true)
	target.Fuzz(func(t *testing.T, bytes, steps []byte, greet bool) {
		if greet {
			bytes = append([]byte(greeting), bytes...)
		}
		synctest.Test(t, func(t *testing.T) {
			l, srv := new(fuzz.Listener), newServer()
			go srv.Serve(l)
			neighbour := &transport.Client{Dial: l.Dial}

			a, b := fuzz.Pipe()
			b.SetReadPlan(fuzz.PlanFrom(steps))
			done := make(chan error, 1)
			go func() { done <- srv.ServeConn(b) }()
			go io.Copy(io.Discard, a)
			_, _ = a.Write(bytes) // the server may hang up before it has read all
			require.NoError(t, a.CloseWrite())
			start := time.Now()
			<-done
			require.LessOrEqual(t, time.Since(start), 15*time.Second)
			require.NoError(t, a.Close())

			got, err := echo.Call(t.Context(), neighbour, "undisturbed")
			require.NoError(t, err)
			require.Equal(t, "undisturbed", got)
			require.NoError(t, neighbour.Close())
			require.NoError(t, srv.Shutdown(t.Context()))
		})
	})
}

// FuzzEnvelopes sends well-formed frames with anything in them to a server that has methods of every kind, and so gets further
// than FuzzServer: each envelope is one piece of bytes. Whatever they are, the server ends the connection in time when the peer
// hangs up, and answers its other client.
func FuzzEnvelopes(f *testing.F) {
	target := drive.New(f)
	target.Add([]byte("\x02\x01\x00\x04echo\xa2hi"), []byte(nil))
	target.Add([]byte("\x02\x01\x00\x04fast\xa2hi\x06\x01\x0a\x07"), []byte{12, 2, 2})
	target.Add([]byte("\x22\x01\x03\x01a\x00\x00\x04echo\xa2hi\x05\x03say\xa1x\x09\x00\x05"), []byte{15, 7, 3})
	target.Add([]byte("\xc2\x01\x00\x04echo\x07\x01x\x08\x01\x0c\x00\x00"), []byte{8, 3, 2, 3})
	target.Fuzz(func(t *testing.T, bytes, steps []byte) {
		stream := []byte(greeting)
		for _, piece := range fuzz.PlanFrom(steps).Pieces(bytes) {
			stream, _ = frame.Varint{}.AppendFrame(stream, piece) // no piece is too long
		}
		synctest.Test(t, func(t *testing.T) {
			l, srv := new(fuzz.Listener), newServer()
			transport.Unary[string, string]("fast").HandleInline(srv, func(_ context.Context, s string) (string, error) { return s, nil })
			transport.Notify[string]("say").Handle(srv, func(context.Context, string) error { return nil })
			go srv.Serve(l)
			neighbour := &transport.Client{Dial: l.Dial}
			peer, err := l.Dial(t.Context())
			require.NoError(t, err)
			go io.Copy(io.Discard, peer)
			_, _ = peer.Write(stream) // the server may hang up before it has read all
			require.NoError(t, peer.(*fuzz.Conn).CloseWrite())
			got, err := echo.Call(t.Context(), neighbour, "undisturbed")
			require.NoError(t, err)
			require.Equal(t, "undisturbed", got)
			require.NoError(t, neighbour.Close())
			start := time.Now()
			require.NoError(t, srv.Shutdown(t.Context()))
			require.LessOrEqual(t, time.Since(start), 15*time.Second)
			require.NoError(t, peer.Close())
		})
	})
}

// FuzzClient lets a server say anything. Whatever it is, a call ends, with its answer or an error of ours.
func FuzzClient(f *testing.F) {
	target := drive.New(f)
	target.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), []byte{1, 0xff}, false)
	target.Add([]byte("\x05\x03\x01\xa2hi"), []byte{1, 0xff}, true)
	target.Add([]byte("\x05\x14\x01\x08no"), []byte{2, 3}, true)
	target.Add([]byte("\x04\x0c\x00\x00\x00"), []byte(nil), true)
	target.Fuzz(func(t *testing.T, bytes, steps []byte, greet bool) {
		if greet {
			bytes = append([]byte(greeting), bytes...)
		}
		synctest.Test(t, func(t *testing.T) {
			l := new(fuzz.Listener)
			l.Prepare = func(client, _ *fuzz.Conn) { client.SetReadPlan(fuzz.PlanFrom(steps)) }
			over := make(chan struct{})
			go func() {
				server, err := l.Accept()
				if err != nil {
					return
				}
				go io.Copy(io.Discard, server)
				_, _ = server.Write(bytes) // the client may hang up before it has read all
				select {
				case <-time.After(time.Minute):
				case <-over:
				}
				server.Close()
			}()
			c := &transport.Client{Dial: l.Dial, Log: slog.New(slog.DiscardHandler), FailFast: true, Backoff: -1}
			if _, err := echo.Call(t.Context(), c, "x"); err != nil {
				var e *transport.Error
				require.ErrorAs(t, err, &e)
			}
			close(over)
			require.NoError(t, c.Close())
			require.NoError(t, l.Close())
		})
	})
}
