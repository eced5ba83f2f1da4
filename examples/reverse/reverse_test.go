package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// notes is what a program has said so far.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// world is a hub, and what dials it, in memory and with a clock of its own.
type world struct {
	l       *fuzz.Listener
	hub     *hub
	endHub  context.CancelFunc
	hubOver chan error
	said    *notes // by the hub
}

func newWorld(token string) *world {
	w := &world{l: new(fuzz.Listener), said: new(notes), hubOver: make(chan error, 1)}
	w.hub = newHub(&printer{w: w.said}, token)
	ctx, cancel := context.WithCancel(context.Background())
	w.endHub = cancel
	go func() { w.hubOver <- w.hub.run(ctx, w.l) }()
	return w
}

func (w *world) end(t *testing.T) {
	w.endHub()
	assert.NoError(t, <-w.hubOver)
}

func (w *world) client(token string) *transport.Client {
	return &transport.Client{
		Dial:        func(ctx context.Context) (net.Conn, error) { return w.l.Dial(ctx) },
		Credentials: func(context.Context) ([]byte, error) { return []byte(token), nil },
		Backoff:     backoff,
		MaxBackoff:  maxBackoff,
	}
}

// anAgent runs an agent.
type anAgent struct {
	said *notes
	end  context.CancelFunc
	over chan error
}

func (w *world) agent(name, token string) *anAgent {
	ctx, cancel := context.WithCancel(context.Background())
	a := &anAgent{new(notes), cancel, make(chan error, 1)}
	go func() { a.over <- newAgent(&printer{w: a.said}, name, w.client(token)).run(ctx) }()
	return a
}

func to(ctx context.Context, name string) context.Context {
	return transport.WithMetadata(ctx, transport.Metadata{forAgent: name})
}

func TestCallsThroughTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("s3cret")
		ada, bob := w.agent("ada", "s3cret"), w.agent("bob", "s3cret")
		synctest.Wait()
		c, ctx := w.client("s3cret"), t.Context()

		names, err := agents.Call(ctx, c, struct{}{})
		require.NoError(t, err)
		assert.Equal(t, []string{"ada", "bob"}, names)
		text, err := echo.Call(to(ctx, "ada"), c, "hello")
		require.NoError(t, err)
		assert.Equal(t, "hello", text)
		d, err := describe.Call(to(ctx, "bob"), c, struct{}{})
		require.NoError(t, err)
		assert.Equal(t, "bob", d.Name)
		assert.Equal(t, 1, d.Answered)
		_, err = echo.Call(to(ctx, "eve"), c, "hello")
		assert.ErrorIs(t, err, &transport.Error{Code: transport.NotFound})
		_, err = transport.Unary[string, string]("agent.fly").Call(to(ctx, "ada"), c, "home")
		assert.Equal(t, transport.Unimplemented, transport.CodeOf(err))

		ada.end()
		bob.end()
		assert.NoError(t, <-ada.over)
		assert.NoError(t, <-bob.over)
		assert.Equal(t, "serving as \"ada\"\n", ada.said.String())
		assert.NoError(t, c.Close())
		w.end(t)
		assert.Contains(t, w.said.String(), `"ada" is gone: transport: the caller canceled the call`)
	})
}

// Deadlines and cancels of a caller reach the agent, through the hub.
func TestContextsReachTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("")
		ada := w.agent("ada", "")
		synctest.Wait()
		c := w.client("")

		late, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := pause.Call(to(late, "ada"), c, time.Hour)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		_, err = pause.Call(to(ctx, "ada"), c, time.Hour)
		assert.ErrorIs(t, err, context.Canceled)
		synctest.Wait()
		assert.Equal(t, 2, strings.Count(ada.said.String(), "the pause has ended early"))

		ada.end()
		assert.NoError(t, <-ada.over)
		assert.NoError(t, c.Close())
		w.end(t)
	})
}

func TestAgentComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := newWorld("")
		ada := first.agent("ada", "")
		synctest.Wait()
		l := first.l
		first.end(t)
		assert.Error(t, l.Close())
		time.Sleep(time.Hour)
		lines := strings.Count(ada.said.String(), "no hub: ")
		assert.Greater(t, lines, 360, "at most every ten seconds")
		assert.Less(t, lines, 5000)

		ada.end()
		assert.NoError(t, <-ada.over)
	})
}

func TestTheNewestOfANameWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("")
		older := w.agent("ada", "")
		synctest.Wait()
		newer := w.agent("ada", "")
		assert.ErrorIs(t, <-older.over, &transport.Error{Code: transport.Aborted})
		synctest.Wait()
		c := w.client("")
		names, err := agents.Call(t.Context(), c, struct{}{})
		require.NoError(t, err)
		assert.Equal(t, []string{"ada"}, names)
		_, err = echo.Call(to(t.Context(), "ada"), c, "hello")
		assert.NoError(t, err)
		newer.end()
		assert.NoError(t, <-newer.over)
		assert.NoError(t, c.Close())
		w.end(t)
	})
}

// An agent that is stopped answers the calls that it has.
func TestAgentEndsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("")
		ada := w.agent("ada", "")
		synctest.Wait()
		c := w.client("")
		done := make(chan error, 1)
		go func() {
			_, err := pause.Call(to(context.Background(), "ada"), c, grace/2)
			done <- err
		}()
		synctest.Wait()
		ada.end()
		assert.NoError(t, <-done)
		assert.NoError(t, <-ada.over)
		assert.NoError(t, c.Close())
		w.end(t)
	})
}

func TestWithoutTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("s3cret")
		assert.Equal(t, transport.Unauthenticated, transport.CodeOf(<-w.agent("eve", "guess").over))
		_, err := agents.Call(t.Context(), w.client("s3cret "), struct{}{})
		assert.ErrorIs(t, err, &transport.Error{Code: transport.Unauthenticated})
		assert.Equal(t, transport.InvalidArgument, transport.CodeOf(<-w.agent("", "s3cret").over))
		w.end(t)
	})
}

func TestHubWithoutListener(t *testing.T) {
	broken := errors.New("broken")
	err := newHub(&printer{w: new(notes)}, "").run(t.Context(), brokenListener{broken})
	assert.ErrorIs(t, err, broken)
}

// brokenListener cannot accept.
type brokenListener struct{ err error }

func (l brokenListener) Accept() (net.Conn, error) { return nil, l.err }
func (l brokenListener) Close() error              { return nil }
func (l brokenListener) Addr() net.Addr            { return &net.TCPAddr{} }
