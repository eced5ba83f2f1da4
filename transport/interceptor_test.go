package transport_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// diary notes what interceptors see, in its order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take returns what was noted since the last take.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

// interceptor returns one that notes what it sees.
func (d *diary) interceptor(name string) transport.Interceptor {
	return func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
		d.note("%s: %v %v %s %s", name, call.Side, call.Kind, call.Method, message(call.Request))
		err := next(ctx)
		d.note("%s: %s %v", name, message(call.Response), transport.CodeOf(err))
		return err
	}
}

func message(ptr any) string {
	switch m := ptr.(type) {
	case *string:
		return fmt.Sprintf("%q", *m)
	case *transport.Payload:
		return fmt.Sprintf("payload %x", []byte(*m))
	}
	return fmt.Sprint(ptr)
}

func TestInterceptorsAreAroundEachCall(t *testing.T) {
	var d diary
	hint := transport.Notify[string]("hint")
	fastHint := transport.Notify[string]("fast hint")
	inWorld(t, func(w *world) {
		w.server.Interceptors = []transport.Interceptor{d.interceptor("s1"), d.interceptor("s2")}
		w.client.Interceptors = []transport.Interceptor{d.interceptor("c1"), d.interceptor("c2")}
		fast.HandleInline(w.server, func(_ context.Context, s string) (string, error) { return s + "!", nil })
		take := func(_ context.Context, s string) error { d.note("took %s", s); return nil }
		hint.Handle(w.server, take)
		fastHint.HandleInline(w.server, take)
		transport.HandleUnknown(w.server, func(_ context.Context, p transport.Payload) (transport.Payload, error) { return p, nil })
		ask.Handle(w.client, func(_ context.Context, s string) (string, error) { return "answer", nil })
		echo2 := transport.Unary[string, string]("back")
		echo2.Handle(w.server, func(ctx context.Context, s string) (string, error) {
			return ask.Call(ctx, transport.CallFrom(ctx).Conn, "question")
		})
	}, func(t *testing.T, w *world) {
		call := func(name string) func() {
			return func() {
				_, err := transport.Unary[string, string](name).Call(t.Context(), w.client, "x")
				if name != "fail" {
					assert.NoError(t, err)
				}
			}
		}
		// bothSides is what is to be noted about a call that nothing happens in but what inner says.
		bothSides := func(what, request, answer string, inner ...string) []string {
			lines := []string{"c1: outgoing " + what + ` "x"`, "c2: outgoing " + what + ` "x"`,
				"s1: incoming " + what + request, "s2: incoming " + what + request}
			lines = append(lines, inner...)
			return append(lines, "s2: "+answer, "s1: "+answer, "c2: "+answer, "c1: "+answer)
		}
		unary := []struct {
			do   func()
			want []string
		}{
			{call("echo"), bothSides("unary echo", ` "x"`, `"x" ok`)},
			{call("fast"), bothSides("unary fast", ` "x"`, `"x!" ok`)},
			{call("fail"), bothSides("unary fail", ` "x"`, `"" not_found`)},
			{call("back"), bothSides("unary back", ` "x"`, `"answer" ok`,
				`s1: outgoing unary ask "question"`, `s2: outgoing unary ask "question"`,
				`c1: incoming unary ask "question"`, `c2: incoming unary ask "question"`,
				`c2: "answer" ok`, `c1: "answer" ok`, `s2: "answer" ok`, `s1: "answer" ok`)},
		}
		for _, tt := range unary {
			tt.do()
			assert.Equal(t, tt.want, d.take())
		}
		call("unknown")()
		lines := d.take()
		assert.Contains(t, lines, "s2: incoming unary unknown payload a178")
		assert.Contains(t, lines, "s1: payload a178 ok")

		for _, m := range []transport.NotifyMethod[string]{hint, fastHint, transport.Notify[string]("unknown hint")} {
			require.NoError(t, m.Send(t.Context(), w.client, "x"))
			synctest.Wait()
			lines := d.take()
			assert.Subset(t, lines, []string{"c1: outgoing notify " + m.Name() + ` "x"`, "c1: <nil> ok", "s2: <nil> ok", "s1: <nil> ok"})
			assert.Len(t, lines, 8+map[bool]int{true: 1}[m.Name() != "unknown hint"])
		}
	})
}

func TestInterceptorsSeeAndChangeWhatGoesAlong(t *testing.T) {
	whoami := transport.Unary[string, string]("whoami")
	inWorld(t, func(w *world) {
		w.client.Interceptors = []transport.Interceptor{func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			assert.Nil(t, call.Conn, "there is none yet")
			assert.Equal(t, "1", call.Metadata["a"])
			call.Metadata["b"] = "2"
			*call.Request.(*string) += " and more"
			err := next(ctx)
			assert.NotNil(t, call.Conn)
			assert.Equal(t, transport.Metadata{"c": "3"}, call.Reply)
			call.Reply["d"] = "4"
			*call.Response.(*string) += "?"
			return err
		}}
		w.server.Interceptors = []transport.Interceptor{func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			assert.Same(t, call, transport.CallFrom(ctx))
			assert.Equal(t, transport.Metadata{"a": "1", "b": "2"}, call.Metadata)
			err := next(ctx)
			call.Reply = transport.Metadata{"c": "3"}
			*call.Response.(*string) += "!"
			return err
		}}
		whoami.Handle(w.server, func(_ context.Context, s string) (string, error) { return s, nil })
	}, func(t *testing.T, w *world) {
		var reply transport.Metadata
		own := transport.Metadata{"a": "1"}
		ctx := transport.WithReplyMetadata(transport.WithMetadata(t.Context(), own), &reply)
		got, err := whoami.Call(ctx, w.client, "me")
		require.NoError(t, err)
		assert.Equal(t, "me and more!?", got)
		assert.Equal(t, transport.Metadata{"c": "3", "d": "4"}, reply)
		assert.Equal(t, transport.Metadata{"a": "1"}, own, "it is the caller's")
	})
}

func TestInterceptorsThatDoWithoutTheCall(t *testing.T) {
	plain := errors.New("not today")
	tests := []struct {
		name      string
		client    bool
		intercept func(call *transport.Call, next func() error) error
		code      transport.Code
		outcome   transport.Outcome
		ran       int // handlers
	}{
		{"turned down here", true, func(*transport.Call, func() error) error {
			return transport.Errorf(transport.PermissionDenied, "no")
		}, transport.PermissionDenied, transport.NotSent, 0},
		{"plain error here", true, func(*transport.Call, func() error) error { return plain }, transport.Unknown, transport.NotSent, 0},
		{"plain error here, later", true, func(_ *transport.Call, next func() error) error {
			_ = next()
			return plain
		}, transport.Unknown, transport.Answered, 1},
		{"the call's own error, wrapped", true, func(call *transport.Call, next func() error) error {
			*call.Request.(*string) = "cheese"
			return fmt.Errorf("wrapped: %w", next())
		}, transport.NotFound, transport.Answered, 1},
		{"answered here", true, func(call *transport.Call, _ func() error) error {
			*call.Response.(*string) = "cached"
			return nil
		}, transport.OK, 0, 0},
		{"twice from here", true, func(_ *transport.Call, next func() error) error {
			_ = next()
			return next()
		}, transport.OK, 0, 2},
		{"turned down there", false, func(*transport.Call, func() error) error {
			return transport.Errorf(transport.PermissionDenied, "no")
		}, transport.PermissionDenied, transport.Answered, 0},
		{"plain error there", false, func(*transport.Call, func() error) error { return plain }, transport.Unknown, transport.Answered, 0},
		{"answered there", false, func(call *transport.Call, _ func() error) error {
			*call.Response.(*string) = "cached"
			return nil
		}, transport.OK, 0, 0},
		{"twice there", false, func(_ *transport.Call, next func() error) error {
			_ = next()
			return next()
		}, transport.OK, 0, 2},
		{"panic there", false, func(*transport.Call, func() error) error { panic("on purpose") }, transport.Internal, transport.Answered, 0},
		{"error for a good answer there", false, func(_ *transport.Call, next func() error) error {
			return errors.Join(next(), plain)
		}, transport.Unknown, transport.Answered, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ran := 0
			method := transport.Unary[string, string]("method")
			inWorld(t, func(w *world) {
				chain := []transport.Interceptor{func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
					if call.Method != method.Name() {
						return next(ctx)
					}
					return tt.intercept(call, func() error { return next(ctx) })
				}}
				if tt.client {
					w.client.Interceptors = chain
				} else {
					w.server.Interceptors = chain
				}
				method.Handle(w.server, func(_ context.Context, s string) (string, error) {
					ran++
					if s == "cheese" {
						return "", transport.Errorf(transport.NotFound, "no cheese")
					}
					return "answer", nil
				})
			}, func(t *testing.T, w *world) {
				got, err := method.Call(t.Context(), w.client, "x")
				if tt.code == transport.OK {
					require.NoError(t, err)
					assert.Equal(t, map[bool]string{true: "cached", false: "answer"}[tt.ran == 0], got)
				} else {
					requireError(t, err, tt.code, tt.outcome)
				}
				assert.Equal(t, tt.ran, ran)
				w.assertWorks(t)
			})
		})
	}
}

func TestInterceptorThatPanicsHere(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Interceptors = []transport.Interceptor{func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			if call.Method == echo.Name() {
				panic("on purpose")
			}
			return next(ctx)
		}}
	}, func(t *testing.T, w *world) {
		assert.PanicsWithValue(t, "on purpose", func() { _, _ = echo.Call(t.Context(), w.client, "x") })
		w.assertWorks(t)
	})
}

// A request that cannot be read is one that somebody wants to know about.
func TestInterceptorsSeeUnreadableRequests(t *testing.T) {
	var d diary
	inWorld(t, func(w *world) { w.server.Interceptors = []transport.Interceptor{d.interceptor("s")} }, func(t *testing.T, w *world) {
		_, err := transport.Unary[int, string]("echo").Call(t.Context(), w.client, 7)
		requireError(t, err, transport.InvalidArgument, transport.Answered)
		assert.Equal(t, []string{"s: incoming unary echo <nil>", `s: "" invalid_argument`}, d.take())
	})
}

func TestNamesOfSides(t *testing.T) {
	assert.Equal(t, "incoming", transport.Incoming.String())
	assert.Equal(t, "outgoing", transport.Outgoing.String())
	assert.Equal(t, "unknown side", transport.Side(9).String())
}
