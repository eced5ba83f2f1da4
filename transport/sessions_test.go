package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/fuzz"
)

// The files of docs/vectors that hold sessions; README.md there says what they mean.
var (
	acceptingFiles = []string{"accepting.json", "accepting-streams.json"}
	dialingFiles   = []string{"dialing.json", "dialing-streams.json"}
)

type sessionFile struct {
	Greeting octets
	Settings struct{ Message, Calls int }
	Sessions []scripted
}

type scripted struct {
	Name, Rule string
	Greeting   bool
	Message    int
	Steps      []step
}

// step is one step of a session.
type step struct {
	Send  octets
	Times int

	Expect        *expected
	Silence, Wait float64
	Hangup        bool
	Closed        bool
	Do            string

	Call, Cancel, Result, Notify string
	Streams                      string // of a call: "up", "down", "both"; "": none
	Tell, Finish, Hears          string
	Method                       string
	Payload                      octets
	Timeout                      int64
	Metadata                     map[string]octets
	Code                         Code
	Outcome                      string
}

// expected is an envelope of which some fields are known.
type expected struct {
	Kind     string
	ID       *uint64
	Flags    *byte
	Metadata map[string]octets
	Timeout  *int64
	Method   *string
	Code     *Code
	Amount   *uint64
	Payload  *octets
}

func readSessions(t *testing.T, name string) sessionFile {
	var file sessionFile
	readVectors(t, name, &file)
	require.NotEmpty(t, file.Sessions)
	return file
}

// Each session of a side that accepted breaks a rule, or keeps it, and sees the reaction that the specification names. Another
// connection of the same server notices nothing.
func TestAcceptingSessions(t *testing.T) {
	for _, name := range acceptingFiles {
		file := readSessions(t, name)
		for _, s := range file.Sessions {
			t.Run(s.Rule+" "+s.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { s.runAccepting(t, file) })
			})
		}
	}
}

func (s scripted) runAccepting(t *testing.T, file sessionFile) {
	srv := scriptedServer(Limits{MaxMessage: file.Settings.Message, MaxInFlight: file.Settings.Calls, IdleTimeout: -1})
	neighbour := &Client{Codec: codec.Raw{}, Dial: func(context.Context) (net.Conn, error) {
		a, b := fuzz.Pipe()
		go srv.ServeConn(b)
		return a, nil
	}}
	assertServed(t, neighbour)

	a, b := fuzz.Pipe()
	peer := &script{conn: a, came: make(chan envelope, 10_000), over: make(chan struct{})}
	peer.drain = func() { go srv.Shutdown(context.Background()) }
	go func() {
		defer close(peer.over)
		_ = srv.ServeConn(b)
	}()
	go peer.listen()
	defer func() {
		a.Reset()
		<-peer.over
		assert.NoError(t, neighbour.Close())
		assert.NoError(t, srv.Close())
	}()
	if s.Greeting {
		_, err := a.Write(file.Greeting)
		require.NoError(t, err)
	}
	peer.run(t, s.Steps)
	if !slices.ContainsFunc(s.Steps, func(s step) bool { return s.Do == "shutdown" }) {
		assertServed(t, neighbour)
	}
}

func assertServed(t *testing.T, c *Client) {
	t.Helper()
	got, err := Unary[Payload, Payload]("echo").Call(t.Context(), c, Payload("undisturbed"))
	require.NoError(t, err)
	assert.Equal(t, "undisturbed", string(got))
}

// scriptedServer serves the methods of accepting.json.
func scriptedServer(limits Limits) *Server {
	srv := &Server{Codec: codec.Raw{}, Limits: limits, Log: slog.New(slog.DiscardHandler)}
	srv.Authenticate = func(_ context.Context, c *Conn) (any, error) {
		if shown := string(c.Credentials()); shown != "" && shown != "right" {
			return nil, errors.New("not told to the peer")
		}
		return nil, nil
	}
	echo := func(_ context.Context, p Payload) (Payload, error) { return p, nil }
	Unary[Payload, Payload]("echo").Handle(srv, echo)
	Unary[Payload, Payload]("inline").HandleInline(srv, echo)
	Unary[Payload, Payload]("fail").Handle(srv, func(context.Context, Payload) (Payload, error) {
		return nil, Errorf(NotFound, "no")
	})
	Unary[Payload, Payload]("meta").Handle(srv, func(ctx context.Context, _ Payload) (Payload, error) {
		CallFrom(ctx).Reply = CallFrom(ctx).Metadata
		return nil, nil
	})
	Unary[Payload, Payload]("block").Handle(srv, func(ctx context.Context, _ Payload) (Payload, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	serveScriptedStreams(srv)
	notes := make(chan Payload, 100)
	Notify[Payload]("note").Handle(srv, func(_ context.Context, p Payload) error { notes <- p; return nil })
	Notify[Payload]("stuck").Handle(srv, func(ctx context.Context, _ Payload) error { <-ctx.Done(); return nil })
	Unary[Payload, Payload]("notes").Handle(srv, func(context.Context, Payload) (all Payload, _ error) {
		for len(notes) > 0 {
			all = append(all, <-notes...)
		}
		return all, nil
	})
	return srv
}

func TestDialingSessions(t *testing.T) {
	for _, name := range dialingFiles {
		file := readSessions(t, name)
		for _, s := range file.Sessions {
			t.Run(s.Rule+" "+s.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { s.runDialing(t, file) })
			})
		}
	}
}

func (s scripted) runDialing(t *testing.T, file sessionFile) {
	a, b := fuzz.Pipe()
	c := &Client{Codec: codec.Raw{}, Limits: Limits{MaxMessage: file.Settings.Message, MaxInFlight: file.Settings.Calls, IdleTimeout: -1}, Log: slog.New(slog.DiscardHandler)}
	if s.Message > 0 {
		c.Limits.MaxMessage = s.Message
	}
	over := make(chan struct{})
	c.Dial = func(context.Context) (net.Conn, error) {
		if a == nil {
			return nil, errors.New("there is one connection")
		}
		nc := &closeTeller{Conn: a, closed: over}
		a = nil
		return nc, nil
	}
	Unary[Payload, Payload]("echo").Handle(c, func(_ context.Context, p Payload) (Payload, error) { return p, nil })
	peer := &script{conn: b, came: make(chan envelope, 10_000), over: over, calls: map[string]*scriptedCall{}, tried: OnceOnly{c}}
	go peer.listen()
	go c.Connect(context.Background())
	defer func() {
		b.Reset()
		assert.NoError(t, c.Close())
		for _, call := range peer.calls {
			call.quit()
			<-call.done
		}
	}()
	if s.Greeting {
		_, err := b.Write(file.Greeting)
		require.NoError(t, err)
	}
	synctest.Wait()
	peer.run(t, s.Steps)
}

// closeTeller tells when a connection is closed.
type closeTeller struct {
	*fuzz.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *closeTeller) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
