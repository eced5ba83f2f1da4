package calls

import (
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/valyala/fastrpc"
	"github.com/valyala/fastrpc/tlv"
)

var fast = Way{
	Name: "fastrpc", Kind: Untyped, Note: "payload only; a goroutine for each request",
	Serve: serveFast(false), Dial: dialFast, Largest: largestFast,
}

var fastInline = Way{
	Name: "fastrpc inline", Kind: Untyped, Note: "payload only; its mode PipelineRequests",
	Serve: serveFast(true), Dial: dialFast, Largest: largestFast,
}

// largestFast is what a value of package tlv can hold.
const largestFast = 64 << 10

func serveFast(inline bool) func(net.Listener) (func(), error) {
	return func(l net.Listener) (func(), error) {
		s := &fastrpc.Server{
			NewHandlerCtx:    func() fastrpc.HandlerCtx { return new(tlv.RequestCtx) },
			Handler:          echoFast,
			CompressType:     fastrpc.CompressNone,
			PipelineRequests: inline,
			Logger:           log.New(io.Discard, "", 0), // it logs each connection that ends
		}
		go s.Serve(l)
		return func() { _ = l.Close() }, nil
	}
}

func echoFast(ctx fastrpc.HandlerCtx) fastrpc.HandlerCtx {
	c := ctx.(*tlv.RequestCtx)
	c.Response.Append(c.Request.Value())
	return ctx
}

// fastClient closes its connection itself, because the library has nothing for it.
type fastClient struct {
	*fastrpc.Client
	responses sync.Pool
	conn      net.Conn
	dialed    bool
}

func dialFast(addr string) (Client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &fastClient{conn: nc, responses: sync.Pool{New: func() any { return new(tlv.Response) }}}
	c.Client = &fastrpc.Client{
		NewResponse:  func() fastrpc.ResponseReader { return new(tlv.Response) },
		Addr:         addr,
		CompressType: fastrpc.CompressNone,
		Dial:         c.dial,

		MaxPendingRequests: 1 << 14, // by itself it refuses what is beyond 1000
	}
	return c, nil
}

// dial hands over the connection the first time, and then none.
func (c *fastClient) dial(string) (net.Conn, error) {
	if c.dialed {
		return nil, net.ErrClosed
	}
	c.dialed = true
	return c.conn, nil
}

func (c *fastClient) Echo(payload []byte) ([]byte, error) {
	request := tlv.AcquireRequest()
	defer tlv.ReleaseRequest(request)
	request.Append(payload)
	response := c.responses.Get().(*tlv.Response)
	defer c.responses.Put(response)
	err := c.DoDeadline(request, response, time.Now().Add(time.Minute))
	return response.Value(), err
}

func (c *fastClient) Close() error { return c.conn.Close() }
