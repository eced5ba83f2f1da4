package fuzz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A siege is one attack under way.
type siege struct {
	Target
	attack Attack
	start  time.Time
	until  time.Time
	stop   chan struct{} // closed when all is over and connections may be closed

	mu      sync.Mutex
	result  AttackResult
	memory0 uint64
	probeOK bool // no probe has failed yet
}

// attack makes one attack.
func (t Target) attack(ctx context.Context, a Attack) AttackResult {
	now := time.Now()
	s := &siege{Target: t, attack: a, start: now, until: now.Add(t.Patience), stop: make(chan struct{}), probeOK: true}
	s.result = AttackResult{Attack: a.Name, About: a.About, Memory: -1}
	s.weigh()
	var attackers, neighbour sync.WaitGroup
	over := make(chan struct{})
	neighbour.Go(func() { s.watch(ctx, over) })
	if a.Then == CutEverywhere {
		s.cutEverywhere(ctx)
	} else {
		s.assault(ctx, &attackers)
	}
	s.weigh()
	close(over)
	close(s.stop)
	attackers.Wait()
	neighbour.Wait()
	s.survives(ctx)
	s.judge()
	return s.result
}

// assault begins all connections, and returns when the server has hung up on each
// of them, or should have. The connections are closed later.
func (s *siege) assault(ctx context.Context, attackers *sync.WaitGroup) {
	var busy sync.WaitGroup
	for range s.attack.conns() {
		busy.Add(1)
		attackers.Go(func() {
			conn := s.connect(ctx)
			if conn != nil {
				s.fight(conn)
			}
			busy.Done()
			<-s.stop
			if conn != nil {
				_ = conn.Close()
			}
		})
	}
	busy.Wait()
}

// connect connects. A server may refuse, be it all but the first.
func (s *siege) connect(ctx context.Context) net.Conn {
	ctx, cancel := context.WithDeadline(ctx, s.until)
	defer cancel()
	conn, err := s.Dial(ctx)
	s.note(func(r *AttackResult) {
		r.Conns++
		if err != nil {
			r.Refused++
		}
	})
	if err != nil {
		return nil
	}
	_ = conn.SetDeadline(s.until)
	return conn
}

// fight does what the attack says on one connection, and returns when the server
// has hung up or should have.
func (s *siege) fight(conn net.Conn) {
	gone := make(chan struct{})
	hangsUp := func() {
		defer close(gone)
		if _, err := io.Copy(io.Discard, conn); !errors.Is(err, os.ErrDeadlineExceeded) {
			s.closed()
		}
	}
	if !s.attack.Deaf {
		go hangsUp()
	}
	err := s.send(conn, gone)
	switch {
	case !s.attack.Deaf:
		<-gone
	case err == nil:
		s.pester(conn)
	case !errors.Is(err, os.ErrDeadlineExceeded):
		s.closed()
	}
}

// pester sends a little more from time to time, for who does not read hears of the
// end only when a write fails.
func (s *siege) pester(conn net.Conn) {
	for time.Now().Before(s.until) {
		s.sleep(s.Patience/64, nil)
		if err := s.write(conn, s.attack.Piece); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			s.closed()
			return
		}
	}
}

// send sends what the attack has, until the server has hung up.
func (s *siege) send(conn net.Conn, gone <-chan struct{}) error {
	if err := s.write(conn, s.attack.Opening); err != nil {
		return err
	}
	for range s.attack.Times {
		if !s.sleep(s.attack.Pace, gone) {
			return nil
		}
		if err := s.write(conn, s.attack.Piece); err != nil {
			return err
		}
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && s.attack.Then == Finish {
		return half.CloseWrite()
	}
	return nil
}

func (s *siege) write(conn net.Conn, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	n, err := conn.Write(p)
	s.note(func(r *AttackResult) { r.Sent += int64(n) })
	return err
}

// sleep waits for d, and reports whether gone was not closed meanwhile.
func (s *siege) sleep(d time.Duration, gone <-chan struct{}) bool {
	if d <= 0 {
		select {
		case <-gone:
			return false
		default:
			return true
		}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-gone:
		return false
	case <-timer.C:
		return true
	}
}

// closed notes that the server has hung up on a connection.
func (s *siege) closed() {
	after := time.Since(s.start)
	s.note(func(r *AttackResult) {
		r.Closed++
		r.ClosedAfter = max(r.ClosedAfter, after)
	})
}

// maxCuts is how many connections at most are cut, so that a long opening does
// not use up all ports.
const maxCuts = 500

// cutEverywhere makes a connection for each byte of the opening, or for some of
// a long one, and resets it there.
func (s *siege) cutEverywhere(ctx context.Context) {
	size := len(s.attack.Opening)
	for i := 0; i <= size; i += 1 + size/maxCuts {
		if conn := s.connect(ctx); conn != nil {
			_ = s.write(conn, s.attack.Opening[:i])
			reset(conn)
		}
	}
}

// reset ends a connection without regard for the other end, as far as its type
// has a way to do that.
func reset(conn net.Conn) {
	switch conn := conn.(type) {
	case interface{ Reset() }:
		conn.Reset()
		return
	case interface{ SetLinger(seconds int) error }:
		_ = conn.SetLinger(0)
	}
	_ = conn.Close()
}

// looks is how often the neighbours are looked after within the patience.
const looks = 8

// watch is the neighbour: it probes again and again.
func (s *siege) watch(ctx context.Context, over <-chan struct{}) {
	for s.probe(ctx); s.sleep(s.Patience/looks, over); s.probe(ctx) {
		s.weigh()
	}
}

// probe does once what a well-behaved client does.
func (s *siege) probe(ctx context.Context) (ok bool) {
	ctx, cancel := context.WithTimeout(ctx, s.Patience+s.MaxLatency)
	defer cancel()
	start := time.Now()
	err := s.Probe(ctx)
	took := time.Since(start)
	s.note(func(r *AttackResult) {
		r.Latency = max(r.Latency, took)
		if err != nil && s.probeOK {
			s.probeOK = false
			r.Failures = append(r.Failures, fmt.Sprintf("a neighbour was not served: %v", err))
		}
	})
	return err == nil
}

// weigh notes how much memory is held. The first time is before the attack.
func (s *siege) weigh() {
	if s.Memory == nil {
		return
	}
	now := s.Memory()
	s.note(func(r *AttackResult) {
		if r.Memory < 0 {
			s.memory0, r.Memory = now, 0
		}
		r.Memory = max(r.Memory, int64(now-s.memory0))
	})
}

// survives asks whether the server lives.
func (s *siege) survives(ctx context.Context) {
	alive := s.probe(ctx) || s.knock(ctx) == nil
	s.note(func(r *AttackResult) { r.Survived = alive })
}

func (s *siege) note(change func(r *AttackResult)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.result)
}

// judge says what is wrong with the result.
func (s *siege) judge() {
	r := &s.result
	fail := func(format string, args ...any) { r.Failures = append(r.Failures, fmt.Sprintf(format, args...)) }
	if !r.Survived {
		fail("the server is dead")
	}
	if open := r.Conns - r.Refused - r.Closed; open > 0 && s.attack.Then != CutEverywhere {
		fail("%d of %d connections are still open after %v", open, r.Conns, s.Patience)
	}
	if allowed := freeSiege + s.MaxMemory*uint64(r.Conns); r.Memory > int64(allowed) {
		fail("%d KiB of memory, more than %d", r.Memory>>10, allowed>>10)
	}
	if r.Latency > s.MaxLatency {
		fail("a neighbour waited for %v", r.Latency.Round(time.Millisecond))
	}
}
