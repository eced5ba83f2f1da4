package main

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

func TestConnectionStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(server{}, nil)
		w.run(3500*time.Millisecond, func() {}, `
   0.000s  connect  to pipe:0
   1.000s  send     "tick 1"
   1.000s  data     "tick 1"
   2.000s  send     "tick 2"
   2.000s  data     "tick 2"
   3.000s  send     "tick 3"
   3.000s  data     "tick 3"
3 sent, 3 answered, 1 connections
`)
		w.end()
	})
}

// The server of the tutorial hangs up behind its answer. Ours never writes on what has ended, and makes a new connection.
func TestServerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(server{end: true}, nil)
		w.run(2050*time.Millisecond, func() {}, `
   0.000s  connect  to pipe:0
   1.000s  send     "tick 1"
   1.000s  data     "tick 1"
   1.000s  end      the server has closed the connection
   1.000s  retry    in 100ms
   1.100s  connect  to pipe:0
   2.000s  send     "tick 2"
   2.000s  data     "tick 2"
   2.000s  end      the server has closed the connection
   2.000s  retry    in 100ms
2 sent, 2 answered, 2 connections
`)
		w.end()
	})
}

func TestServerFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(server{mute: true}, nil)
		w.run(6500*time.Millisecond, func() {}, `
   0.000s  connect  to pipe:0
   1.000s  send     "tick 1"
   2.000s  send     "tick 2"
   3.000s  send     "tick 3"
   3.000s  timeout  frame: no frame began within the idle limit
   3.000s  retry    in 100ms
   3.100s  connect  to pipe:0
   4.000s  send     "tick 4"
   5.000s  send     "tick 5"
   6.000s  send     "tick 6"
   6.100s  timeout  frame: no frame began within the idle limit
   6.100s  retry    in 200ms
   6.300s  connect  to pipe:0
6 sent, 0 answered, 3 connections
`)
		w.end()
	})
}

// While the server is away, the client waits longer each time; when all is well again, it forgets that.
func TestServerIsAwayAndRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.client.every = 2 * time.Second
		w.run(7*time.Second, func() {
			time.Sleep(time.Second)
			w.start(server{}, nil)
			time.Sleep(4500 * time.Millisecond)
			w.end()
			time.Sleep(200 * time.Millisecond)
			w.start(server{}, nil)
		}, `
   0.000s  error    connection refused
   0.000s  retry    in 100ms
   0.100s  error    connection refused
   0.100s  retry    in 200ms
   0.300s  error    connection refused
   0.300s  retry    in 400ms
   0.700s  error    connection refused
   0.700s  retry    in 800ms
   1.500s  connect  to pipe:0
   2.000s  send     "tick 1"
   2.000s  data     "tick 1"
   4.000s  send     "tick 2"
   4.000s  data     "tick 2"
   5.500s  end      the server has closed the connection
   5.500s  retry    in 100ms
   5.600s  error    connection refused
   5.600s  retry    in 200ms
   5.800s  connect  to pipe:0
   6.000s  send     "tick 3"
   6.000s  data     "tick 3"
3 sent, 3 answered, 2 connections
`)
		w.end()
	})
}

// A server that accepts and hangs up is not well: the client waits longer each time.
func TestServerAcceptsAndHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(server{}, func(_, server *fuzz.Conn) { server.Close() })
		w.run(400*time.Millisecond, func() {}, `
   0.000s  connect  to pipe:0
   0.000s  end      the server has closed the connection
   0.000s  retry    in 100ms
   0.100s  connect  to pipe:0
   0.100s  end      the server has closed the connection
   0.100s  retry    in 200ms
   0.300s  connect  to pipe:0
   0.300s  end      the server has closed the connection
   0.300s  retry    in 400ms
0 sent, 0 answered, 3 connections
`)
		w.end()
	})
}

// What breaks a connection in the middle of a frame is an error, and no end.
func TestBrokenConnections(t *testing.T) {
	tests := []struct {
		name string
		plan fuzz.Plan
		want string
	}{
		{"cut off inside a frame", fuzz.Plan{3, fuzz.EOF}, "error    frame: "},
		{"reset", fuzz.Plan{3, fuzz.Reset}, "error    read "},
		{"stuck inside a frame", fuzz.Plan{3, fuzz.Stall, fuzz.Stall, fuzz.Stall, fuzz.Stall}, "timeout  frame: the frame took longer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.client.every = 2 * time.Second
				w.start(server{}, func(client, _ *fuzz.Conn) { client.SetReadPlan(tt.plan) })
				ctx, cancel := context.WithTimeout(t.Context(), 5050*time.Millisecond)
				defer cancel()
				assert.Error(t, w.client.run(ctx))
				assert.Contains(t, w.shown.String(), tt.want)
				assert.NotContains(t, w.shown.String(), " end ")
				w.end()
			})
		})
	}
}

// A server that takes nothing makes a write wait, but not for ever.
func TestServerReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(fuzz.Listener)
		l.Prepare = func(client, server *fuzz.Conn) {
			server.SetReadBuffer(1)
			_, err := server.Write([]byte("\x01a\x01a\x01a\x01a\x01a\x01a"))
			assert.NoError(t, err)
			client.SetReadPlan(fuzz.Plan{2, fuzz.Stall, fuzz.Stall, fuzz.Repeat}) // so that reading is no timeout
		}
		w := newWorld(t)
		w.listener.Store(l)
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		assert.Error(t, w.client.run(ctx))
		assert.Contains(t, w.shown.String(), "4.000s  timeout  frame: the write took longer")
	})
}

func TestEnoughAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.client.count = 2
		w.start(server{end: true}, nil)
		require.NoError(t, w.client.run(t.Context()))
		assert.Equal(t, 2*time.Second, time.Since(w.client.start))
		assert.Contains(t, w.shown.String(), "\n2 sent, 2 answered, 2 connections\n")
		w.end()
	})
}

// Whenever the signal comes, the client ends at once and leaves nothing behind: the bubble waits for every goroutine.
func TestInterruptAtAnyTime(t *testing.T) {
	for _, s := range []server{{}, {end: true}, {mute: true}} {
		for at := range 40 {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				limit := time.Duration(at) * 130 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				w.start(s, nil)
				assert.ErrorIs(t, w.client.run(ctx), context.DeadlineExceeded)
				assert.Equal(t, limit, time.Since(w.client.start))
				w.end()
			})
		}
	}
}

// However the network cuts, every tick is answered.
func TestTicksSurviveAnyCut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		near, far := fuzz.Plans().Draw(rt, "plan of the client"), fuzz.Plans().Draw(rt, "plan of the server")
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.client.count = 20
			w.start(server{}, func(client, server *fuzz.Conn) {
				client.SetReadPlan(near)
				server.SetReadPlan(far)
			})
			assert.NoError(t, w.client.run(t.Context()))
			assert.Equal(t, []int{20, 20, 1}, []int{w.client.sent, w.client.answered, w.client.connections})
			w.end()
		})
	})
}

// What the client sends is frames that anybody can read: their length, and a text.
func TestWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(fuzz.Listener)
		w := newWorld(t)
		w.listener.Store(l)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.client.run(ctx) }()
		conn, err := l.Accept()
		require.NoError(t, err)
		wire := make([]byte, 14)
		_, err = io.ReadFull(conn, wire)
		require.NoError(t, err)
		assert.Equal(t, "\x06tick 1\x06tick 2", string(wire))
		cancel()
		assert.ErrorIs(t, <-done, context.Canceled)
	})
}
