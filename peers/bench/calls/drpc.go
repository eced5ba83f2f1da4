package calls

import (
	"context"
	"fmt"
	"net"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"storj.io/drpc"
	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"
)

// A connection of drpc carries one call at a time, so callers take turns.
var dRPC = Way{
	Name: "drpc", Kind: Typed, Note: "protobuf; one call at a time on a connection",
	Serve: func(l net.Listener) (func(), error) {
		mux := drpcmux.New()
		if err := mux.Register(drpcEcho{}, drpcEcho{}); err != nil {
			return nil, err
		}
		ctx, stop := context.WithCancel(context.Background())
		go drpcserver.New(mux).Serve(ctx, l)
		return stop, nil
	},
	Dial: func(addr string) (Client, error) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		return &drpcClient{conn: drpcconn.New(nc)}, nil
	},
}

// drpcEcho is what the generator would make.
type drpcEcho struct{}

func (drpcEcho) Echo(_ context.Context, m *anypb.Any) (*anypb.Any, error) { return m, nil }

func (drpcEcho) NumMethods() int { return 1 }

func (drpcEcho) Method(int) (string, drpc.Encoding, drpc.Receiver, any, bool) {
	receive := func(srv any, ctx context.Context, in, _ any) (drpc.Message, error) {
		return srv.(drpcEcho).Echo(ctx, in.(*anypb.Any))
	}
	return "/Echo/Echo", protoEncoding{}, receive, drpcEcho.Echo, true
}

type protoEncoding struct{}

func (protoEncoding) Marshal(m drpc.Message) ([]byte, error) {
	return proto.Marshal(m.(proto.Message))
}

func (protoEncoding) Unmarshal(buf []byte, m drpc.Message) error {
	p, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("no protobuf message: %T", m)
	}
	return proto.Unmarshal(buf, p)
}

type drpcClient struct {
	mu   sync.Mutex
	conn *drpcconn.Conn
}

func (c *drpcClient) Echo(payload []byte) ([]byte, error) {
	response := new(anypb.Any)
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.conn.Invoke(context.Background(), "/Echo/Echo", protoEncoding{}, protoMessage(payload), response)
	return response.Value, err
}

func (c *drpcClient) Close() error { return c.conn.Close() }
