package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/demarc-go/demarc/fuzz"
)

// patience is how long the client waits for a connection.
const patience = 10 * time.Second

// listen answers clients on addr until ctx ends.
func (p *program) listen(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	p.out.printf("listening on %v\n", l.Addr())
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var connections sync.WaitGroup
	for {
		conn, err := l.Accept()
		if err != nil {
			connections.Wait()
			return p.ended(ctx, err)
		}
		connections.Go(func() { p.serve(ctx, conn) })
	}
}

// ended is what the server returns when it cannot accept any more: nothing, if that is because ctx has ended.
func (p *program) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	p.out.printf("shut down\n")
	return nil
}

// serve answers one client.
func (p *program) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client := conn.RemoteAddr()
	p.out.printf("%v has connected\n", client)
	err := answer(p.cutting(conn), p.rule, func(m string) { p.out.printf("%v says %q\n", client, m) })
	if err == nil {
		err = io.EOF
	}
	p.out.printf("%v has gone: %v\n", client, err)
}

// connect sends texts to the server at addr, and shows what it answers.
func (p *program) connect(ctx context.Context, addr string, texts []string) error {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot connect to %s: %w", addr, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	err = ask(p.cutting(conn), p.rule, texts, func(m string) { p.out.printf("received %q\n", m) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// cutting returns conn; with -cut, a read of it gives no more bytes than that, as if the network had cut there.
func (p *program) cutting(conn net.Conn) io.ReadWriter {
	if p.cut == 0 {
		return conn
	}
	return side{fuzz.NewReader(conn, fuzz.Plan{fuzz.Step(p.cut), fuzz.Repeat}), conn}
}
