package transport

import (
	"errors"
	"sync/atomic"
)

// Stats counts what has passed through a connection, or through all connections of a server or a client.
type Stats struct {
	Conns                   int    // connections open now
	InFlight                int    // calls in flight now, in both directions
	BytesIn, BytesOut       uint64 // on the connection
	Writes                  uint64 // write calls on the connection, that carried the BytesOut
	CallsIn, CallsOut       uint64 // calls accepted; calls sent
	NotifiesIn, NotifiesOut uint64 // notifies received; notifies sent
	MessagesIn, MessagesOut uint64 // messages of streams received; sent
	over                    [limits]uint64
}

// Over returns how often the limit l was exceeded.
func (s Stats) Over(l Limit) uint64 {
	if l >= limits {
		return 0
	}
	return s.over[l]
}

// add adds other to s.
func (s *Stats) add(other Stats) {
	s.Conns += other.Conns
	s.InFlight += other.InFlight
	s.BytesIn += other.BytesIn
	s.BytesOut += other.BytesOut
	s.Writes += other.Writes
	s.CallsIn += other.CallsIn
	s.CallsOut += other.CallsOut
	s.NotifiesIn += other.NotifiesIn
	s.NotifiesOut += other.NotifiesOut
	s.MessagesIn += other.MessagesIn
	s.MessagesOut += other.MessagesOut
	for l := range s.over {
		s.over[l] += other.over[l]
	}
}

// past returns what remains of s when its connections are over.
func (s Stats) past() Stats {
	s.Conns, s.InFlight = 0, 0
	return s
}

// counters are the Stats of a connection as they are counted.
type counters struct {
	bytesOut, writes        atomic.Uint64
	callsIn, callsOut       atomic.Uint64
	notifiesIn, notifiesOut atomic.Uint64
	messagesIn, messagesOut atomic.Uint64
	answersIn, answersOut   atomic.Uint64
	others                  atomic.Uint64 // requests that were not accepted, refusals, data of calls that are over
	over                    [limits]atomic.Uint64
	observe                 func(Limit) // nil: nobody looks
}

// wrote counts a write of n bytes.
func (c *counters) wrote(n int) {
	c.writes.Add(1)
	c.bytesOut.Add(uint64(n))
}

// count counts err, if it says that a limit was exceeded. It returns err.
func (c *counters) count(err error) error {
	if err == nil {
		return nil
	}
	var l Limit
	if errors.As(err, &l) && l < limits {
		c.over[l].Add(1)
		if c.observe != nil {
			c.observe(l)
		}
	}
	return err
}

// worked returns how many envelopes that do work have passed, in both directions.
func (c *counters) worked() uint64 {
	return c.callsIn.Load() + c.callsOut.Load() + c.notifiesIn.Load() + c.notifiesOut.Load() +
		c.messagesIn.Load() + c.messagesOut.Load() + c.answersIn.Load() + c.answersOut.Load() + c.others.Load()
}

// Stats returns the counters of the connection as they are now.
func (c *Conn) Stats() Stats {
	s := Stats{
		BytesIn: c.frames.Stats().BytesIn, BytesOut: c.stats.bytesOut.Load(), Writes: c.stats.writes.Load(),
		CallsIn: c.stats.callsIn.Load(), CallsOut: c.stats.callsOut.Load(),
		NotifiesIn: c.stats.notifiesIn.Load(), NotifiesOut: c.stats.notifiesOut.Load(),
		MessagesIn: c.stats.messagesIn.Load(), MessagesOut: c.stats.messagesOut.Load(),
	}
	for l := range s.over {
		s.over[l] = c.stats.over[l].Load()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.InFlight = len(c.calls) + len(c.running)
	if c.err == nil {
		s.Conns = 1
	}
	return s
}
