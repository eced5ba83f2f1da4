package calls

import (
	"context"
	"net"

	"github.com/smallnest/rpcx/client"
	rpcxlog "github.com/smallnest/rpcx/log"
	rpcxserver "github.com/smallnest/rpcx/server"
)

var rpcX = Way{
	Name: "rpcx", Kind: Typed, Note: "msgpack/v5, its default",
	Serve: func(l net.Listener) (func(), error) {
		s := rpcxserver.NewServer()
		s.DisableHTTPGateway, s.DisableJSONRPC = true, true
		if err := s.RegisterName("Echo", new(rpcxEcho), ""); err != nil {
			return nil, err
		}
		go s.ServeListener("tcp", l)
		return func() { _ = s.Close() }, nil
	},
	Dial: func(addr string) (Client, error) {
		c := client.NewClient(client.DefaultOption)
		return rpcxClient{c}, c.Connect("tcp", addr)
	},
}

func init() { rpcxlog.SetDummyLogger() }

type rpcxEcho struct{}

func (*rpcxEcho) Echo(_ context.Context, request *Message, response *Message) error {
	*response = *request
	return nil
}

type rpcxClient struct{ *client.Client }

func (c rpcxClient) Echo(payload []byte) ([]byte, error) {
	request, response := message(payload), Message{}
	err := c.Call(context.Background(), "Echo", "Echo", &request, &response)
	return response.Payload, err
}
