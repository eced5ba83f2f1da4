package calls

import (
	"net"
	"net/rpc"
)

var netRPC = Way{
	Name: "net/rpc", Kind: Typed, Note: "gob; a goroutine for each request",
	Serve: func(l net.Listener) (func(), error) {
		s := rpc.NewServer()
		if err := s.RegisterName("Echo", netRPCEcho{}); err != nil {
			return nil, err
		}
		go accept(l, func(nc net.Conn) { s.ServeConn(nc) })
		return func() { _ = l.Close() }, nil
	},
	Dial: func(addr string) (Client, error) {
		c, err := rpc.Dial("tcp", addr)
		return netRPCClient{c}, err
	},
}

type netRPCEcho struct{}

func (netRPCEcho) Echo(request *Message, response *Message) error {
	*response = *request
	return nil
}

type netRPCClient struct{ *rpc.Client }

func (c netRPCClient) Echo(payload []byte) ([]byte, error) {
	request, response := message(payload), Message{}
	err := c.Call("Echo.Echo", &request, &response)
	return response.Payload, err
}
