package transport

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
)

// frameOverhead is how much larger than its message a frame may be: metadata, the method's name, the other fields.
const frameOverhead = maxMetadata + 512

// config is what the two ends, Server and Client, decide about a connection.
type config struct {
	codec        codec.Codec
	limits       Limits // effective
	log          *slog.Logger
	hello        hello // what this side says about itself
	methods      *registry
	interceptors []Interceptor                                // around each call, in both directions
	observer     Observer                                     // nil: nobody looks
	tap          func(Envelope)                               // nil: nobody looks
	capacity     *capacity                                    // of all connections together; nil: no limit
	authenticate func(context.Context, *Conn) (any, error)    // nil: everybody may
	connContext  func(context.Context, *Conn) context.Context // nil: the handlers' contexts hold nothing more
	onState      func(*Conn, ConnState)                       // nil: nobody wants to know
}

// Conn is one connection, on which either side calls the other: prefaces, hellos, then calls. A handler finds it in its [Call],
// and can itself call the peer through it.
//
// Any number of goroutines may use it.
type Conn struct {
	*config // shared by all connections of a server
	nc      net.Conn
	ours    bool        // the codec keeps nothing of what it is given
	frames  *frame.Conn // reads only
	out     outbox
	direct  *direct // nil: nc can only be written to by waiting for it
	urgent  urgent
	unused  sync.Pool       // *call
	usual   atomic.Int32    // size of the last message to the peer in bytes
	slots   slots           // of the calls that this side has in flight
	credit  slots           // of the notifies that this side has sent
	budget  budget          // of the streams that this side receives
	parent  context.Context // the connection ends with it
	ctx     context.Context // ends with the connection
	cancel  context.CancelCauseFunc
	retired chan struct{} // closed when the peer takes no more calls, or the connection is over

	greeting sync.Once
	greeted  chan struct{}   // closed when the peer's hello is here and found good; the next three do not change after that
	peer     hello           // what the peer says about itself
	identity any             // what Authenticate returned
	base     context.Context // of all handlers

	over    func(error) // called with what run returns, if that was elsewhere; nil: it goes on nowhere else
	unwatch func() bool // stops watching parent; nil before run

	role      role
	crew      crew
	pulse     pulse
	allowance allowance
	stats     counters
	state     stateTeller
	shaking   atomic.Int32 // see handshake.go

	mu        sync.Mutex
	calls     map[uint64]*call     // of this side, that have no answer yet; nil while there are none for long
	running   map[uint64]*incoming // of the peer, that have no answer yet; nil likewise
	weight    uint64               // of the running
	inbox     inbox                // of the peer's notifies
	nextID    uint64               // the id of this side's next call
	peerID    uint64               // the highest id that the peer used
	accepted  uint64               // the highest id of the peer that got a handler
	idleSince time.Duration        // when the last call ended, by the pulse's clock
	moving    bool                 // the goroutine that reads is to be replaced by a smaller one
	leaving   bool                 // it has been idle for too long, and will be draining
	draining  bool                 // this side takes no more calls
	parting   bool                 // this side sends nothing any more
	gone      error                // why the peer takes no more calls, or nil
	err       error                // why the connection is over, or nil
}

// newConn returns a connection over nc, on which greet is to be called next. The side that dialed uses odd ids, the side that
// accepted even ones.
func newConn(ctx context.Context, nc net.Conn, cfg *config, dialed bool) *Conn {
	c := &Conn{
		config:  cfg,
		parent:  ctx,
		nc:      nc,
		slots:   slots{limit: uint64(min(earlyCalls, cfg.limits.MaxInFlight)), budget: uint64(min(earlyBytes, cfg.limits.MaxInFlightBytes))},
		credit:  slots{limit: math.MaxUint64, budget: earlyCredit},
		retired: make(chan struct{}),
		greeted: make(chan struct{}),
		nextID:  2,
	}
	if dialed {
		c.nextID = 1
	}
	if cfg.observer != nil {
		c.stats.observe = func(l Limit) {
			defer func() { c.logHook("Observer", recover()) }()
			cfg.observer.Limit(c, l)
		}
	}
	if cfg.onState != nil {
		c.state.tell = c.tellState
	}
	c.ours = isOurs(cfg.codec)
	c.crew.init(c.serve)
	c.pulse.begin()
	c.inbox.credit = int64(cfg.limits.MaxNotifyBytes)
	c.budget.init(&cfg.limits)
	c.allowance.most = 4 * int64(max(cfg.limits.MaxInFlight, earlyCalls))
	c.allowance.left = c.allowance.most
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.frames = frame.NewConn(nc, frame.Varint{})
	c.frames.BeforeRead = c.beforeRead
	c.frames.Max = maxHello + 1 // until the peer has introduced itself
	c.frames.FrameTimeout = cfg.limits.FrameTimeout
	c.out.write, c.out.urgent = c.write, c.appendUrgent
	if c.direct = directOf(nc); c.direct != nil {
		c.out.try = c.tryWrite
		if dialed {
			c.role.wake = make(chan struct{}, 1)
		}
	}
	c.out.maxRefusals = 4 * max(cfg.limits.MaxInFlight, earlyCalls)
	return c
}

// run speaks the protocol until the connection is over, and closes it. It returns nil after a clean end, and otherwise why; or errMoved
// if it goes on elsewhere.
func (c *Conn) run() (err error) {
	defer func() {
		if err != errMoved {
			c.end(errReader) // for a handler that ends the goroutine
		}
	}()
	c.watchParent()
	if err = c.read(); err == errMoved {
		go c.goOn()
		return err
	}
	defer c.unwatch()
	if err == io.EOF {
		c.finishInbox()
	}
	clean := err == io.EOF || c.endedWell()
	_ = c.stats.count(err)
	if brokeRule(err) {
		c.fail(err)
		c.part(err)
		clean = false
	}
	c.end(err)
	if clean {
		return nil
	}
	return c.why()
}

// watchParent ends the connection when the context ends that it was made with.
func (c *Conn) watchParent() {
	switch {
	case c.unwatch != nil:
	case c.parent.Done() == nil:
		c.unwatch = func() bool { return false }
	default:
		c.unwatch = context.AfterFunc(c.parent, func() { c.end(context.Cause(c.parent)) })
	}
}

// tellState calls ConnState. A panic there changes nothing for the connection.
func (c *Conn) tellState(s ConnState) {
	defer func() { c.logHook("ConnState", recover()) }()
	c.onState(c, s)
}

// errReader ends a connection whose goroutine was ended by a handler that runs on it.
var errReader = errors.New("a handler has ended the goroutine that reads")

// brokeRule reports whether err says that the peer broke a rule of the protocol, once it had shown that it speaks it.
func brokeRule(err error) bool {
	return errors.Is(err, ErrProtocol) || errors.Is(err, ErrUnauthenticated)
}

// usualHead is how many bytes before the payload of an envelope are not many: those of the longest method, and no metadata.
const usualHead = maxMethod + 32

// appendFrame appends e as a frame to dst. It is for functions that the outbox calls, one at a time.
func (c *Conn) appendFrame(dst []byte, e *envelope) ([]byte, error) {
	if c.tap != nil {
		c.tapped(Outgoing, e)
	}
	head := e.appendHead(make([]byte, 0, usualHead))
	dst = slices.Grow(dst, binary.MaxVarintLen64+len(head)+len(e.payload))
	dst = binary.AppendUvarint(dst, uint64(len(head)+len(e.payload)))
	dst = append(dst, head...)
	return append(dst, e.payload...), nil
}

// send puts an envelope that cannot wait into the outbox.
func (c *Conn) send(e *envelope) error {
	return c.out.putControl(func(dst []byte) ([]byte, error) { return c.appendFrame(dst, e) })
}

// maxWrite is how many bytes are written at once. A peer has WriteTimeout for each such piece, and so may take its time for
// many of them.
const maxWrite = 64 << 10

// write writes to the connection, and waits for it.
func (c *Conn) write(p []byte) (err error) {
	for len(p) > 0 && err == nil {
		piece := p[:min(len(p), maxWrite)]
		p = p[len(piece):]
		if err = c.nc.SetWriteDeadline(time.Now().Add(c.limits.WriteTimeout)); err == nil {
			var n int
			n, err = c.nc.Write(piece)
			c.stats.wrote(n)
			if err == nil && n < len(piece) { // which io.Writer forbids, and which happens
				err = io.ErrShortWrite
			}
		}
	}
	if err == nil && c.direct != nil { // which a deadline that has passed would stop
		err = c.nc.SetWriteDeadline(time.Time{})
	}
	return c.wrote(err)
}

// tryWrite writes to the connection what it takes at once.
func (c *Conn) tryWrite(p []byte) (int, error) {
	n, err := c.direct.write(p)
	c.stats.wrote(n)
	return n, c.wrote(err)
}

// wrote ends the connection if a write has failed with err, as the peer has lost track. Only while the peer has not introduced
// itself, the reader may know better: a health check that has left is no error.
func (c *Conn) wrote(err error) error {
	if err = c.stats.count(timedOut(LimitWrite, err)); err != nil && c.isGreeted() {
		c.end(err)
	}
	return err
}

func (c *Conn) isGreeted() bool {
	select {
	case <-c.greeted:
		return true
	default:
		return false
	}
}

// mine reports whether id is one that this side has used. c.mu is locked.
func (c *Conn) mine(id uint64) bool { return id > 0 && id%2 == c.nextID%2 && id < c.nextID }

// theirs reports whether id is one that the peer has used. c.mu is locked.
func (c *Conn) theirs(id uint64) bool { return id > 0 && id%2 != c.nextID%2 && id <= c.peerID }

// takesCalls reports whether calls can be made. Before the greeting a write may have failed, and the connection not be over: see wrote.
func (c *Conn) takesCalls() bool {
	return c.whyNoCalls() == nil && (c.isGreeted() || c.out.failed() == nil)
}

// whyNoCalls returns why the peer takes no more calls, or this side makes none, or nil.
func (c *Conn) whyNoCalls() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed()
}

// errIdle says that this side leaves a connection on which nothing is under way.
var errIdle = errors.New("the connection was idle for too long")

// closed is whyNoCalls. c.mu is locked.
func (c *Conn) closed() error {
	if c.leaving && !c.busy() {
		return cmp.Or(c.err, c.gone, errIdle)
	}
	return cmp.Or(c.err, c.gone)
}

// why returns why the connection is over.
func (c *Conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
