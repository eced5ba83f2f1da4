package transport_test

import (
	"context"
	"fmt"
	"testing/synctest"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// check compares what has become of the calls with the model.
func (m *machine) check(i int, d deed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.calls {
		if why := m.wrong(c); why != "" {
			m.problems = append(m.problems, fmt.Sprintf("deed %d, %s: call %d of side %d: %s", i, d.What, c.id, c.side, why))
		}
	}
}

// wrong returns what is wrong with a call, or "".
func (m *machine) wrong(c *played) string {
	late := !c.until.IsZero() && !time.Now().Before(c.until)
	switch {
	case c.executed > 1 || c.ended > 1:
		return fmt.Sprintf("executed %d times, ended %d times", c.executed, c.ended)
	case c.ended == 0 && (c.canceled || late || c.lost):
		return "it should have ended"
	case c.ended == 0 && c.answered && c.executed == 1:
		return "it should have been answered"
	case c.ended == 0 && c.executed == 0 && m.drained[1-c.side]:
		return "it should have been refused"
	case c.executing && !c.stubborn && (c.canceled || late || c.lost):
		return "its handler should have been stopped"
	case c.ended == 0 && c.executing && !c.canceled && !late && c.sent != c.received:
		return fmt.Sprintf("%d messages have been sent, and %d have come back", c.sent, c.received)
	case c.ended == 0:
		return ""
	case c.err == nil && c.sent != c.received && !c.unsure:
		return fmt.Sprintf("it ended well, %d messages have been sent, and %d have come back", c.sent, c.received)
	case c.err == nil && (c.got != c.id || c.executed != 1 || !c.answered):
		return fmt.Sprintf("an answer that is not its own: %d", c.got)
	case c.err == nil:
		return ""
	}
	return m.wrongError(c, late)
}

// wrongError returns what is wrong with the error of a call, or "".
func (m *machine) wrongError(c *played, late bool) string {
	e, ok := c.err.(*transport.Error)
	if !ok {
		return fmt.Sprintf("no *Error: %v", c.err)
	}
	fits := false
	switch e.Code {
	case transport.Canceled:
		fits = c.canceled || c.lost && e.Outcome == transport.Answered // the handler lost the connection, and said so just before
	case transport.DeadlineExceeded:
		fits = late
	case transport.Unavailable:
		fits = c.lost || c.drained || m.drained[byServer] || m.drained[byClient] || c.side == byServer && m.losses > 0
	}
	executed := e.Outcome == transport.Answered && c.executed != 1
	spared := (e.Outcome == transport.NotSent || e.Outcome == transport.Refused) && c.executed > 0
	if !fits || executed || spared {
		return fmt.Sprintf("executed %d times, and then: %v", c.executed, e)
	}
	return ""
}

// finish answers all calls, ends both sides, and checks that nothing is left.
func (m *machine) finish() {
	for _, c := range m.calls {
		if !c.answered {
			c.answered = true
			close(c.answer)
		}
		synctest.Wait()
	}
	for _, c := range m.calls {
		c.sendsNoMore()
	}
	synctest.Wait()
	m.check(-1, deed{What: "finish"})
	for side := range m.heard {
		if m.losses == 0 && fmt.Sprint(m.heard[side]) != fmt.Sprint(m.told[side]) {
			m.problems = append(m.problems, fmt.Sprintf("side %d told %v, heard was %v", side, m.told[side], m.heard[side]))
		}
		for i := range m.heard[side][min(1, len(m.heard[side])):] {
			if m.heard[side][i] >= m.heard[side][i+1] {
				m.problems = append(m.problems, fmt.Sprintf("side %d: heard %v", side, m.heard[side]))
			}
		}
	}
	_ = m.client.Shutdown(context.Background())
	_ = m.server.Shutdown(context.Background())
	synctest.Wait()
	for _, c := range m.calls {
		if c.ended != 1 {
			m.problems = append(m.problems, fmt.Sprintf("call %d has ended %d times", c.id, c.ended))
		}
		c.cancel()
	}
	time.Sleep(time.Minute)
}
