package transport

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serveAttackedStreams adds a method that takes a stream and never reads it, and one that sends a stream for as long as it can.
func (a *attacked) serveStreams() {
	ClientStream[[]byte, int]("deaf").Handle(a.srv, func(ctx context.Context, _ iter.Seq2[[]byte, error]) (int, error) {
		_, err := a.block(ctx, "")
		return 0, err
	})
	ServerStream[int, []byte]("flood").Handle(a.srv, func(ctx context.Context, size int, send func([]byte) error) (err error) {
		for err == nil {
			err = send(make([]byte, size))
		}
		return err
	})
}

// opening is the request that opens call id of a method with streams.
func (w wire) opening(id uint64, method string, flags byte) wire {
	return w.envelope(envelope{kind: kindRequest, id: id, flags: flags, method: []byte(method)})
}

// victim returns the server's end of the connection of the attacker, who has calls in flight, or has made more than the neighbour.
func (a *attacked) victim() (found *Conn) {
	defer a.srv.lock()()
	for c := range a.srv.conns {
		if len(c.running) > 0 {
			return c
		}
		if found == nil || c.peerID > found.peerID {
			found = c
		}
	}
	return found
}

// A peer that sends more than it has credit for is gone, and what waits for a handler that does not read stays within the credit.
func TestCreditOverrun(t *testing.T) {
	for _, size := range []int{0, 1000, 64 << 10, 1 << 20} {
		underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
			a.serveStreams()
			nc := a.dial(t, true)
			nc.Write(wire(nil).hello().opening(1, "deaf", flagUpload))
			synctest.Wait()
			s := a.victim().running[1].stream
			message := wire(nil).envelope(envelope{kind: kindData, id: 1, payload: make([]byte, size)})
			sent := pour(nc, message, 1_000_000)
			weight := size + baseWeight
			allowed := (earlyCredit + weight - 1) / weight
			assert.LessOrEqual(t, sent*len(message), allowed*len(message)+maxUnheard+2*(64<<10)+len(message))
			assert.EqualValues(t, allowed, a.srv.Stats().MessagesIn-1, "and the one too many")
			assert.EqualValues(t, 1, a.srv.Stats().Over(LimitCredit))
			synctest.Wait()
			assert.Nil(t, s.in.queue.head, "nothing is kept when the handler has been stopped")
			assert.Zero(t, a.running.Load())
			nc.Close()
		})
	}
}

// What a stream that nobody reads holds is its credit, and one message.
func TestMemoryOfAStalledStream(t *testing.T) {
	for _, size := range []int{0, 1000, 64 << 10, 1 << 20} {
		underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
			a.serveStreams()
			nc := a.dial(t, true)
			nc.Write(wire(nil).hello().opening(1, "deaf", flagUpload))
			synctest.Wait()
			s := a.victim().running[1].stream
			weight := size + baseWeight
			allowed := (earlyCredit + weight - 1) / weight
			pour(nc, wire(nil).envelope(envelope{kind: kindData, id: 1, payload: make([]byte, size)}), allowed)
			synctest.Wait()
			held := 0
			for c := s.in.queue.head; c != nil; c = c.next {
				held += cap(c.bytes)
			}
			assert.LessOrEqual(t, held, (earlyCredit+weight)*3/2)
			assert.Positive(t, held)
			nc.Close()
		})
	}
}

// Whoever breaks another rule about streams is gone as well; see the vectors for all of them.
func TestStreamsAgainstTheRules(t *testing.T) {
	tests := []struct {
		name   string
		opens  string
		flags  byte
		attack envelope
		limit  Limit
	}{
		{"data of a call never made", "deaf", flagUpload, envelope{kind: kindData, id: 3}, LimitIDs},
		{"data of a call never made here", "deaf", flagUpload, envelope{kind: kindData, id: 2}, LimitIDs},
		{"end of a call never made", "deaf", flagUpload, envelope{kind: kindEnd, id: 3}, LimitIDs},
		{"credit for a call never made", "deaf", flagUpload, envelope{kind: kindCredit, id: 3, amount: 1}, LimitIDs},
		{"credit beyond all bounds", "flood", flagDownload, envelope{kind: kindCredit, id: 1, amount: maxCredit}, LimitCredit},
		{"data too large", "deaf", flagUpload, envelope{kind: kindData, id: 1, payload: make([]byte, DefaultMaxMessage+1)}, LimitMessage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
				a.serveStreams()
				nc := a.dial(t, true)
				e := envelope{kind: kindRequest, id: 1, flags: tt.flags, method: []byte(tt.opens)}
				if tt.flags == flagDownload {
					e.payload = []byte{0}
				}
				nc.Write(wire(nil).hello().envelope(e).envelope(tt.attack))
				time.Sleep(3 * time.Second)
				assert.EqualValues(t, 1, a.srv.Stats().Over(tt.limit))
				assert.Equal(t, 1, a.srv.Stats().Conns)
				assert.Zero(t, a.srv.Stats().InFlight)
				nc.Close()
			})
		})
	}
}

// Data for streams that are over are read and forgotten, however many.
func TestLateDataWithoutEnd(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		a.serveStreams()
		nc := a.dial(t, true)
		nc.Write(wire(nil).hello().opening(1, "deaf", flagUpload).envelope(envelope{kind: kindCancel, id: 1}))
		synctest.Wait()
		var late wire
		for range 1000 {
			late = late.envelope(envelope{kind: kindData, id: 1, payload: make([]byte, 100)})
		}
		times := 1000 / slower
		assert.Equal(t, times, pour(nc, late, times))
		synctest.Wait()
		assert.Equal(t, 2, a.srv.Stats().Conns)
		assert.Zero(t, a.srv.Stats().MessagesIn)
		nc.Close()
	})
}

// A million streams that are opened and abandoned at once: no more handlers run than may be in flight, and what their credit took of the
// budget is given back.
func TestStreamsAbandoned(t *testing.T) {
	const most = 200
	total := 1_000_000 / slower
	if testing.Short() {
		total = min(total, 50_000)
	}
	ways := []struct {
		name    string
		abandon func(w wire, id uint64) wire
	}{
		{"canceled", func(w wire, id uint64) wire { return w.envelope(envelope{kind: kindCancel, id: id}) }},
		{"used, ended, and canceled", func(w wire, id uint64) wire {
			w = w.envelope(envelope{kind: kindData, id: id, payload: make([]byte, 100)}).envelope(envelope{kind: kindEnd, id: id})
			return w.envelope(envelope{kind: kindCancel, id: id})
		}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			underAttack(t, Limits{MaxInFlight: most}, func(t *testing.T, a *attacked) {
				a.serveStreams()
				nc := a.dial(t, true)
				nc.Write(wire(nil).hello())
				id := uint64(1)
				for range total / most / len(ways) {
					var streams wire
					for range most {
						streams = way.abandon(streams.opening(id, "deaf", flagUpload), id)
						id += 2
					}
					_, err := nc.Write(streams)
					require.NoError(t, err)
					synctest.Wait()
				}
				assert.LessOrEqual(t, a.most.Load(), int64(most))
				c := a.victim()
				assert.Zero(t, c.budget.streams.taken)
				assert.EqualValues(t, DefaultMaxStreamsBytes/2, c.budget.spare.Load())
				assert.EqualValues(t, id/2, a.srv.Stats().CallsIn-1, "each was served, and a call of the neighbour")
				nc.Close()
				synctest.Wait()
				assert.Zero(t, a.running.Load())
			})
		})
	}
}

// Streams left open by connections that break are over with them.
func TestStreamsOfBrokenConnections(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		a.serveStreams()
		for range 100 / min(slower, 10) {
			nc := a.dial(t, false)
			streams := wire(nil).hello()
			for id := uint64(1); id < 200; id += 2 {
				streams = streams.opening(id, "deaf", flagUpload).envelope(envelope{kind: kindData, id: id, payload: make([]byte, 1000)})
			}
			_, err := nc.Write(streams)
			require.NoError(t, err)
			synctest.Wait()
			assert.EqualValues(t, 100, a.running.Load())
			nc.Close()
			synctest.Wait()
			assert.Zero(t, a.running.Load())
		}
	})
}

// A caller that leaves the loop over a stream, again and again, leaves nothing behind.
func TestLoopsLeftEarly(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		a.serveStreams()
		flood := ServerStream[int, []byte]("flood")
		for range 5_000 / slower {
			for _, err := range flood.Call(t.Context(), a.neighbour, 100) {
				require.NoError(t, err)
				break
			}
		}
		synctest.Wait()
		assert.Zero(t, a.srv.Stats().InFlight)
		assert.Zero(t, a.neighbour.Stats().InFlight)
		assert.Zero(t, a.neighbour.conn.budget.streams.taken)
		assert.EqualValues(t, DefaultMaxStreamsBytes/2, a.neighbour.conn.budget.spare.Load())
	})
}
