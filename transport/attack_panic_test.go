package transport

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
)

// fuse is a message whose methods panic.
type fuse struct{}

func (fuse) EncodeMsgpack(*msgpack.Encoder) error  { panic("on purpose") }
func (*fuse) DecodeMsgpack(*msgpack.Decoder) error { panic("on purpose") }

// panics serves methods that panic, each in its own way. They take a string and answer with a string, as far as the caller knows.
func panics(srv *Server) (methods []string) {
	serve := func(name string, handle func(name string)) {
		handle(name)
		methods = append(methods, name)
	}
	handler := func(context.Context, string) (string, error) { panic("on purpose") }
	serve("handler", func(name string) { Unary[string, string](name).Handle(srv, handler) })
	serve("inline", func(name string) { Unary[string, string](name).HandleInline(srv, handler) })
	serve("decoder", func(name string) {
		Unary[fuse, string](name).Handle(srv, func(context.Context, fuse) (string, error) { return "", nil })
	})
	serve("encoder", func(name string) {
		Unary[string, fuse](name).Handle(srv, func(context.Context, string) (fuse, error) { return fuse{}, nil })
	})
	serve("unknown", func(string) {
		HandleUnknown(srv, func(context.Context, Payload) (Payload, error) { panic("on purpose") })
	})
	return methods
}

// Row 24: handlers, decoders and encoders that panic, a hundred thousand times: each call is answered without the panic's text, and
// nobody else notices.
func TestRow24Panics(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		methods := panics(a.srv)
		attacker := &Client{Dial: a.listener.Dial, Log: slog.New(slog.DiscardHandler)}
		var callers sync.WaitGroup
		const at = 8
		for range at {
			callers.Go(func() {
				for i := range 100_000 / at / slower {
					_, err := Unary[string, string](methods[i%len(methods)]).Call(t.Context(), attacker, "x")
					if !assert.EqualError(t, err, "transport: internal: the handler failed", methods[i%len(methods)]) {
						return
					}
				}
			})
		}
		for range 10_000 / slower {
			a.assertServed(t)
		}
		callers.Wait()
		assert.Equal(t, 2, a.srv.Stats().Conns, "no connection was lost")
		require.NoError(t, attacker.Close())
	})
}

// A stream whose messages panic where they are decoded or encoded ends in the same way.
func TestRow24PanicsInStreams(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		ServerStream[string, fuse]("down").Handle(a.srv, func(_ context.Context, _ string, send func(fuse) error) error { return send(fuse{}) })
		ServerStream[fuse, string]("request").Handle(a.srv, func(context.Context, fuse, func(string) error) error { return nil })
		for _, name := range []string{"down", "request"} {
			for _, err := range ServerStream[string, string](name).Call(t.Context(), a.neighbour, "x") {
				assert.EqualError(t, err, "transport: internal: the handler failed", name)
			}
		}
		ClientStream[fuse, int]("up").Handle(a.srv, func(_ context.Context, in iter.Seq2[fuse, error]) (int, error) {
			for _, err := range in {
				return 0, err
			}
			return 0, nil
		})
		call, err := ClientStream[string, int]("up").Call(t.Context(), a.neighbour)
		require.NoError(t, err)
		require.NoError(t, call.Send("x"))
		_, err = call.Finish()
		assert.EqualError(t, err, "transport: internal: the handler failed")
	})
}
