package calls

import (
	"context"
	"net"

	"github.com/containerd/log"
	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/types/known/anypb"
)

var ttRPC = Way{
	Name: "ttrpc", Kind: Typed, Note: "protobuf; a goroutine for each request",
	Serve: func(l net.Listener) (func(), error) {
		s, err := ttrpc.NewServer()
		if err != nil {
			return nil, err
		}
		s.Register("Echo", map[string]ttrpc.Method{
			"Echo": func(_ context.Context, unmarshal func(any) error) (any, error) {
				m := new(anypb.Any)
				err := unmarshal(m)
				return m, err
			},
		})
		go s.Serve(context.Background(), l)
		return func() { _ = s.Close() }, nil
	},
	Dial: func(addr string) (Client, error) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		return ttrpcClient{ttrpc.NewClient(nc)}, nil
	},
}

func init() { _ = log.SetLevel("panic") }

type ttrpcClient struct{ *ttrpc.Client }

func (c ttrpcClient) Echo(payload []byte) ([]byte, error) {
	response := new(anypb.Any)
	err := c.Call(context.Background(), "Echo", "Echo", protoMessage(payload), response)
	return response.Value, err
}
