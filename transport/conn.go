package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
)

// frameOverhead is how much larger than its message a frame may be: the fields of the envelope, and room for metadata.
const frameOverhead = 16<<10 + 64

// errProtocol is the class of what a peer does against the rules of an open connection.
var errProtocol = errors.New("protocol error")

// config is what the two ends, Server and Client, decide about a connection.
type config struct {
	codec        codec.Codec
	maxMessage   int
	maxInFlight  int
	helloTimeout time.Duration
	writeTimeout time.Duration
	log          *slog.Logger
	handler      func(method string) handler // of the methods served, or nil
}

// conn is one connection: prefaces, hellos, then calls. One goroutine, that of run, reads. Every handler has a goroutine of its
// own, and what goes out goes through the outbox, so reading waits for neither. The side that calls is in outgoing.go, the
// side that answers in incoming.go, and how it all ends in ending.go.
type conn struct {
	config
	nc      net.Conn
	frames  *frame.Conn // reads only
	out     outbox
	scratch []byte // where appendFrame builds an envelope
	slots   slots  // of the calls that this side has in flight
	ctx     context.Context
	cancel  context.CancelCauseFunc // ends the contexts of all handlers

	greeting sync.Once
	greeted  chan struct{} // closed when the peer's hello is here
	peer     hello         // valid once greeted is closed

	mu       sync.Mutex
	calls    map[uint64]*call                   // of this side, that have no answer yet
	running  map[uint64]context.CancelCauseFunc // of the peer, that have no answer yet
	nextID   uint64                             // the id of this side's next call
	peerID   uint64                             // the highest id that the peer used
	accepted uint64                             // the highest id of the peer that got a handler
	draining bool                               // this side takes no more calls
	parting  bool                               // this side sends nothing any more
	gone     error                              // why the peer takes no more calls, or nil
	err      error                              // why the connection is over, or nil
}

// newConn returns a connection over nc, on which greet is to be called next. The side that dialed uses odd ids, the side that
// accepted even ones.
func newConn(ctx context.Context, nc net.Conn, cfg config, dialed bool) *conn {
	c := &conn{
		config:  cfg,
		nc:      nc,
		frames:  frame.NewConn(nc, frame.Varint{}),
		slots:   slots{limit: uint64(min(earlyCalls, cfg.maxInFlight))},
		greeted: make(chan struct{}),
		calls:   map[uint64]*call{},
		running: map[uint64]context.CancelCauseFunc{},
		nextID:  2,
	}
	if dialed {
		c.nextID = 1
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.frames.Max = maxHello + 1 // until the peer has introduced itself
	c.out.write = c.write
	return c
}

// run speaks the protocol until the connection is over, and closes it. It returns nil after a clean end, and otherwise why.
func (c *conn) run() error {
	err := c.read()
	clean := err == io.EOF || err == errFinished || c.isFinished()
	if brokeRule(err) {
		c.fail(err)
		c.part(FailedPrecondition, err)
		clean = false
	}
	c.end(err)
	if clean {
		return nil
	}
	return err
}

// brokeRule reports whether err says that the peer broke a rule of the protocol, once it had shown that it speaks it.
func brokeRule(err error) bool {
	for _, class := range []error{errProtocol, errEnvelope, frame.ErrMalformed, frame.ErrTooLarge} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// greet sends the preface and the hello, once, before all else.
func (c *conn) greet() {
	c.greeting.Do(func() {
		h := hello{c.codec.Name(), uint64(c.maxMessage), uint64(c.maxInFlight)}
		_ = c.out.putControl(func(dst []byte) ([]byte, error) {
			dst = append(dst, preface...)
			return c.appendFrame(dst, &envelope{kind: kindHello, payload: h.append(nil)})
		}) // fails only if the connection is over
	})
}

// read reads the preface, the hello, and then envelopes until an error.
func (c *conn) read() error {
	if err := c.frames.SetReadDeadline(time.Now().Add(c.helloTimeout)); err != nil {
		return err
	}
	if err := readPreface(c.nc); err != nil {
		return notMet(err)
	}
	if err := c.readEnvelope(c.meet); err != nil {
		return notMet(err)
	}
	if err := c.greetingDone(); err != nil {
		return err
	}
	for {
		if err := c.readEnvelope(c.dispatch); err != nil {
			return err
		}
	}
}

// notMet says of a timeout that it is the greeting that did not come.
func notMet(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the peer did not introduce itself: %w", err)
	}
	return err
}

// greetingDone takes the limit on the time for the greeting away, unless that for the parting holds already.
func (c *conn) greetingDone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting {
		return nil
	}
	return c.frames.SetReadDeadline(time.Time{})
}

func (c *conn) readEnvelope(do func(*envelope) error) error {
	p, err := c.frames.ReadFrame()
	if err != nil {
		return err
	}
	e, err := parse(p)
	if err != nil {
		return err
	}
	return do(&e)
}

// meet takes the peer's hello.
func (c *conn) meet(e *envelope) error {
	if e.kind != kindHello {
		return fmt.Errorf("%w: kind %d before the hello", errProtocol, e.kind)
	}
	h, err := parseHello(e.payload)
	if err != nil {
		return err
	}
	if h.codec != c.codec.Name() {
		return fmt.Errorf("%w: the peer speaks codec %q, here it is %q", errProtocol, h.codec, c.codec.Name())
	}
	if err := c.out.failed(); err != nil {
		return err
	}
	c.peer = h
	c.frames.Max = max(c.maxMessage, earlyMessage) + frameOverhead
	c.slots.setLimit(min(h.calls, uint64(c.maxInFlight)))
	close(c.greeted)
	return nil
}

// dispatch does what e asks for.
func (c *conn) dispatch(e *envelope) error {
	switch e.kind {
	case kindRequest:
		return c.open(e)
	case kindCancel:
		return c.cancelRunning(e.id)
	case kindResponse, kindError:
		return c.answer(e)
	case kindGoaway:
		return c.peerGone(e)
	}
	return fmt.Errorf("%w: kind %d after the hello", errProtocol, e.kind)
}

// appendFrame appends e as a frame to dst. It is for functions that the outbox calls, one at a time.
func (c *conn) appendFrame(dst []byte, e *envelope) ([]byte, error) {
	c.scratch = e.append(c.scratch[:0])
	dst, err := frame.Varint{}.AppendFrame(dst, c.scratch)
	if cap(c.scratch) > keepPending {
		c.scratch = nil
	}
	return dst, err
}

// send puts an envelope that cannot wait into the outbox.
func (c *conn) send(e *envelope) error {
	return c.out.putControl(func(dst []byte) ([]byte, error) { return c.appendFrame(dst, e) })
}

// maxWrite is how many bytes are written at once. A peer has WriteTimeout for each such piece, and so may take its time for
// many of them.
const maxWrite = 64 << 10

// write writes to the connection. A write that fails ends the connection, as the peer has lost track. Only while the peer has
// not introduced itself, the reader may know better: a health check that has left is no error.
func (c *conn) write(p []byte) (err error) {
	for len(p) > 0 && err == nil {
		piece := p[:min(len(p), maxWrite)]
		p = p[len(piece):]
		if err = c.nc.SetWriteDeadline(time.Now().Add(c.writeTimeout)); err == nil {
			_, err = c.nc.Write(piece)
		}
	}
	if err != nil && c.isGreeted() {
		c.end(err)
	}
	return err
}

func (c *conn) isGreeted() bool {
	select {
	case <-c.greeted:
		return true
	default:
		return false
	}
}

// mine reports whether id is one that this side has used.
func (c *conn) mine(id uint64) bool { return id > 0 && id%2 == c.nextID%2 && id < c.nextID }

// takesCalls reports whether calls can be made.
func (c *conn) takesCalls() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err == nil && c.gone == nil
}
