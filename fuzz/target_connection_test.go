package fuzz_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/internal/drive"
	"github.com/demarc-go/demarc/transport"
)

// A life is that of a client, a server, and the calls between them, over connections on which anything happens.
type life struct {
	server *transport.Server
	client *transport.Client
	spoilt bool // bytes change on the way, so what one side sent is not what the other gets

	mu       sync.Mutex
	up       *transport.Conn // the server's end of the newest connection
	calls    []*lived
	executed map[string]int
}

// A lived is a call of a life.
type lived struct {
	id     string
	until  time.Time
	cancel context.CancelFunc
	ended  int
	at     time.Time
	err    error
	got    string
}

// patience is how long a call of a life waits at most. It is more than all limits of a connection together.
const patience = 10 * time.Minute

func newLife(spoilt bool, plans [4]fuzz.Plan) (*life, *fuzz.Listener) {
	l := &life{spoilt: spoilt, executed: map[string]int{}}
	listener := &fuzz.Listener{Prepare: func(client, server *fuzz.Conn) {
		client.SetReadPlan(plans[0])
		client.SetWritePlan(plans[1])
		server.SetReadPlan(plans[2])
		server.SetWritePlan(plans[3])
	}}
	log := slog.New(slog.DiscardHandler)
	l.server = &transport.Server{Log: log, ConnState: func(c *transport.Conn, s transport.ConnState) {
		if s == transport.StateActive {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.up = c
		}
	}}
	l.client = &transport.Client{FailFast: true, Backoff: -1, Log: log, Dial: func(ctx context.Context) (net.Conn, error) { return listener.Dial(ctx) }}
	echo.Handle(l.server, l.execute)
	echo.Handle(l.client, l.execute)
	note.Handle(l.server, func(context.Context, string) error { return nil })
	return l, listener
}

var note = transport.Notify[string]("note")

// execute is the handler of both sides.
func (l *life) execute(_ context.Context, s string) (string, error) {
	id, _, _ := strings.Cut(s, " ")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.executed[id]++
	return s, nil
}

// call begins a call of size bytes through caller.
func (l *life) call(caller transport.Caller, size int, wait time.Duration) {
	c := &lived{id: fmt.Sprint(len(l.calls)), until: time.Now().Add(wait)}
	ctx, cancel := context.WithDeadline(context.Background(), c.until)
	c.cancel = cancel
	l.calls = append(l.calls, c)
	go func() {
		got, err := echo.Call(ctx, caller, c.id+" "+strings.Repeat("z", size))
		l.mu.Lock()
		defer l.mu.Unlock()
		c.ended, c.at, c.err = c.ended+1, time.Now(), err
		c.got, _, _ = strings.Cut(got, " ")
	}()
}

// do does what one byte stands for.
func (l *life) do(deed byte) {
	l.mu.Lock()
	up := l.up
	l.mu.Unlock()
	amount := int(deed >> 3)
	switch deed % 8 {
	case 0, 1:
		l.call(l.client, amount, patience)
	case 2:
		l.call(l.client, amount<<10, patience)
	case 3:
		l.call(l.client, amount, time.Duration(amount)*time.Second)
	case 4:
		if up != nil {
			l.call(up, amount<<6, patience)
		}
	case 5:
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		_ = note.Send(ctx, l.client, "noted")
		cancel()
	case 6:
		if len(l.calls) > 0 {
			l.calls[amount%len(l.calls)].cancel()
		}
	case 7:
		time.Sleep(time.Duration(amount) * time.Second)
	}
	if deed < 0x80 {
		synctest.Wait() // or else the next one comes as soon as it can
	}
}

// check requires that each call ended once, in time, with its own answer or an error that is true.
func (l *life) check(t *testing.T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.calls {
		require.Equal(t, 1, c.ended, "call %s", c.id)
		require.False(t, c.at.After(c.until), "call %s took %v too long", c.id, c.at.Sub(c.until))
		var e *transport.Error
		if c.err != nil {
			require.ErrorAs(t, c.err, &e)
		}
		if l.spoilt {
			continue
		}
		require.LessOrEqual(t, l.executed[c.id], 1, "call %s: %v", c.id, c.err)
		switch {
		case e == nil:
			require.Equal(t, c.id, c.got)
			require.Equal(t, 1, l.executed[c.id])
		case e.Outcome == transport.NotSent || e.Outcome == transport.Refused:
			require.Zero(t, l.executed[c.id], "call %s: %v", c.id, c.err)
		}
	}
}

// FuzzConnection has a client and a server call each other over connections whose reads and writes, on both ends, are split, fail, end,
// stall and, in one mode, spoil bytes. Whatever happens, every call ends exactly once and in time; its handler ran at most once; an
// answer is that of this call; what is said not to have been executed was not; and in the end nothing is left running.
func FuzzConnection(f *testing.F) {
	target := drive.New(f)
	target.Add([]byte{0, 8, 12, 5, 63}, []byte(nil), false)
	target.Add([]byte{0x80, 0x88, 0x84, 0x85, 0x86}, []byte{1, 0xff, 1, 0xff, 1, 0xff, 1, 0xff}, false)
	target.Add([]byte{0, 250, 4, 14, 255, 0}, []byte{100, 0xc0, 80, 0xc1, 90, 0xc2, 70, 0xc3}, false)
	target.Add([]byte{0, 4, 5, 0, 0, 0, 4}, []byte{40, 0xc5, 60, 0xc6, 50, 0xc7, 30, 0xc5}, true)
	target.Fuzz(func(t *testing.T, deeds, steps []byte, spoils bool) { live(t, deeds, steps, spoils) })
}

// live is one execution of FuzzConnection.
func live(t *testing.T, deeds, steps []byte, spoils bool) {
	faults := []fuzz.Step{fuzz.EOF, fuzz.Reset, fuzz.Stall, fuzz.Timeout, fuzz.Transient}
	if spoils {
		faults = append(faults, fuzz.Flip, fuzz.Drop, fuzz.Double)
	}
	var plans [4]fuzz.Plan
	for i := range plans {
		plans[i] = fuzz.PlanFrom(steps[i*len(steps)/4:(i+1)*len(steps)/4], faults...)
	}
	synctest.Test(t, func(t *testing.T) {
		l, listener := newLife(spoils, plans)
		served := make(chan error, 1)
		go func() { served <- l.server.Serve(listener) }()
		defer l.server.Close()
		defer l.client.Close()
		for _, deed := range deeds[:min(len(deeds), 32)] {
			l.do(deed)
		}
		time.Sleep(patience)
		synctest.Wait()
		l.check(t)
		for _, c := range l.calls {
			c.cancel()
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := l.server.Shutdown(ctx); !spoils {
			require.NoError(t, err)
		} else if err != nil { // who never got the request, or lost its answer, gives none, and lives
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.ErrorIs(t, <-served, transport.ErrServerClosed)
	})
}

// What FuzzConnection has found, which must never come back.
func TestLivesThatWentWrong(t *testing.T) {
	tests := []struct {
		name         string
		deeds, steps string
		spoils       bool
	}{
		{"write that takes a byte of the preface and gives no error", "A\"", "\x01", false},
		{"end within the preface of a server that has executed the call", "\x01\b\xe7\xda,FEI\f\b", "\x02", false},
		{"write that fails before the hello, and a caller that tries again", "\x80\x84\x88_d\xb6\xa4Q\x85\x86", "\x01\xff\x01\xff\x01\xff\x01\xff", false},
		{"shutdown while a call waits whose request was spoilt", "\x01\x00\x00\x04 \x00\x00", "(\xc5\xff\x01\xff\x01\xff\x01", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { live(t, []byte(test.deeds), []byte(test.steps), test.spoils) })
	}
}
