package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/fuzz"
)

// world is a client and the place where servers come and go. Its clock is that of a synctest bubble, its waits are as long as
// they can be.
type world struct {
	t        *testing.T
	client   client
	shown    strings.Builder
	listener atomic.Pointer[fuzz.Listener] // nil while there is no server
	stopped  chan struct{}                 // closed when the server has stopped
	stop     context.CancelFunc
}

// newWorld returns a world whose client ticks every second, and waits three for an answer.
func newWorld(t *testing.T) *world {
	w := &world{t: t}
	longest := backoff{random: func(below time.Duration) time.Duration { return below }}
	journal := &journal{w: &w.shown, start: time.Now()}
	w.client = client{journal: journal, dial: w.dial, every: time.Second, timeout: 3 * time.Second, backoff: longest}
	return w
}

func (w *world) dial(ctx context.Context) (net.Conn, error) {
	if l := w.listener.Load(); l != nil {
		return l.Dial(ctx)
	}
	return nil, syscall.ECONNREFUSED
}

// start starts a server, whose events are not shown. prepare may be nil.
func (w *world) start(s server, prepare func(client, server *fuzz.Conn)) {
	l := &fuzz.Listener{Prepare: prepare}
	w.listener.Store(l)
	w.stopped = make(chan struct{})
	s.journal = &journal{w: io.Discard}
	ctx, cancel := context.WithCancel(w.t.Context())
	w.stop = cancel
	go func() {
		defer close(w.stopped)
		assert.NoError(w.t, s.serve(ctx, l))
	}()
}

// end ends the server.
func (w *world) end() {
	w.stop()
	<-w.stopped
	w.listener.Store(nil)
}

// run runs the client for a time, and meanwhile what happens, then compares what is shown with want.
func (w *world) run(limit time.Duration, happens func(), want string) {
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.client.run(ctx) }()
	happens()
	assert.ErrorIs(w.t, <-done, context.DeadlineExceeded)
	assert.Equal(w.t, strings.TrimLeft(want, "\n"), w.shown.String())
}
