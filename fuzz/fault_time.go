package fuzz

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// forever is how long a call may wait, in the time of a bubble, which costs none.
const forever = 100 * 24 * time.Hour

// A call is a parser in a bubble that reads one end of a Pipe in a goroutine of
// its own.
type call struct {
	t         *tester
	far, near *Conn
	o         outcome  // what is known of it
	reading   *outcome // belongs to the goroutine until it is done
	done      chan struct{}
}

// bubble runs test with a connection on whose near end the parser reads. What
// is still blocked when both ends are closed is a leak.
func (t *tester) bubble(what string, test func(c *call)) {
	if t.enough() {
		return
	}
	t.begins(kase{})
	c := &call{t: t, reading: new(outcome)}
	var dead any
	func() {
		defer func() { dead = recover() }()
		synctest.Test(t.tb, func(*testing.T) {
			c.far, c.near = Pipe()
			_ = c.near.SetReadBuffer(-1)
			c.done = make(chan struct{})
			test(c)
			c.near.Close()
			c.far.Close()
		})
	}()
	if dead != nil {
		c.o.fail(oracleLeak, "nothing to run when both ends are closed", fmt.Sprint(dead))
	}
	if c.o.broken != "" {
		t.report(Finding{Oracle: c.o.broken, Want: c.o.want, Got: c.o.got, Case: what, Replay: t.rerun()})
	}
}

// read starts the parser. It reads to the end, or to an error; passed is called
// when the error is one after which it goes on.
func (c *call) read(passed func()) {
	f, o := c.t.format, c.reading
	go func() {
		defer close(c.done)
		defer o.recover()
		next := f.Reader(c.near)
		for range len(c.t.samples.short) + 100 {
			frame, err := next()
			switch {
			case err == nil:
				o.buf = append(o.buf, frame...)
				o.items = append(o.items, item{end: len(o.buf)})
			case f.skips(err):
				o.items = append(o.items, item{end: len(o.buf), skipped: true})
			case f.Resumes && passes(err) && passed != nil:
				passed()
			default:
				o.err = err
				return
			}
		}
	}()
}

// returns waits for the parser, and reports whether it came to an end by itself.
func (c *call) returns(after string) bool {
	select {
	case <-c.done:
		c.o = *c.reading
		return c.o.broken == ""
	case <-time.After(forever):
		c.near.Close()
		c.far.Close()
		c.o.fail(oracleHang, "the call to return after "+after, "it still waits")
		return false
	}
}

// sames asks whether the outcome is that of b.
func (c *call) sames(b *basis, oracle Oracle) {
	if b.broken == "" && (len(c.o.items) != len(b.items) || !c.o.begins(&b.outcome, len(b.items)) || !c.t.sameEnd(c.o.err, b.err)) {
		c.o.fail(oracle, b.String(), c.o.String())
	}
}

// failed asks whether the outcome is that of a connection that failed after n
// bytes.
func (c *call) failed(full *basis, n int) {
	if complete := full.complete(n); full.known && (len(c.o.items) != complete || !c.o.begins(&full.outcome, complete)) {
		c.o.fail(oracleFailure, full.first(complete)+"then an error", c.o.String())
	}
	if isEOF(c.o.err) {
		c.o.fail(oracleFailure, "an error that is not io.EOF", c.o.String())
	}
}

// faultStall has a peer that sends a byte a second, and one that is an hour late.
func faultStall(t *tester) {
	late := make(Plan, 0, 3601)
	for range 3600 {
		late = append(late, Stall)
	}
	for _, stream := range [][]byte{t.samples.tiny, t.samples.short} {
		t.setStream(stream)
		for _, plan := range []Plan{{1, Stall, Repeat}, {Stall, 3, Stall, Stall, 5, Repeat}, late} {
			want := t.basis(len(stream))
			t.bubble("a slow peer", func(c *call) {
				c.near.SetReadPlan(plan)
				_, _ = c.far.Write(stream)
				_ = c.far.CloseWrite()
				c.read(nil)
				if c.returns("the end of the stream") {
					c.sames(want, oracleSplit)
				}
			})
		}
	}
}

// faultDeadline has a deadline pass while the parser waits, after every byte.
func faultDeadline(t *tester) {
	stream := t.samples.tiny
	t.setStream(stream)
	full := t.basis(len(stream))
	for i := range stream {
		for _, before := range []bool{true, false} {
			t.bubble(fmt.Sprintf("a deadline passed after %d bytes of %q", i, stream), func(c *call) {
				_, _ = c.far.Write(stream[:i])
				if before {
					_ = c.near.SetReadDeadline(time.Now().Add(time.Second))
				}
				c.read(func() {
					_ = c.near.SetReadDeadline(time.Time{})
					_, _ = c.far.Write(stream[i:])
					_ = c.far.CloseWrite()
				})
				synctest.Wait()
				if !before {
					_ = c.near.SetReadDeadline(time.Unix(1, 0))
				}
				c.deadlined(full, i)
			})
		}
	}
}

// deadlined asks what came of a deadline that passed after n bytes.
func (c *call) deadlined(full *basis, n int) {
	switch {
	case !c.returns("its deadline") || full.broken != "":
	case c.t.format.Resumes:
		c.sames(full, oracleResume)
	default:
		c.failed(full, n)
	}
}

// faultClose closes and resets the connection, from both ends, while the parser
// waits, after every byte.
func faultClose(t *tester) {
	stream := t.samples.tiny
	t.setStream(stream)
	full := t.basis(len(stream))
	for i := range stream {
		t.bubble(fmt.Sprintf("its own end was closed after %d bytes of %q", i, stream), func(c *call) {
			c.waiting(stream[:i])
			c.near.Close()
			if c.returns("Close") && c.o.err == nil {
				c.o.fail(oracleHang, "an error", c.o.String())
			}
		})
		cut := t.basis(i)
		t.bubble(fmt.Sprintf("the other end was closed after %d bytes of %q", i, stream), func(c *call) {
			c.waiting(stream[:i])
			c.far.Close()
			if c.returns("the end of the stream") {
				c.sames(cut, oracleEnd)
			}
		})
		t.bubble(fmt.Sprintf("the connection was reset after %d bytes of %q", i, stream), func(c *call) {
			c.waiting(stream[:i])
			c.far.Reset()
			if c.returns("a reset") && full.broken == "" {
				c.failed(full, i)
			}
		})
	}
}

// waiting starts the parser, and returns when it has read begin and waits.
func (c *call) waiting(begin []byte) {
	_, _ = c.far.Write(begin)
	c.read(nil)
	synctest.Wait()
}

// faultAbandon closes the connection before the parser was asked for all frames.
func faultAbandon(t *tester) {
	stream := t.samples.tiny
	t.setStream(stream)
	for calls := range min(3, len(t.basis(len(stream)).items)+1) {
		t.bubble(fmt.Sprintf("the connection was closed after %d frames", calls), func(c *call) {
			defer c.o.recover()
			_, _ = c.far.Write(stream)
			next := t.format.Reader(c.near)
			for range calls {
				if _, err := next(); err != nil {
					break
				}
			}
		})
	}
}
