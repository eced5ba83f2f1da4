package transport_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// The machine plays any interleaving of calls, cancels, deadlines, notifies, lost connections and drains, of both sides, and compares
// with a model what becomes of each call: it ends exactly once, with its own answer or with an error that fits what happened,
// when that happened and not later; and what is said to be not executed is not.

// deed is one step of a play, as data that rapid can draw, shrink and print.
type deed struct {
	What     string
	Side     int           // who does it
	Pick     int           // which call it is about
	After    time.Duration // a timeout, or how much time passes
	Stubborn bool          // the handler does not obey its context
}

const (
	byClient = iota
	byServer
)

func anyDeed() *rapid.Generator[deed] {
	return rapid.Custom(func(t *rapid.T) deed {
		return deed{
			What:     rapid.SampledFrom(deedNames).Draw(t, "what"),
			Side:     rapid.IntRange(byClient, byServer).Draw(t, "side"),
			Pick:     rapid.IntRange(0, 1000).Draw(t, "pick"),
			After:    time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second,
			Stubborn: rapid.Bool().Draw(t, "stubborn"),
		}
	})
}

// deedNames are the deeds, each as often as it shall be drawn.
var deedNames = strings.Fields("call call call call call call timed timed timed answer answer answer answer answer cancel cancel cancel " +
	"burst burst notify notify notify pass pass pass lose drain stream stream stream streamed send send send send send send end")

var (
	work = transport.Unary[int, int]("work")
	tell = transport.Notify[int]("tell")
)

// machineInFlight is how many calls may be in flight in each direction: few, so that some have to wait.
const machineInFlight = 3

type machine struct {
	server   *transport.Server
	client   *transport.Client
	listener *fuzz.Listener

	mu       sync.Mutex
	calls    []*played
	running  map[*transport.Conn]int
	up       *transport.Conn // the server's end of the newest connection
	pipes    []*fuzz.Conn    // the clients' ends
	told     [2][]int        // by each side, without an error
	heard    [2][]int        // from each side
	drained  [2]bool
	losses   int
	problems []string
}

// played is a call, and what the model knows about it.
type played struct {
	id, side int
	stubborn bool
	cancel   context.CancelFunc
	until    time.Time // zero: no deadline
	answer   chan struct{}

	answered, canceled bool // so the play has decided
	lost, drained      bool // while it had not ended
	executed           int
	executing          bool
	ended              int
	got                int
	err                error

	streams        bool
	sending        chan []byte // what the caller of a stream is to send; nil when it sends no more
	sent, received int         // messages of the caller, and how many have come back
	unsure         bool        // some were sent when the call had to be over
}

func TestMachine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		deeds := rapid.SliceOfN(anyDeed(), 1, 100).Draw(rt, "deeds")
		plan := fuzz.Plans().Draw(rt, "plan")
		var problems []string
		synctest.Test(t, func(t *testing.T) { problems = play(deeds, plan) })
		require.Empty(rt, problems)
	})
}

// play plays deeds and returns what was wrong.
func play(deeds []deed, plan fuzz.Plan) []string {
	m := &machine{listener: new(fuzz.Listener), running: map[*transport.Conn]int{}}
	limits := transport.Limits{MaxInFlight: machineInFlight, PingInterval: -1, IdleTimeout: -1}
	m.server = &transport.Server{Limits: limits, Log: discard()}
	m.server.ConnState = func(c *transport.Conn, s transport.ConnState) {
		if s == transport.StateActive {
			m.set(func() { m.up = c })
		}
	}
	limits.MaxInFlight = 0 // so that it is the server who bounds the client's calls
	m.client = &transport.Client{FailFast: true, Backoff: -1, Limits: limits, Log: discard(), Dial: m.dial}
	m.listener.Prepare = func(client, server *fuzz.Conn) { server.SetReadPlan(plan) }
	work.Handle(m.server, m.work)
	work.Handle(m.client, m.work)
	flow.Handle(m.server, m.flow)
	flow.Handle(m.client, m.flow)
	tell.Handle(m.server, m.hear(byClient))
	tell.Handle(m.client, m.hear(byServer))
	go m.server.Serve(m.listener)
	for i, d := range deeds {
		m.do(d)
		synctest.Wait()
		m.check(i, d)
	}
	m.finish()
	return m.problems
}

func (m *machine) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *machine) dial(ctx context.Context) (net.Conn, error) {
	nc, err := m.listener.Dial(ctx)
	if err == nil {
		m.set(func() { m.pipes = append(m.pipes, nc.(*fuzz.Conn)) })
	}
	return nc, err
}

// work is the handler of both sides.
func (m *machine) work(ctx context.Context, id int) (int, error) {
	c, done := m.execute(ctx, id)
	defer done()
	return id, c.wait(ctx)
}

// execute notes that the handler of call id runs. done is to be called when it returns.
func (m *machine) execute(ctx context.Context, id int) (c *played, done func()) {
	conn := transport.CallFrom(ctx).Conn
	m.mu.Lock()
	defer m.mu.Unlock()
	c = m.calls[id]
	c.executed++
	c.executing = true
	if m.running[conn]++; m.running[conn] > machineInFlight {
		m.problems = append(m.problems, fmt.Sprintf("call %d: %d handlers run", id, m.running[conn]))
	}
	return c, func() { m.set(func() { m.running[conn]--; c.executing = false }) }
}

// wait waits until the call is to be answered, or until its context ends, if the handler obeys that.
func (c *played) wait(ctx context.Context) error {
	done := ctx.Done()
	if c.stubborn {
		done = nil
	}
	select {
	case <-c.answer:
		return nil
	case <-done:
		return ctx.Err()
	}
}

func (m *machine) hear(from int) func(context.Context, int) error {
	return func(_ context.Context, n int) error {
		m.set(func() { m.heard[from] = append(m.heard[from], n) })
		return nil
	}
}

// caller returns what side calls through, or nil.
func (m *machine) caller(side int) transport.Caller {
	m.mu.Lock()
	defer m.mu.Unlock()
	if side == byClient {
		return transport.OnceOnly{Client: m.client}
	}
	if m.up == nil {
		return nil
	}
	return m.up
}

func (m *machine) do(d deed) {
	switch d.What {
	case "call":
		m.call(d, 0)
	case "timed":
		m.call(d, d.After)
	case "burst": // as the first of a connection, more than the peer allows, before it can say so
		for range 2 * machineInFlight {
			m.call(d, 0)
		}
	case "stream":
		m.stream(d, 0)
	case "streamed":
		m.stream(d, d.After)
	case "send":
		m.pick(d, (*played).takesMore, func(c *played) { c.sends(d.Pick) })
	case "end":
		m.pick(d, (*played).takesMore, (*played).sendsNoMore)
	case "answer":
		m.pick(d, func(c *played) bool { return !c.answered }, (*played).isAnswered)
	case "cancel":
		m.pick(d, func(c *played) bool { return c.ended == 0 }, func(c *played) { c.canceled = true; c.cancel() })
	case "notify":
		m.tell(d.Side)
	case "pass":
		time.Sleep(d.After)
	case "lose":
		m.lose()
	case "drain":
		m.drain(d.Side)
	}
}

// isAnswered makes the handler answer. If it has not begun, it may do so before it has sent back what the caller has sent.
func (c *played) isAnswered() {
	c.answered = true
	c.unsure = c.unsure || !c.executing
	close(c.answer)
}

// call starts a call.
func (m *machine) call(d deed, timeout time.Duration) {
	caller := m.caller(d.Side)
	if caller == nil {
		return
	}
	ctx, c := m.begin(d, timeout)
	go func() {
		got, err := work.Call(ctx, caller, c.id)
		m.set(func() { c.got, c.err = got, err; c.ended++ })
	}()
}

// begin adds a call to the model.
func (m *machine) begin(d deed, timeout time.Duration) (context.Context, *played) {
	c := &played{id: len(m.calls), side: d.Side, stubborn: d.Stubborn, answer: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	if timeout > 0 {
		c.until = time.Now().Add(timeout)
		ctx, cancel = context.WithDeadline(context.Background(), c.until)
	}
	c.cancel = cancel
	m.set(func() { m.calls = append(m.calls, c) })
	return ctx, c
}

// pick does something to one of the calls that fit.
func (m *machine) pick(d deed, fits func(*played) bool, do func(*played)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*played
	for _, c := range m.calls {
		if fits(c) {
			all = append(all, c)
		}
	}
	if len(all) > 0 {
		do(all[d.Pick%len(all)])
	}
}

func (m *machine) tell(side int) {
	if caller := m.caller(side); caller != nil {
		n := len(m.told[side]) + m.losses
		if err := tell.Send(context.Background(), caller, n); err == nil {
			m.told[side] = append(m.told[side], n)
		}
	}
}

// lose resets all connections. Every call that has not ended is lost.
func (m *machine) lose() {
	m.set(func() {
		for _, c := range m.calls {
			c.lost = c.lost || c.ended == 0 && len(m.pipes) > 0
		}
		m.losses += len(m.pipes)
	})
	for _, pipe := range m.pipes {
		pipe.Reset()
	}
	m.pipes = nil
}

// drain lets one side take no more calls.
func (m *machine) drain(side int) {
	if m.drained[side] {
		return
	}
	m.drained[side] = true
	m.set(func() {
		for _, c := range m.calls {
			c.drained = c.drained || c.ended == 0
		}
	})
	if side == byServer {
		go m.server.Shutdown(context.Background())
	} else {
		go m.client.Shutdown(context.Background())
	}
}
