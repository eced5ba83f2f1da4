package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// The methods that the tests call.
type sumReq struct{ A, B int }

var (
	sum   = transport.Unary[sumReq, int]("sum")
	echo  = transport.Unary[string, string]("echo")
	bytes = transport.Unary[[]byte, []byte]("bytes")
	block = transport.Unary[string, string]("block") // answers when its context ends, with the cause
	fail  = transport.Unary[string, string]("fail")
)

// world is a server and a client, joined in memory inside a synctest bubble.
type world struct {
	server   *transport.Server
	client   *transport.Client
	listener *fuzz.Listener
	secure   *tls.Config // nil: no TLS
	served   chan error  // what Serve returned
	logs     *logs
	causes   chan error // why the contexts of block ended
}

// inWorld runs test in a bubble with a server that serves the methods above. prepare may change the world before it starts.
func inWorld(t *testing.T, prepare func(*world), test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{listener: new(fuzz.Listener), logs: new(logs), served: make(chan error, 1), causes: make(chan error, 1000)}
		log := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.server = &transport.Server{Log: log}
		w.client = &transport.Client{Dial: w.listener.Dial, Log: log, FailFast: true}
		if prepare != nil {
			prepare(w)
		}
		w.handle()
		go func() { w.served <- w.serve() }()
		defer func() {
			assert.NoError(t, w.client.Close())
			assert.NoError(t, w.server.Close())
			time.Sleep(time.Minute) // of the bubble: whoever sleeps wakes, and finds that all is over
		}()
		test(t, w)
	})
}

func (w *world) serve() error {
	if w.secure != nil {
		return w.server.ServeTLS(w.listener, w.secure)
	}
	return w.server.Serve(w.listener)
}

func (w *world) handle() {
	sum.Handle(w.server, func(_ context.Context, r sumReq) (int, error) { return r.A + r.B, nil })
	echo.Handle(w.server, func(_ context.Context, s string) (string, error) { return s, nil })
	bytes.Handle(w.server, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
	block.Handle(w.server, func(ctx context.Context, s string) (string, error) {
		<-ctx.Done()
		w.causes <- context.Cause(ctx)
		return s, ctx.Err()
	})
	fail.Handle(w.server, func(_ context.Context, how string) (string, error) {
		switch how {
		case "panic":
			panic("on purpose")
		case "plain":
			return "", errors.New("plain text")
		case "eof":
			return "", io.EOF
		}
		return "", transport.Errorf(transport.NotFound, "no %s here", how)
	})
}

// assertWorks checks that calls still go through.
func (w *world) assertWorks(t *testing.T) {
	t.Helper()
	got, err := sum.Call(t.Context(), w.client, sumReq{2, 3})
	require.NoError(t, err)
	assert.Equal(t, 5, got)
}

// requireError checks that err is an *Error with a code and an outcome.
func requireError(t *testing.T, err error, code transport.Code, outcome transport.Outcome) *transport.Error {
	t.Helper()
	var e *transport.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code.String(), e.Code.String(), "%v", err)
	require.Equal(t, outcome.String(), e.Outcome.String(), "%v", err)
	return e
}

// logs collects what is logged.
type logs struct {
	mu   sync.Mutex
	text []byte
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// join returns a client of srv, joined in memory, and what ends both.
func join(srv *transport.Server) (c *transport.Client, done func()) {
	l := new(fuzz.Listener)
	go srv.Serve(l)
	c = &transport.Client{Dial: l.Dial, Log: discard()}
	return c, func() {
		_ = c.Close()
		_ = srv.Close()
	}
}
