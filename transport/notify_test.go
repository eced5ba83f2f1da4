package transport_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

var say = transport.Notify[string]("say")

// handleSay makes the server of w collect what is said.
func handleSay(said *[]string) func(*world) {
	return func(w *world) {
		say.Handle(w.server, func(_ context.Context, s string) error {
			*said = append(*said, s) // one after the other
			return nil
		})
	}
}

func TestNotifiesComeInTheirOrder(t *testing.T) {
	var said []string
	inWorld(t, handleSay(&said), func(t *testing.T, w *world) {
		var want []string
		for range 1000 {
			want = append(want, strings.Repeat("x", len(want)))
			require.NoError(t, say.Send(t.Context(), w.client, want[len(want)-1]))
		}
		require.NoError(t, w.client.Shutdown(t.Context()))
		synctest.Wait()
		assert.Equal(t, want, said, "a drain waits for those that are under way")
		assert.EqualValues(t, 1000, w.server.Stats().NotifiesIn)
		assert.EqualValues(t, 1000, w.client.Stats().NotifiesOut)
	})
}

// The peer's handler sets the pace.
func TestNotifiesWaitForTheHandler(t *testing.T) {
	release := make(chan struct{})
	inWorld(t, func(w *world) {
		release = make(chan struct{})
		say.Handle(w.server, func(context.Context, string) error { <-release; return nil })
	}, func(t *testing.T, w *world) {
		require.NoError(t, w.client.Connect(t.Context()))
		sent := 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var err error
		for err == nil {
			if err = say.Send(ctx, w.client, strings.Repeat("x", 1000)); err == nil {
				sent++
			}
		}
		requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
		weight := 1000 + 3 + len("say") + 64 // with three bytes of msgpack
		assert.Equal(t, (transport.DefaultMaxNotifyBytes+weight-1)/weight, sent, "what is allowed, and what goes beyond it")
		w.assertWorks(t) // calls go their own way
		close(release)
		require.NoError(t, say.Send(t.Context(), w.client, "more"))
	})
}

// Whoever says goodbye has its notifies handled to the end, although it is not there any more.
func TestNotifiesOfWhoSaysGoodbye(t *testing.T) {
	handled, stopped := 0, 0
	inWorld(t, func(w *world) {
		say.Handle(w.server, func(ctx context.Context, _ string) error {
			select {
			case <-time.After(time.Minute):
				handled++
			case <-ctx.Done():
				stopped++
			}
			return nil
		})
	}, func(t *testing.T, w *world) {
		for range 10 {
			require.NoError(t, say.Send(t.Context(), w.client, "x"))
		}
		require.NoError(t, w.client.Shutdown(t.Context()))
		require.NoError(t, w.server.Shutdown(t.Context()))
		synctest.Wait()
		assert.Equal(t, 10, handled)
		assert.Zero(t, stopped)
	})
}

func TestNotifyThatFails(t *testing.T) {
	var said []string
	inWorld(t, func(w *world) {
		say.Handle(w.server, func(_ context.Context, s string) error {
			switch s {
			case "panic":
				panic("on purpose")
			case "exit":
				runtime.Goexit()
			case "error":
				return assert.AnError
			}
			said = append(said, s)
			return nil
		})
	}, func(t *testing.T, w *world) {
		for _, s := range []string{"panic", "a", "exit", "b", "error", "c"} {
			require.NoError(t, say.Send(t.Context(), w.client, s))
		}
		require.NoError(t, transport.Notify[int]("say").Send(t.Context(), w.client, 1), "nobody hears that it cannot be decoded")
		require.NoError(t, transport.Notify[int]("nowhere").Send(t.Context(), w.client, 1))
		synctest.Wait()
		assert.Equal(t, []string{"a", "b", "c"}, said)
		assert.Contains(t, w.logs.String(), "on purpose")
		assert.Contains(t, w.logs.String(), assert.AnError.Error())
		assert.Contains(t, w.logs.String(), "nowhere")
		w.assertWorks(t)
	})
}

func TestInlineNotifyKeepsTheOrder(t *testing.T) {
	var said []string
	fast := transport.Notify[string]("fast")
	inWorld(t, func(w *world) {
		handleSay(&said)(w)
		fast.HandleInline(w.server, func(_ context.Context, s string) error { said = append(said, s); return nil })
	}, func(t *testing.T, w *world) {
		var want []string
		for i := range 300 {
			m := []transport.NotifyMethod[string]{say, fast, fast}[i%3]
			want = append(want, m.Name()+strings.Repeat("x", i))
			require.NoError(t, m.Send(t.Context(), w.client, want[i]))
		}
		synctest.Wait()
		assert.Equal(t, want, said)
	})
}

func TestNotifyThatIsNotSent(t *testing.T) {
	inWorld(t, func(w *world) { w.client.Limits.MaxMessage = 10 }, func(t *testing.T, w *world) {
		err := say.Send(t.Context(), w.client, "eleven bytes")
		requireError(t, err, transport.ResourceExhausted, transport.NotSent)
		require.ErrorIs(t, err, transport.LimitMessage)
		err = transport.Notify[chan int]("x").Send(t.Context(), w.client, nil)
		requireError(t, err, transport.InvalidArgument, transport.NotSent)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		requireError(t, say.Send(ctx, w.client, "x"), transport.Canceled, transport.NotSent)
		require.NoError(t, w.client.Close())
		requireError(t, say.Send(t.Context(), w.client, "x"), transport.Unavailable, transport.NotSent)
	})
}
