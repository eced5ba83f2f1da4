package transport

import (
	"context"
	"iter"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scriptedStreams are those of a call that the tested side makes, as a script says.
type scriptedStreams struct {
	told   chan Payload  // what is to be sent
	heard  chan Payload  // takes a message only when a step wants to hear it
	over   chan struct{} // closed when the script is over
	finish func()
	quit   func()
}

func newScriptedStreams() *scriptedStreams {
	s := &scriptedStreams{told: make(chan Payload, 100), heard: make(chan Payload), over: make(chan struct{})}
	s.finish = sync.OnceFunc(func() { close(s.told) })
	s.quit = sync.OnceFunc(func() { close(s.over); s.finish() })
	return s
}

// run makes the call.
func (s *scriptedStreams) run(ctx context.Context, c Caller, step step) (Payload, error) {
	switch step.Streams {
	case "up":
		call, err := ClientStream[Payload, Payload](step.Method).Call(ctx, c)
		if err != nil {
			return nil, err
		}
		for p := range s.told {
			_ = call.Send(p) // Finish returns the error
		}
		return call.Finish()
	case "down":
		return nil, s.hear(ServerStream[Payload, Payload](step.Method).Call(ctx, c, Payload(step.Payload)))
	}
	call, err := Bidi[Payload, Payload](step.Method).Call(ctx, c)
	if err != nil {
		return nil, err
	}
	go func() {
		for p := range s.told {
			_ = call.Send(p)
		}
		_ = call.CloseSend()
	}()
	return nil, s.hear(call.All())
}

func (s *scriptedStreams) hear(messages iter.Seq2[Payload, error]) error {
	for p, err := range messages {
		if err != nil {
			return err
		}
		select {
		case s.heard <- p:
		case <-s.over:
			return nil
		}
	}
	return nil
}

func (s *scriptedStreams) hears(t *testing.T, i int, want octets) {
	select {
	case got := <-s.heard:
		assert.Equal(t, string(want), string(got), "step %d", i)
	case <-time.After(time.Second):
		require.Fail(t, "nothing was heard", "step %d", i)
	}
}

// serveScriptedStreams serves the methods of accepting-streams.json.
func serveScriptedStreams(srv *Server) {
	type up = iter.Seq2[Payload, error]
	type down = func(Payload) error
	ClientStream[Payload, Payload]("join").Handle(srv, func(_ context.Context, messages up) (all Payload, _ error) {
		for p := range messages {
			all = append(all, p...)
		}
		return all, nil
	})
	ClientStream[Payload, Payload]("first").Handle(srv, func(_ context.Context, messages up) (Payload, error) {
		for p, err := range messages {
			return p, err
		}
		return nil, nil
	})
	ClientStream[Payload, Payload]("count").Handle(srv, func(_ context.Context, messages up) (Payload, error) {
		n := 0
		for range messages {
			n++
		}
		return Payload(strconv.Itoa(n)), nil
	})
	ClientStream[Payload, Payload]("deaf").Handle(srv, func(ctx context.Context, _ up) (Payload, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ServerStream[Payload, Payload]("split").Handle(srv, func(_ context.Context, p Payload, send down) error {
		for i := range p {
			if err := send(p[i : i+1]); err != nil {
				return err
			}
		}
		return nil
	})
	ServerStream[Payload, Payload]("repeat").Handle(srv, func(_ context.Context, p Payload, send down) (err error) {
		for err == nil {
			err = send(p)
		}
		return err
	})
	ServerStream[Payload, Payload]("hold").Handle(srv, func(ctx context.Context, _ Payload, _ down) error {
		<-ctx.Done()
		return ctx.Err()
	})
	Bidi[Payload, Payload]("chat").Handle(srv, func(_ context.Context, messages up, send down) error {
		for p, err := range messages {
			if err != nil {
				return err
			}
			if err := send(p); err != nil {
				return err
			}
		}
		return nil
	})
}
