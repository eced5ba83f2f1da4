package calls

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/anypb"
)

var gRPC = Way{
	Name: "grpc-go", Kind: Typed, Note: "protobuf over HTTP/2",
	Serve: func(l net.Listener) (func(), error) {
		s := grpc.NewServer()
		s.RegisterService(&grpcService, nil)
		go s.Serve(l)
		return s.Stop, nil
	},
	Dial: func(addr string) (Client, error) {
		c, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		return grpcClient{c}, err
	},
}

// grpcService is what protoc would generate.
var grpcService = grpc.ServiceDesc{
	ServiceName: "Echo",
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: grpcEcho}},
}

func grpcEcho(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	m := new(anypb.Any)
	err := decode(m)
	return m, err
}

type grpcClient struct{ *grpc.ClientConn }

func (c grpcClient) Echo(payload []byte) ([]byte, error) {
	response := new(anypb.Any)
	err := c.Invoke(context.Background(), "/Echo/Echo", protoMessage(payload), response)
	return response.Value, err
}
