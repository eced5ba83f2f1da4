package main

import (
	"context"
	"fmt"
	"net"

	"github.com/demarc-go/demarc/transport"
)

var greet = transport.Unary[string, string]("greet") // shared by both sides: the whole contract

func main() {
	ctx := context.Background()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := new(transport.Server)
	greet.Handle(server, func(_ context.Context, name string) (string, error) {
		return "Hello, " + name + "!", nil
	})
	go server.Serve(listener)

	client := &transport.Client{Addr: listener.Addr().String()}
	text, err := greet.Call(ctx, client, "world")
	fmt.Println(text, err) // Hello, world! <nil>
	server.Shutdown(ctx)
}
