package transport_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// around makes a world with streams, and an interceptor on each side.
func around(client, server transport.Interceptor) func(*world) {
	return func(w *world) {
		streams(w)
		if client != nil {
			w.client.Interceptors = []transport.Interceptor{client}
		}
		if server != nil {
			w.server.Interceptors = []transport.Interceptor{server}
		}
	}
}

func TestInterceptorsAreAroundStreams(t *testing.T) {
	var d diary
	side := func(name string) transport.Interceptor {
		return func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
			d.note("%s: %v %v %s", name, call.Side, call.Kind, call.Method)
			if call.Request != nil {
				d.note("%s: request %d", name, *call.Request.(*int))
			}
			call.OnSend = func(m any) error { d.note("%s: sends %d", name, *m.(*int)); return nil }
			call.OnReceive = func(m any) error { d.note("%s: receives %d", name, *m.(*int)); return nil }
			err := next(ctx)
			if call.Response != nil {
				d.note("%s: response %d", name, *call.Response.(*int))
			}
			d.note("%s: %v %v", name, transport.CodeOf(err), call.Reply)
			return err
		}
	}
	inWorld(t, around(side("client"), side("server")), func(t *testing.T, w *world) {
		var reply transport.Metadata
		ctx := transport.WithReplyMetadata(t.Context(), &reply)
		got, err := collect(count.Call(ctx, w.client, 2))
		require.NoError(t, err)
		assert.Equal(t, []int{0, 1}, got)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)
		assert.ElementsMatch(t, []string{
			"client: outgoing server stream count", "client: request 2", "client: receives 0", "client: receives 1", `client: ok sent="all"`,
			"server: incoming server stream count", "server: request 2", "server: sends 0", "server: sends 1", `server: ok sent="all"`,
		}, d.take())

		up, err := addAll.Call(ctx, w.client)
		require.NoError(t, err)
		require.NoError(t, up.Send(3))
		sum, err := up.Finish()
		require.NoError(t, err)
		assert.Equal(t, 3, sum)
		assert.ElementsMatch(t, []string{
			"client: outgoing client stream addAll", "client: sends 3", "client: response 3", `client: ok sent="all"`,
			"server: incoming client stream addAll", "server: receives 3", "server: response 3", `server: ok sent="all"`,
		}, d.take())

		reply = nil
		both, err := double.Call(ctx, w.client)
		require.NoError(t, err)
		require.NoError(t, both.Send(4))
		require.NoError(t, both.Receive(new(int)))
		require.NoError(t, both.Send(-1))
		requireError(t, both.Receive(new(int)), transport.OutOfRange, transport.Answered)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)
		assert.ElementsMatch(t, []string{
			"client: outgoing bidi double", "client: sends 4", "client: receives 8", "client: sends -1", `client: out_of_range sent="all"`,
			"server: incoming bidi double", "server: receives 4", "server: sends 8", "server: receives -1", `server: out_of_range sent="all"`,
		}, d.take())
	})
}

// Hooks change messages, and an error of one ends the stream.
func TestHooksOfStreams(t *testing.T) {
	refuse := errors.New("not this one")
	hook := func(ctx context.Context, call *transport.Call, next func(context.Context) error) error {
		change := func(m any) error {
			n := m.(*int)
			if *n++; *n > 100 {
				return refuse
			}
			return nil
		}
		call.OnSend, call.OnReceive = change, change
		return next(ctx)
	}
	for _, side := range []func(*world){around(hook, nil), around(nil, hook)} {
		inWorld(t, side, func(t *testing.T, w *world) {
			call, err := double.Call(t.Context(), w.client)
			require.NoError(t, err)
			var got int
			require.NoError(t, call.Send(1))
			require.NoError(t, call.Receive(&got))
			assert.Equal(t, 5, got, "twice one more, and one more")
			err = call.Send(200)
			if err == nil { // the server's hook refuses it
				err = call.Receive(&got)
			}
			assert.Error(t, err)
			assert.ErrorContains(t, err, "not this one")
			synctest.Wait()
			assert.Zero(t, w.server.Stats().InFlight)
			assert.Zero(t, w.client.Stats().InFlight)

			_, err = collect(count.Call(t.Context(), w.client, 200))
			assert.ErrorContains(t, err, "not this one")
			synctest.Wait()
			assert.Zero(t, w.client.Stats().InFlight)
		})
	}
}

// What an interceptor returns is what the caller of a stream gets, whether it was opened or not.
func TestInterceptorsDecideAboutStreams(t *testing.T) {
	var decide func(ctx context.Context, next func(context.Context) error) error
	client := func(ctx context.Context, _ *transport.Call, next func(context.Context) error) error {
		return decide(ctx, next)
	}
	inWorld(t, around(client, nil), func(t *testing.T, w *world) {
		all := func() (errs []error) {
			_, err := collect(count.Call(t.Context(), w.client, 2))
			errs = append(errs, err)
			up, err := addAll.Call(t.Context(), w.client)
			if err == nil {
				_, err = up.Finish()
			}
			errs = append(errs, err)
			both, err := double.Call(t.Context(), w.client)
			if err == nil {
				err = both.Send(0)
			}
			if err == nil {
				err = both.Receive(new(int))
			}
			return append(errs, err)
		}
		decide = func(context.Context, func(context.Context) error) error {
			return transport.Errorf(transport.PermissionDenied, "no")
		}
		for _, err := range all() {
			requireError(t, err, transport.PermissionDenied, transport.NotSent)
		}
		assert.Zero(t, w.server.Stats().CallsIn)
		decide = func(ctx context.Context, next func(context.Context) error) error {
			if err := next(ctx); err != nil {
				return err
			}
			return transport.Errorf(transport.DataLoss, "changed my mind")
		}
		for _, err := range all() {
			requireError(t, err, transport.DataLoss, transport.Answered)
		}
		decide = func(ctx context.Context, next func(context.Context) error) error {
			_ = next(ctx)
			return next(ctx)
		}
		errs := all()
		require.NoError(t, errs[0], "a stream of responses is asked for again")
		requireError(t, errs[1], transport.FailedPrecondition, transport.NotSent)
		decide = func(context.Context, func(context.Context) error) error { return nil }
		errs = all()
		require.NoError(t, errs[0], "an empty stream")
		requireError(t, errs[1], transport.Internal, transport.NotSent)
		decide = func(context.Context, func(context.Context) error) error { panic("on purpose") }
		assert.PanicsWithValue(t, "on purpose", func() { _, _ = collect(count.Call(t.Context(), w.client, 2)) })
		assert.PanicsWithValue(t, "on purpose", func() { _, _ = addAll.Call(t.Context(), w.client) })
	})
}

// The interceptors of a stream return when it ends, however it ends.
func TestInterceptorsOfStreamsThatEnd(t *testing.T) {
	ends := make(chan error, 10)
	client := func(ctx context.Context, _ *transport.Call, next func(context.Context) error) error {
		err := next(ctx)
		ends <- err
		return err
	}
	inWorld(t, around(client, nil), func(t *testing.T, w *world) {
		for _, err := range count.Call(t.Context(), w.client, 1000) {
			require.NoError(t, err)
			break
		}
		requireError(t, <-ends, transport.Canceled, transport.MaybeExecuted)
		call, err := double.Call(t.Context(), w.client)
		require.NoError(t, err)
		call.Cancel()
		requireError(t, <-ends, transport.Canceled, transport.MaybeExecuted)
		ctx, cancel := context.WithCancel(t.Context())
		_, err = double.Call(ctx, w.client)
		require.NoError(t, err)
		cancel() // nobody looks at the call any more
		requireError(t, <-ends, transport.Canceled, transport.MaybeExecuted)
		call, err = double.Call(t.Context(), w.client)
		require.NoError(t, err)
		require.NoError(t, call.CloseSend())
		require.NoError(t, call.Receive(new(int)))
		synctest.Wait()
		assert.Empty(t, ends, "the answer is here, but the end has not been read")
		require.Equal(t, io.EOF, call.Receive(new(int)))
		require.NoError(t, <-ends)
	})
}
