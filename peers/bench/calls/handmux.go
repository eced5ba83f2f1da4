package calls

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
)

// handMux is what one writes for one program and one message: many calls on a connection, and nothing else. It has no limits, no
// contexts, no names, no errors and no codec; its server sends back the bytes. So it shows what sharing a connection costs.
var handMux = Way{
	Name: "by hand", Kind: Floor, Note: "a multiplexer of forty lines: no codec, contexts, limits",
	Serve: serveRaw, Dial: dialMux,
}

// muxHead is the length and the number of the caller, which stand before each message.
const muxHead = 8

type muxClient struct {
	net.Conn
	callers sync.Pool

	mu      sync.Mutex
	waiting []*muxCaller // by number
	pending []byte
	spare   []byte
	writing bool
	flight  int
}

type muxCaller struct {
	number uint32
	done   chan error
	encoded
	answer []byte
}

func dialMux(addr string) (Client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &muxClient{Conn: nc}
	c.callers.New = func() any { return c.newCaller() }
	go c.read()
	return c, nil
}

func (c *muxClient) newCaller() *muxCaller {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	c.flight++
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
	if c.flight > 1 {
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	batch := c.pending
	c.pending = c.spare[:0]
	c.mu.Unlock()
	_, _ = c.Write(batch) // the reader sees it too
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
	c.mu.Lock()
	caller := c.waiting[number]
	c.flight--
	c.mu.Unlock()
	_, err = io.ReadFull(r, caller.answer)
	return caller, err
}

func (c *muxClient) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, caller := range c.waiting {
		select {
		case caller.done <- err:
		default:
		}
	}
}
