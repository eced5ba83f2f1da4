package transport_test

import (
	"context"
	"iter"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// weightOf is what a message of the tests counts for, with its bytes, the head that msgpack gives it, and 64.
func weightOf(size int) int { return size + 3 + 64 }

// pump is a method that sends as many messages of a size as are asked for, and counts those that it has sent.
type pump struct {
	method transport.ServerStreamMethod[[2]int, []byte]
	sent   atomic.Int64
}

func newPump(w *world) *pump {
	p := &pump{method: transport.ServerStream[[2]int, []byte]("pump")}
	p.method.Handle(w.server, func(_ context.Context, what [2]int, send func([]byte) error) error {
		message := make([]byte, what[1])
		for range what[0] {
			if err := send(message); err != nil {
				return err
			}
			p.sent.Add(1)
		}
		return nil
	})
	return p
}

// Of a hundred and one streams one is not read, with as little budget as there can be for them. The others, and calls, go on as if
// it were not there, and what waits for it is its credit and one message.
func TestStalledStreamDisturbsNobody(t *testing.T) {
	const active, each, size = 100, 200, 1000
	var p *pump
	inWorld(t, func(w *world) {
		p = newPump(w)
		streams(w)
		w.client.Limits.MaxStreamsBytes = 2 * (active + 1) * transport.DefaultMaxNotifyBytes
	}, func(t *testing.T, w *world) {
		start := time.Now()
		next, stop := iter.Pull2(p.method.Call(t.Context(), w.client, [2]int{each, size}))
		defer stop()
		_, err, _ := next()
		require.NoError(t, err)
		synctest.Wait()
		stalled := p.sent.Load()
		assert.EqualValues(t, (transport.DefaultMaxNotifyBytes+weightOf(size)-1)/weightOf(size), stalled,
			"the credit that was there, with the message that overdraws it")

		var calls sync.WaitGroup
		for range active {
			calls.Go(func() {
				got, err := collect(p.method.Call(t.Context(), w.client, [2]int{each, size}))
				assert.NoError(t, err)
				assert.Len(t, got, each)
				_, err = sum.Call(t.Context(), w.client, sumReq{2, 3})
				assert.NoError(t, err)
			})
		}
		calls.Wait()
		assert.Zero(t, time.Since(start), "nobody waited for anything but the others")
		assert.EqualValues(t, stalled+active*each, p.sent.Load(), "and the stalled one is where it was")

		rest := 1
		for _, _, more := next(); more; _, _, more = next() {
			rest++
		}
		assert.Equal(t, each, rest, "it goes on when it is read")
	})
}

// The same in the other direction: a handler that does not read.
func TestHandlerThatDoesNotRead(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		call, err := unread.Call(t.Context(), w.client)
		require.NoError(t, err)
		sent := 0
		go func() {
			for call.Send(make([]byte, 1000)) == nil {
				sent++
			}
		}()
		synctest.Wait()
		assert.Equal(t, (transport.DefaultMaxNotifyBytes+weightOf(1000)-1)/weightOf(1000), sent)
		for range 100 {
			w.assertWorks(t)
			got, err := collect(count.Call(t.Context(), w.client, 1000))
			require.NoError(t, err)
			require.Len(t, got, 1000)
		}
		call.Cancel()
	})
}

// However much goes through a stream, what is under way stays within the budget.
func Test64MiBThrough64KiB(t *testing.T) {
	const size, messages = 16 << 10, 64 << 20 / (16 << 10)
	var p *pump
	inWorld(t, func(w *world) {
		p = newPump(w)
		w.client.Limits.MaxStreamsBytes = 64 << 10
	}, func(t *testing.T, w *world) {
		read, most := int64(0), int64(0)
		for message, err := range p.method.Call(t.Context(), w.client, [2]int{messages, size}) {
			require.NoError(t, err)
			require.Len(t, message, size)
			most = max(most, p.sent.Load()-read)
			read++
		}
		assert.EqualValues(t, messages, read)
		assert.LessOrEqual(t, most*int64(weightOf(size)), int64(64<<10+2*weightOf(size)), "one that overdraws the credit, and one that is read")
		assert.EqualValues(t, messages, w.client.Stats().MessagesIn)
	})
}

// lateConn needs a time for each write, which makes grants late.
type lateConn struct {
	*fuzz.Conn
	each time.Duration
}

func (c lateConn) Write(p []byte) (int, error) {
	time.Sleep(c.each)
	return c.Conn.Write(p)
}

// A reader that is fast gets more credit: with what a stream has at its beginning, 16 MiB would take 20 seconds here.
func TestCreditFollowsAFastReader(t *testing.T) {
	const size, messages = 4 << 10, 16 << 20 / (4 << 10)
	var p *pump
	inWorld(t, func(w *world) {
		p = newPump(w)
		w.client.Dial = func(ctx context.Context) (net.Conn, error) {
			nc, err := w.listener.Dial(ctx)
			if err != nil {
				return nil, err
			}
			return lateConn{nc.(*fuzz.Conn), 20 * time.Millisecond}, nil
		}
	}, func(t *testing.T, w *world) {
		start := time.Now()
		got, err := collect(p.method.Call(t.Context(), w.client, [2]int{messages, size}))
		require.NoError(t, err)
		assert.Len(t, got, messages)
		assert.Less(t, time.Since(start), 4*time.Second)

		// What it has got is an upper bound when it stops.
		p.sent.Store(0)
		read := int64(0)
		for _, err := range p.method.Call(t.Context(), w.client, [2]int{1 << 20, size}) {
			require.NoError(t, err)
			if read++; read == messages {
				break
			}
		}
		synctest.Wait()
		ahead := (p.sent.Load() - read) * int64(weightOf(size))
		assert.LessOrEqual(t, ahead, int64(transport.DefaultMaxStreamBytes+2*weightOf(size)))
	})
}

// One more stream of the peer than there is budget for is refused; one more of this side waits for its turn.
func TestTooManyStreams(t *testing.T) {
	inWorld(t, func(w *world) {
		streams(w)
		w.server.Limits.MaxStreamsBytes = 64 << 10 // for two
		w.client.Limits.MaxStreamsBytes = 64 << 10
	}, func(t *testing.T, w *world) {
		var open []*transport.ClientStreamCall[[]byte, int]
		for range 3 {
			call, err := unread.Call(t.Context(), w.client)
			require.NoError(t, err)
			open = append(open, call)
			synctest.Wait()
		}
		_, err := open[2].Finish()
		requireError(t, err, transport.ResourceExhausted, transport.Refused)
		assert.EqualValues(t, 1, w.server.Stats().Over(transport.LimitStreams))
		open[0].Cancel()
		synctest.Wait()
		again, err := unread.Call(t.Context(), w.client)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, 2, w.server.Stats().InFlight, "there is room again")
		again.Cancel()
		open[1].Cancel()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var down []func()
		for range 2 {
			next, stop := iter.Pull2(flood.Call(t.Context(), w.client, 10))
			_, err, _ := next()
			require.NoError(t, err)
			down = append(down, stop)
		}
		_, err = collect(count.Call(ctx, w.client, 1))
		requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
		w.assertWorks(t)
		result := make(chan error, 1)
		go func() {
			_, err := collect(count.Call(t.Context(), w.client, 1))
			result <- err
		}()
		synctest.Wait()
		for _, stop := range down {
			stop()
		}
		require.NoError(t, <-result)
	})
}
