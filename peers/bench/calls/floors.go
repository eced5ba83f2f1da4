package calls

import (
	"io"
	"net"
	"sync"

	"github.com/demarc-go/demarc/codec"
)

// The floors move the bytes that a message has as msgpack, without a protocol. Their server sends back whatever comes.

var pingPong = Way{
	Name: "ping-pong", Kind: Floor, Note: "one in flight on each connection",
	Serve: serveRaw, Dial: dialPingPong,
	Flight: func(_, conns int) (int, int) { return conns, 1 },
}

var pipelined = Way{
	Name: "pipelined", Kind: Floor, Note: "all in flight written at once",
	Serve: serveRaw, Dial: dialPipelined,
	Flight: func(callers, conns int) (int, int) { return conns, max(1, callers/conns) },
}

// rawBuffer is how much the server of the floors takes at once.
const rawBuffer = 256 << 10

func serveRaw(l net.Listener) (func(), error) {
	go accept(l, func(nc net.Conn) {
		buf := make([]byte, rawBuffer)
		for {
			n, err := nc.Read(buf)
			if err != nil {
				return
			}
			if _, err := nc.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	return func() { _ = l.Close() }, nil
}

// accept serves each connection in a goroutine of its own, and closes it afterwards.
func accept(l net.Listener, serve func(net.Conn)) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer nc.Close()
			serve(nc)
		}()
	}
}

// pingPongClient has one call in flight.
type pingPongClient struct {
	net.Conn
	encoded
}

func dialPingPong(addr string) (Client, error) {
	nc, err := net.Dial("tcp", addr)
	return &pingPongClient{Conn: nc}, err
}

func (c *pingPongClient) Echo(payload []byte) ([]byte, error) {
	m, back := c.encode(payload, 1)
	if _, err := c.Write(m); err != nil {
		return nil, err
	}
	_, err := io.ReadFull(c, back)
	return c.payload(back), err
}

// pipelinedClient writes all calls that are to be in flight at once. What is larger than the buffers of the sockets is written by
// a goroutine of its own, while the answers to its beginning come in.
type pipelinedClient struct {
	net.Conn
	encoded
	large chan []byte
	once  sync.Once
	calls int
}

func dialPipelined(addr string) (Client, error) {
	nc, err := net.Dial("tcp", addr)
	return &pipelinedClient{Conn: nc, large: make(chan []byte), calls: 1}, err
}

// Window sets for how many calls one Echo stands.
func (c *pipelinedClient) Window(calls int) { c.calls = calls }

func (c *pipelinedClient) Echo(payload []byte) ([]byte, error) {
	m, back := c.encode(payload, c.calls)
	if err := c.send(m); err != nil {
		return nil, err
	}
	_, err := io.ReadFull(c, back)
	return c.payload(back), err
}

func (c *pipelinedClient) Close() error {
	c.once.Do(func() {}) // no writer any more
	close(c.large)
	return c.Conn.Close()
}

func (c *pipelinedClient) send(m []byte) error {
	if len(m) <= 64<<10 {
		_, err := c.Write(m)
		return err
	}
	c.once.Do(func() { go c.writeLarge() })
	c.large <- m
	return nil
}

func (c *pipelinedClient) writeLarge() {
	for m := range c.large {
		if _, err := c.Write(m); err != nil {
			_ = c.Conn.Close() // so that Echo fails
		}
	}
}

// encoded keeps a message that is sent again and again.
type encoded struct {
	m, back    []byte
	size, many int
}

// encode returns many messages with that payload, and room for as many answers.
func (e *encoded) encode(payload []byte, many int) (m, back []byte) {
	if e.size == len(payload) && e.many == many {
		return e.m, e.back
	}
	e.size, e.many, e.m = len(payload), many, nil
	for range many {
		e.m, _ = codec.Msgpack{}.Append(e.m, message(payload))
	}
	e.back = make([]byte, len(e.m))
	return e.m, e.back
}

// payload is that of the last message in back: it is the message's last field.
func (e *encoded) payload(back []byte) []byte { return back[len(back)-e.size:] }
