package calls

import (
	"net"
	"time"

	"github.com/lesismal/arpc"
	arpclog "github.com/lesismal/arpc/log"
	"github.com/vmihailenco/msgpack/v5"
)

// By itself arpc turns Nagle's algorithm on, which makes some calls wait for 40 ms, and codes as JSON. Here it does neither, and
// uses its pools, as in its own benchmark.
var arpcTuned = Way{
	Name: "arpc", Kind: Typed, Note: "msgpack/v5; pools, without Nagle's algorithm",
	Serve: serveARPC, Dial: dialARPC,
}

func init() { arpclog.SetLevel(arpclog.LevelNone) }

type msgpackV5 struct{}

func (msgpackV5) Marshal(v any) ([]byte, error)      { return msgpack.Marshal(v) }
func (msgpackV5) Unmarshal(data []byte, v any) error { return msgpack.Unmarshal(data, v) }

func arpcHandler() arpc.Handler {
	h := arpc.DefaultHandler.Clone()
	h.EnablePool(true)
	h.HandleConnected(func(c *arpc.Client) {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetNoDelay(true)
		}
	})
	return h
}

func serveARPC(l net.Listener) (func(), error) {
	s := arpc.NewServer()
	s.Codec, s.Handler = msgpackV5{}, arpcHandler()
	s.Handler.SetAsyncResponse(true)
	s.Handler.Handle(method, func(ctx *arpc.Context) {
		var m Message
		if err := ctx.Bind(&m); err != nil {
			_ = ctx.Error(err)
			return
		}
		_ = ctx.Write(&m)
	})
	go s.Serve(l)
	return func() { _ = s.Stop() }, nil
}

type arpcClient struct{ *arpc.Client }

func dialARPC(addr string) (Client, error) {
	c, err := arpc.NewClient(func() (net.Conn, error) { return net.Dial("tcp", addr) }, arpcHandler())
	if err != nil {
		return nil, err
	}
	c.Codec = msgpackV5{}
	return arpcClient{c}, nil
}

func (c arpcClient) Echo(payload []byte) ([]byte, error) {
	request, response := message(payload), Message{}
	err := c.Call(method, &request, &response, time.Minute)
	return response.Payload, err
}

func (c arpcClient) Close() error {
	c.Stop()
	return nil
}
