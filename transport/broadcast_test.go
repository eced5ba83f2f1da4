package transport_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// room is a chat room: whoever joins is a member of its group.
type room struct {
	group transport.Group[string]
	join  transport.UnaryMethod[string, int]
	conns map[string]*transport.Conn
	slow  []string // what was lost
}

func newRoom(w *world) *room {
	r := &room{join: transport.Unary[string, int]("join"), conns: map[string]*transport.Conn{}}
	r.group.Method = say
	r.group.OnSlow = func(_ *transport.Conn, message string) { r.slow = append(r.slow, message) }
	r.join.Handle(w.server, func(ctx context.Context, name string) (int, error) {
		r.conns[name] = transport.CallFrom(ctx).Conn
		r.group.Add(r.conns[name])
		return r.group.Len(), nil
	})
	return r
}

// guest joins the room of w. What it is told is appended to heard, after wait.
func (r *room) guest(t *testing.T, w *world, name string, heard *[]string, wait <-chan struct{}) *transport.Client {
	t.Helper()
	c := &transport.Client{Dial: w.listener.Dial, Log: discard()}
	say.Handle(c, func(_ context.Context, text string) error {
		if wait != nil {
			<-wait
		}
		*heard = append(*heard, text)
		return nil
	})
	_, err := r.join.Call(t.Context(), c, name)
	require.NoError(t, err)
	return c
}

func TestGroup(t *testing.T) {
	var r *room
	inWorld(t, func(w *world) { r = newRoom(w) }, func(t *testing.T, w *world) {
		heard := make([][]string, 5)
		var guests []*transport.Client
		for i := range heard {
			guests = append(guests, r.guest(t, w, fmt.Sprint(i), &heard[i], nil))
		}
		assert.Equal(t, 5, r.group.Len())
		assert.False(t, r.group.Add(r.conns["0"]), "it is a member already")
		var all []string
		for i := range 50 {
			all = append(all, fmt.Sprint("message ", i))
			r.group.Send(all[i])
		}
		r.group.Send("from 1", r.conns["1"])
		synctest.Wait()
		for i := range heard {
			want := all
			if i != 1 {
				want = append(want[:50:50], "from 1")
			}
			assert.Equal(t, want, heard[i], "guest %d", i)
		}

		assert.True(t, r.group.Remove(r.conns["2"]))
		assert.False(t, r.group.Remove(r.conns["2"]))
		require.NoError(t, guests[3].Close())
		synctest.Wait()
		assert.Equal(t, 3, r.group.Len(), "whose connection is over is no member")
		r.group.Send("last")
		synctest.Wait()
		assert.NotContains(t, heard[2], "last")
		assert.Contains(t, heard[4], "last")
		assert.Empty(t, r.slow)
		for _, g := range guests {
			require.NoError(t, g.Close())
		}
		synctest.Wait()
		assert.Zero(t, r.group.Len())
	})
}

// One guest takes nothing. The others hear all; it loses the newest of what does not fit into its queue, or its connection.
func TestGroupWithASlowMember(t *testing.T) {
	for _, disconnect := range []bool{false, true} {
		t.Run(fmt.Sprint("disconnect ", disconnect), func(t *testing.T) {
			var r *room
			inWorld(t, func(w *world) {
				r = newRoom(w)
				r.group.Queue, r.group.Disconnect = 10, disconnect
			}, func(t *testing.T, w *world) {
				var quick, slow []string
				wait := make(chan struct{})
				quickGuest := r.guest(t, w, "quick", &quick, nil)
				slowGuest := r.guest(t, w, "slow", &slow, wait)
				large := string(make([]byte, 1000))
				var all []string
				for i := range 100 {
					all = append(all, fmt.Sprint(i, large))
					r.group.Send(all[i])
					synctest.Wait()
				}
				assert.Equal(t, all, quick)
				close(wait)
				synctest.Wait()
				if disconnect {
					assert.Len(t, r.slow, 1)
					assert.Equal(t, 1, r.group.Len())
					assert.EqualValues(t, 1, w.server.Stats().Over(transport.LimitQueue))
					assert.Equal(t, 1, w.server.Stats().Conns)
				} else {
					ahead := (transport.DefaultMaxNotifyBytes+1072)/1072 + 1 + 10 // on the way, in hand, in the queue
					assert.InDelta(t, ahead, len(slow), 2)
					assert.Equal(t, all[:len(slow)], slow, "what came first")
					assert.Equal(t, all[len(slow):], r.slow, "the rest is lost, and the hook has heard of it")
					assert.EqualValues(t, len(r.slow), w.server.Stats().Over(transport.LimitQueue))
					r.group.Send("again")
					synctest.Wait()
					assert.Contains(t, slow, "again")
				}
				require.NoError(t, quickGuest.Close())
				require.NoError(t, slowGuest.Close())
			})
		})
	}
}
