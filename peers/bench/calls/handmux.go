package calls

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// handMux is what one writes for one program and one message: many calls on a connection, and nothing else. It has no limits, no
// contexts, no names, no errors and no codec; its server sends back the bytes. So it shows what sharing a connection costs.
var handMux = Way{
	Name: "by hand", Kind: Floor, Note: "a multiplexer for one program: no codec, contexts, limits",
	Serve: serveRaw, Dial: dialMux(muxWriter{gathers: runtime.Gosched}),
}

// Lessons are the ways in which such a multiplexer can write; what they show stands in docs/performance.md.
func Lessons() []Way {
	return []Way{
		{Name: "a write for each", Serve: serveRaw, Dial: dialMux(muxWriter{each: true})},
		{Name: "together", Serve: serveRaw, Dial: dialMux(muxWriter{gathers: func() {}})},
		{Name: "together, after one yield", Serve: serveRaw, Dial: dialMux(muxWriter{gathers: runtime.Gosched})},
		{Name: "together, after 50 µs", Serve: serveRaw, Dial: dialMux(muxWriter{gathers: func() { time.Sleep(50 * time.Microsecond) }})},
	}
}

// muxHead is the length and the number of the caller, which stand before each message.
const muxHead = 8

// muxWriter is how it writes.
type muxWriter struct {
	each    bool   // every caller writes its own message
	gathers func() // what the writer does before it writes, if others have calls in flight
}

type muxClient struct {
	net.Conn
	muxWriter

	callers sync.Pool
	known   sync.RWMutex
	waiting []*muxCaller // by number
	flight  atomic.Int64

	mu      sync.Mutex
	pending []byte
	spare   []byte
	writing bool
}

type muxCaller struct {
	number uint32
	done   chan error
	encoded
	answer []byte
}

func dialMux(w muxWriter) func(addr string) (Client, error) {
	return func(addr string) (Client, error) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		c := &muxClient{Conn: nc, muxWriter: w}
		c.callers.New = func() any { return c.newCaller() }
		go c.read()
		return c, nil
	}
}

func (c *muxClient) newCaller() *muxCaller {
	c.known.Lock()
	defer c.known.Unlock()
	caller := &muxCaller{number: uint32(len(c.waiting)), done: make(chan error, 1)}
	c.waiting = append(c.waiting, caller)
	return caller
}

func (c *muxClient) Echo(payload []byte) ([]byte, error) {
	caller := c.callers.Get().(*muxCaller)
	defer c.callers.Put(caller)
	m, back := caller.encode(payload, 1)
	caller.answer = back
	c.send(caller.number, m)
	err := <-caller.done
	return caller.payload(back), err
}

// send appends the message. Who finds nobody writing writes what is there, after the others have had their turn to append.
func (c *muxClient) send(number uint32, m []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = binary.BigEndian.AppendUint32(c.pending, uint32(len(m)))
	c.pending = binary.BigEndian.AppendUint32(c.pending, number)
	c.pending = append(c.pending, m...)
	c.flight.Add(1)
	if c.each {
		_, _ = c.Write(c.pending) // the reader sees its error too
		c.pending = c.pending[:0]
	}
	if c.writing {
		return
	}
	c.writing = true
	for len(c.pending) > 0 {
		c.flush()
	}
	c.writing = false
}

func (c *muxClient) flush() {
	if c.flight.Load() > 1 {
		c.mu.Unlock()
		c.gathers()
		c.mu.Lock()
	}
	batch := c.pending
	c.pending = c.spare[:0]
	c.mu.Unlock()
	_, _ = c.Write(batch)
	c.mu.Lock()
	c.spare = batch
}

func (c *muxClient) read() {
	r := bufio.NewReaderSize(c, 64<<10)
	for {
		caller, err := c.readOne(r)
		if err != nil {
			c.fail(err)
			return
		}
		caller.done <- nil
	}
}

func (c *muxClient) readOne(r *bufio.Reader) (*muxCaller, error) {
	head, err := r.Peek(muxHead)
	if err != nil {
		return nil, err
	}
	number := binary.BigEndian.Uint32(head[4:])
	_, _ = r.Discard(muxHead)
	c.known.RLock()
	caller := c.waiting[number]
	c.known.RUnlock()
	c.flight.Add(-1)
	_, err = io.ReadFull(r, caller.answer)
	return caller, err
}

func (c *muxClient) fail(err error) {
	c.known.RLock()
	defer c.known.RUnlock()
	for _, caller := range c.waiting {
		select {
		case caller.done <- err:
		default:
		}
	}
}
