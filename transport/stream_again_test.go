package transport

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// The methods with streams that are refused here.
var (
	upTo  = ServerStream[int, int]("upTo")
	total = ClientStream[int, int]("total")
	twice = Bidi[int, int]("twice")
)

// turncoats are peers at one address, before a server: as many as there are answers, each of which says what one does when a call comes.
type turncoats struct {
	fuzz.Listener
	answers []func(nc *fuzz.Conn, id uint64)
	ever    bool   // the last of them never makes way for the server
	limits  Limits // what they allow
	dials   atomic.Int64
}

func (l *turncoats) dial(ctx context.Context) (net.Conn, error) {
	n := int(l.dials.Add(1)) - 1
	if n >= len(l.answers) && !l.ever {
		return l.Listener.Dial(ctx)
	}
	ours, theirs := fuzz.Pipe()
	_, _ = theirs.Write(wire{}.preface().envelope(envelope{kind: kindHello, payload: l.limits.effective().hello("msgpack").append(nil)}))
	go turncoat(theirs, l.answers[min(n, len(l.answers)-1)])
	return ours, nil
}

// turncoat speaks for a peer until a call comes, which answer deals with.
func turncoat(nc *fuzz.Conn, answer func(nc *fuzz.Conn, id uint64)) {
	defer nc.Close()
	if readPreface(nc) != nil {
		return
	}
	for payload, err := range frame.NewReader(nc, frame.Varint{}).Frames() {
		if err != nil {
			return
		}
		if e, err := parse(payload); err == nil && e.kind == kindRequest {
			answer(nc, e.id)
			break
		}
	}
	_, _ = io.Copy(io.Discard, nc)
}

// refuse says that the peer has executed nothing.
func refuse(nc *fuzz.Conn, _ uint64) {
	_, _ = nc.Write(wire{}.envelope(envelope{kind: kindGoaway}))
}

// refuseLate says so, although a message has been sent.
func refuseLate(nc *fuzz.Conn, id uint64) {
	_, _ = nc.Write(wire{}.envelope(envelope{kind: kindData, id: id, payload: []byte{7}}))
	refuse(nc, id)
}

// refuseSoon says so after a second.
func refuseSoon(nc *fuzz.Conn, id uint64) {
	time.Sleep(time.Second)
	refuse(nc, id)
}

// vanish says nothing.
func vanish(nc *fuzz.Conn, _ uint64) { nc.Reset() }

// behind runs test with a client of a server which it reaches after the turncoats.
func behind(t *testing.T, l *turncoats, test func(t *testing.T, c *Client, srv *Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := &Server{Log: slog.New(slog.DiscardHandler)}
		upTo.Handle(srv, func(_ context.Context, n int, send func(int) error) (err error) {
			for i := 0; i < n && err == nil; i++ {
				err = send(i)
			}
			return err
		})
		total.Handle(srv, func(_ context.Context, in iter.Seq2[int, error]) (n int, _ error) {
			for i := range in {
				n += i
			}
			return n, nil
		})
		twice.Handle(srv, func(context.Context, iter.Seq2[int, error], func(int) error) error { return nil })
		go srv.Serve(l)
		c := &Client{Dial: l.dial, Log: slog.New(slog.DiscardHandler)}
		defer func() {
			assert.NoError(t, c.Close())
			assert.NoError(t, srv.Close())
		}()
		test(t, c, srv)
	})
}

// A request for a stream that was certainly not executed is made again, and no other.
func TestRefusedServerStreams(t *testing.T) {
	type answers []func(*fuzz.Conn, uint64)
	for _, tt := range []struct {
		name    string
		answers answers
		outcome Outcome // Answered: it succeeds
		served  int
		want    []int
	}{
		{"refused", answers{refuse}, Answered, 1, []int{0, 1, 2}},
		{"refused thrice", answers{refuse, refuse, refuse}, Answered, 1, []int{0, 1, 2}},
		{"lost", answers{vanish}, MaybeExecuted, 0, nil},
		{"refused, then lost", answers{refuse, vanish}, MaybeExecuted, 0, nil},
		{"refused after a message", answers{refuseLate}, MaybeExecuted, 0, []int{7}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			behind(t, &turncoats{answers: tt.answers}, func(t *testing.T, c *Client, srv *Server) {
				around := 0
				c.Interceptors = []Interceptor{func(ctx context.Context, _ *Call, next func(context.Context) error) error {
					around++
					return next(ctx)
				}}
				var got []int
				var err error
				for n, e := range upTo.Call(t.Context(), c, 3) {
					if err = e; e == nil {
						got = append(got, n)
					}
				}
				assert.Equal(t, tt.want, got)
				assert.Equal(t, CodeOf(err) == OK, tt.outcome == Answered, "%v", err)
				assert.Equal(t, tt.outcome, outcomeOf(err))
				assert.EqualValues(t, tt.served, srv.Stats().CallsIn)
				assert.Equal(t, 1, around, "however often it is made")
			})
		})
	}
}

// A caller's stream that the peer has refused is not opened again, as messages may be on their way. The caller hears that it was refused,
// and the next one goes to the next connection.
func TestRefusedStreamsOfCallers(t *testing.T) {
	behind(t, &turncoats{answers: []func(*fuzz.Conn, uint64){refuse, refuse}}, func(t *testing.T, c *Client, srv *Server) {
		up, err := total.Call(t.Context(), c)
		require.NoError(t, err)
		synctest.Wait()
		_, err = up.Finish()
		assert.Equal(t, Refused, outcomeOf(err))
		assert.ErrorIs(t, err, &Error{Code: Unavailable})

		both, err := twice.Call(t.Context(), c)
		require.NoError(t, err)
		synctest.Wait()
		err = both.Receive(new(int))
		assert.Equal(t, Refused, outcomeOf(err))
		assert.ErrorIs(t, both.Send(1), &Error{Code: Unavailable})

		up, err = total.Call(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, up.Send(5))
		n, err := up.Finish()
		require.NoError(t, err)
		assert.Equal(t, 5, n)
		assert.EqualValues(t, 1, srv.Stats().CallsIn)
	})
}

// What waits to be opened when the peer says that it is about to close has not been sent. It is opened over the next connection.
func TestStreamsThatWereNotSent(t *testing.T) {
	l := &turncoats{answers: []func(*fuzz.Conn, uint64){refuseSoon}, limits: Limits{MaxInFlight: 1}}
	behind(t, l, func(t *testing.T, c *Client, srv *Server) {
		first, err := total.Call(t.Context(), c)
		require.NoError(t, err)
		second, err := total.Call(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, second.Send(5))
		n, err := second.Finish()
		require.NoError(t, err)
		assert.Equal(t, 5, n)
		_, err = first.Finish()
		assert.Equal(t, Refused, outcomeOf(err))
		assert.EqualValues(t, 1, srv.Stats().CallsIn)
	})
}

// Row 28: peers that refuse all that comes are not flooded with it.
func TestRow28RefusedStreams(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector of Go 1.26 itself breaks down, now and then, when so many timers of a bubble run at once")
	}
	l := &turncoats{answers: []func(*fuzz.Conn, uint64){refuse}, ever: true}
	behind(t, l, func(t *testing.T, c *Client, srv *Server) {
		c.Backoff = -1
		const callers, seconds = 100, 30
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), seconds*time.Second)
				defer cancel()
				for _, err := range upTo.Call(ctx, c, 3) {
					assert.NotEqual(t, Answered, outcomeOf(err))
				}
			})
		}
		all.Wait()
		calls := c.Stats().CallsOut
		t.Logf("%d calls, sent %d times", callers, calls)
		assert.Greater(t, calls, uint64(callers))
		assert.LessOrEqual(t, calls, uint64(callers+budgetStart+seconds*time.Second/budgetTime))
	})
}
