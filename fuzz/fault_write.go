package fuzz

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"testing/synctest"
	"time"
)

// faultWrite ends writes with an error after every number of bytes: one that
// passes, and one that lasts.
func faultWrite(t *tester) {
	payloads, size := t.fewPayloads()
	t.checkPayloads(nil, payloads)
	for n := range size + 2 {
		for _, fault := range []Step{Timeout, Transient, Reset, EOF} {
			t.checkPayloads(Plan{n + fault}, payloads)
		}
	}
}

// faultShort ends writes after every number of bytes, and says nothing.
func faultShort(t *tester) {
	if !t.format.Wary {
		return
	}
	payloads, size := t.fewPayloads()
	t.checkPayloads(Plan{Half, Repeat}, payloads)
	for n := range size + 2 {
		t.checkPayloads(Plan{n}, payloads)
		t.checkPayloads(Plan{n, Timeout}, payloads)
		t.checkPayloads(Plan{n, Reset}, payloads)
		t.checkPayloads(Plan{n, 0, 1}, payloads)
		t.checkPayloads(Plan{n + 1, Repeat}, payloads)
	}
}

// fewPayloads returns what is written when writes fail, and the size of all its
// frames; nothing, if there is no Writer.
func (t *tester) fewPayloads() (payloads [][]byte, size Step) {
	if t.format.Writer == nil {
		return nil, 0
	}
	payloads = t.samples.tinies[:min(5, len(t.samples.tinies))]
	for _, p := range payloads {
		wire, _ := t.format.encode(nil, p)
		size += Step(len(wire))
	}
	return payloads, size
}

// faultBlocked has a peer that takes no bytes, and a deadline or Close while the
// writer waits.
func faultBlocked(t *tester) {
	if t.format.Writer == nil || len(t.samples.good) == 0 {
		return
	}
	payload := t.samples.good[len(t.samples.good)-1].payload
	for _, how := range []string{"its deadline", "Close"} {
		t.bubble("a peer that takes nothing", func(c *call) {
			_ = c.far.SetReadBuffer(1)
			var err error
			go func() {
				defer close(c.done)
				defer c.reading.recover()
				write := t.format.Writer(c.near)
				for range 3 {
					err = errors.Join(err, write(payload))
				}
			}()
			synctest.Wait()
			if how == "Close" {
				c.near.Close()
			} else {
				_ = c.near.SetWriteDeadline(time.Now().Add(time.Second))
			}
			if c.returns(how) && err == nil {
				c.o.fail(oracleWrite, "an error from a call that could not write", "none")
			}
		})
	}
}

// faultWriters has goroutines write frames at once, to a connection on which
// others come between any two writes. It is no bubble: who waits for a
// sync.Mutex would stop its clock.
func faultWriters(t *tester) {
	if !t.format.Shared || len(t.samples.tinies) == 0 {
		return
	}
	for range 20 {
		t.begins(kase{payloads: t.samples.tinies})
		if t.found[oracleWrite] == 0 {
			t.writeAtOnce()
		}
	}
}

const atOnce = "goroutines write at once"

func (t *tester) writeAtOnce() {
	const goroutines = 4
	far, near := Pipe()
	defer near.Close()
	_ = near.SetReadBuffer(-1)
	write := t.format.Writer(yielding{far})
	all := make(chan error, goroutines)
	for range goroutines {
		go func() {
			var err error
			for _, p := range t.samples.tinies {
				err = errors.Join(err, write(p))
			}
			all <- err
		}()
	}
	for range goroutines {
		if err := <-all; err != nil {
			t.report(Finding{Oracle: oracleWrite, Case: atOnce, Want: "no error", Got: showError(err), Replay: t.rerun()})
		}
	}
	far.Close()
	t.checkMixed(near, goroutines)
}

// checkMixed asks whether every payload is read as often as it was written.
func (t *tester) checkMixed(conn net.Conn, times int) {
	wire, _ := io.ReadAll(conn)
	var o outcome
	readStream(t.format, wire, nil, &o)
	count := map[string]int{}
	for _, p := range t.samples.tinies {
		count[string(p)] += times
	}
	for _, frame := range o.frames() {
		count[string(frame)]--
	}
	for p, left := range count {
		if left != 0 || !isEOF(o.err) {
			t.report(Finding{
				Oracle: oracleWrite, Case: atOnce, Replay: t.rerun(),
				Want: fmt.Sprintf("%s as often as it was written, %d times or more", showBytes([]byte(p)), times),
				Got:  fmt.Sprintf("%d times fewer, then %s", left, showError(o.err)),
			})
			return
		}
	}
}

// yielding is a connection on which others come between any two writes.
type yielding struct{ net.Conn }

func (y yielding) Write(p []byte) (int, error) {
	for range 5 {
		runtime.Gosched()
	}
	return y.Conn.Write(p)
}
