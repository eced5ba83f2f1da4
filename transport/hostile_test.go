package transport

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// A session is what a hostile peer sends, and what it and the log are told. That the reaction is the right one, and that the
// neighbour notices nothing, the vectors show for every rule; see sessions_test.go.
type session struct {
	name   string
	bytes  []byte
	goaway string        // what the goaway says that the server sends; "": it sends none
	within time.Duration // the connection is closed by then
	log    string        // what the server logs
}

// wire builds the bytes of a session.
type wire []byte

func (w wire) preface() wire { return append(w, preface...) }

func (w wire) hello() wire {
	return w.preface().envelope(envelope{kind: kindHello, payload: helloOf("msgpack")})
}

// helloOf returns the settings of a hello that names a codec.
func helloOf(codec string) []byte { return Limits{}.effective().hello(codec).append(nil) }

func (w wire) envelope(e envelope) wire { return w.frame(e.append(nil)) }

func (w wire) frame(payload []byte) wire {
	w, _ = frame.Varint{}.AppendFrame(w, payload)
	return w
}

// request is a call of "echo" with a msgpack string.
func (w wire) request(id uint64) wire {
	return w.envelope(envelope{kind: kindRequest, id: id, method: []byte("echo"), payload: []byte{0xa1, 'x'}})
}

func sessions() []session {
	const linger = 2 * time.Second
	var new wire
	flood := new.hello()
	for id := uint64(1); id < 20_000; id += 2 {
		flood = flood.envelope(envelope{kind: kindRequest, id: id, method: []byte("block"), payload: []byte{0xa1, 'x'}})
	}
	return []session{
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "", 0, "look"},
		{"TLS", []byte("\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03"), "", 0, "TLS"},
		{"SSH", []byte("SSH-2.0-OpenSSH_9.2\r\n"), "", 0, "SSH"},
		{"zeros", make([]byte, 1<<16), "", 0, "begins with"},
		{"silence", nil, "", DefaultHelloTimeout, "timeout"},
		{"next version", []byte(preface[:7] + "\x02"), "", 0, "version 2, here 1"},
		{"no hello", new.preface().request(1), "before the hello", linger, "before the hello"},
		{"hello cut off", new.preface().frame([]byte{byte(kindHello), 1, 200}), "malformed envelope", linger, "malformed"},
		{"another codec", new.preface().envelope(envelope{kind: kindHello, payload: helloOf("gob")}), `codec "gob"`, linger, "gob"},
		{"frame of 2^62 bytes", append(new.hello(), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40), "over the limit", linger, "over the limit"},
		{"length not minimal", append(new.hello(), 0x81, 0x00, 3), "minimal", linger, "minimal"},
		{"id twice", new.hello().request(1).request(1), "request 1 after request 1", linger, "request 1"},
		{"answer to no call", new.hello().envelope(envelope{kind: kindResponse, id: 2}), "was not made", linger, "was not made"},
		{"a frame never finished", append(new.hello(), 100, 1, 2), "", frame.DefaultFrameTimeout, "longer than the limit"},
		{"more calls than announced", flood, "calls in flight", linger, "calls in flight"},
	}
}

func TestHostilePeers(t *testing.T) {
	for _, s := range sessions() {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { s.run(t) })
		})
	}
}

func (s session) run(t *testing.T) {
	var log strings.Builder
	srv := &Server{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	echo, block := Unary[string, string]("echo"), Unary[string, string]("block")
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	block.Handle(srv, func(ctx context.Context, s string) (string, error) { <-ctx.Done(); return s, ctx.Err() })
	l := new(fuzz.Listener)
	go srv.Serve(l)
	neighbour := &Client{Dial: l.Dial}
	require.NoError(t, neighbour.Connect(t.Context()))

	start := time.Now()
	peer, err := l.Dial(t.Context())
	require.NoError(t, err)
	go peer.Write(s.bytes)
	said, err := io.ReadAll(peer) // until the server closes the connection
	if err != nil {
		assert.ErrorContains(t, err, "reset")
	}
	assert.LessOrEqual(t, time.Since(start), s.within)
	got, err := echo.Call(t.Context(), neighbour, "undisturbed")
	require.NoError(t, err)
	assert.Equal(t, "undisturbed", got)
	peer.Close()
	require.NoError(t, neighbour.Close())
	require.NoError(t, srv.Shutdown(t.Context()))
	synctest.Wait() // until all is logged
	s.check(t, said, log.String())
}

// check checks what the server said and logged.
func (s session) check(t *testing.T, said []byte, log string) {
	assert.Contains(t, log, s.log)
	goaway := ""
	said = bytes.TrimPrefix(said, []byte(preface))
	for payload, err := range frame.NewReader(bytes.NewReader(said), frame.Varint{}).Frames() {
		require.NoError(t, err)
		e, err := parse(payload)
		require.NoError(t, err)
		if e.kind == kindGoaway {
			goaway = e.text()
		}
	}
	if s.goaway == "" {
		assert.Empty(t, goaway)
	}
	assert.Contains(t, goaway, s.goaway)
}

func TestHealthCheckIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(Server)
		a, b := fuzz.Pipe()
		require.NoError(t, a.Close())
		assert.NoError(t, srv.ServeConn(b))
	})
}

// A peer that floods with requests that are refused, and reads nothing, loses its connection.
func TestFloodOfRefusedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &Server{Log: slog.New(slog.DiscardHandler)}
		a, b := fuzz.Pipe()
		defer a.Close()
		result := make(chan error, 1)
		go func() { result <- srv.ServeConn(b) }()
		_, err := a.Write(wire(nil).hello())
		require.NoError(t, err)
		go func() {
			for id := uint64(1); ; id += 2 {
				if _, err := a.Write(wire(nil).request(id)); err != nil {
					return
				}
			}
		}()
		assert.ErrorIs(t, <-result, LimitUnread)
	})
}

// What exceeds a limit that the peer may not know yet is refused, and the connection goes on.
func TestRefusals(t *testing.T) {
	large := envelope{kind: kindRequest, id: 1, method: []byte("echo"), payload: append([]byte{0xda, 0x07, 0xd0}, make([]byte, 2000)...)}
	unknown := envelope{kind: kindRequest, id: 1, method: []byte("what"), payload: []byte{0xa0}}
	block := envelope{kind: kindRequest, id: 1, method: []byte("block"), payload: []byte{0xa0}}
	tests := []struct {
		name  string
		bytes wire
		id    uint64
		code  Code
	}{
		{"request over MaxMessage", wire(nil).hello().envelope(large), 1, ResourceExhausted},
		{"unknown method", wire(nil).hello().envelope(unknown), 1, Unimplemented},
		{"more than MaxInFlight", wire(nil).hello().envelope(block).request(3), 3, ResourceExhausted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &Server{Limits: Limits{MaxMessage: 1000, MaxInFlight: 1}}
				Unary[string, string]("echo").Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
				Unary[string, string]("block").Handle(srv, func(ctx context.Context, s string) (string, error) { <-ctx.Done(); return s, nil })
				a, b := fuzz.Pipe()
				go srv.ServeConn(b)
				_, err := a.Write(tt.bytes)
				require.NoError(t, err)
				require.NoError(t, readPreface(a))
				frames := frame.NewReader(a, frame.Varint{})
				_, err = frames.ReadFrame() // the hello
				require.NoError(t, err)
				payload, err := frames.ReadFrame()
				require.NoError(t, err)
				e, err := parse(payload)
				require.NoError(t, err)
				assert.Equal(t, kindError, e.kind)
				assert.Equal(t, tt.id, e.id)
				assert.Equal(t, tt.code.String(), e.code.String())
				assert.True(t, e.flags == flagRefused)
				require.NoError(t, a.Close())
				require.NoError(t, srv.Shutdown(t.Context()))
			})
		})
	}
}

// A server that breaks the rules harms only its own connection.
func TestHostileServers(t *testing.T) {
	greeting := func() wire { return wire(nil).hello() }
	tests := []struct {
		name  string
		bytes []byte
		says  string
	}{
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), "HTTP"},
		{"hangs up", nil, "closed the connection"},
		{"another codec", wire(nil).preface().envelope(envelope{kind: kindHello, payload: helloOf("gob")}), `codec "gob"`},
		{"answer to no call", greeting().envelope(envelope{kind: kindResponse, id: 9}), "was not made"},
		{"huge frame", append(greeting(), 0xff, 0xff, 0xff, 0xff, 0x7f), "over the limit"},
		{"goaway", greeting().envelope(envelope{kind: kindGoaway, payload: []byte("closed today")}), "closed today"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := new(fuzz.Listener)
				go func() {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					conn.Write(tt.bytes)
					io.Copy(io.Discard, io.LimitReader(conn, 60)) // the greeting and the request
					conn.Close()
				}()
				c := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Log: slog.New(slog.DiscardHandler)}
				conn, err := c.connect(t.Context()) // the client itself would try again
				require.NoError(t, err)
				_, err = Unary[string, string]("echo").Call(t.Context(), conn, strings.Repeat("x", 100))
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.ErrorContains(t, err, tt.says)
				assert.NotEqual(t, Answered, e.Outcome)
				require.NoError(t, c.Close())
				require.NoError(t, l.Close())
			})
		})
	}
}

// A request that the server did not accept before its goaway was certainly not executed; one that it did is answered.
func TestGoawayRefusesWhatItDoesNotCover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(fuzz.Listener)
		c := &Client{FailFast: true, Backoff: -1, Dial: l.Dial, Log: slog.New(slog.DiscardHandler)}
		echo := Unary[string, string]("echo")
		first, second := make(chan error, 1), make(chan error, 1)
		call := func(result chan error) {
			conn, err := c.connect(t.Context()) // the client itself would try again
			assert.NoError(t, err)
			_, err = echo.Call(t.Context(), conn, "x")
			result <- err
		}

		go call(first)
		server, err := l.Accept()
		require.NoError(t, err)
		go io.Copy(io.Discard, server)
		_, err = server.Write(wire(nil).hello())
		require.NoError(t, err)
		synctest.Wait()
		go call(second)
		synctest.Wait()
		_, err = server.Write(wire(nil).envelope(envelope{kind: kindGoaway, id: 1}))
		require.NoError(t, err)

		var e *Error
		require.ErrorAs(t, <-second, &e)
		assert.Equal(t, Refused, e.Outcome)
		assert.Equal(t, Unavailable, e.Code)
		synctest.Wait()
		assert.Empty(t, first, "the call that was accepted goes on")
		_, err = server.Write(wire(nil).envelope(envelope{kind: kindResponse, id: 1, payload: []byte{0xa2, 'o', 'k'}}))
		require.NoError(t, err)
		assert.NoError(t, <-first)
		require.NoError(t, c.Close())
		require.NoError(t, server.Close())
	})
}
