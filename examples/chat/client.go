package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// patience is how long the client waits for a connection.
const patience = 10 * time.Second

// client is a person at a console, and a connection to a server.
type client struct {
	console console
	conn    *frame.Conn
	leaving atomic.Bool // the person has left, so the end of the connection is no surprise
}

// connect is the client's whole run: it joins the server at addr, under a name if there is one, until one of both leaves.
func (p *program) connect(ctx context.Context, addr, name string) error {
	tcp, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot connect to %s: %w", addr, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	console, restore, err := openConsole(p.stdin, p.out, cancel)
	if err != nil {
		tcp.Close()
		return err
	}
	defer restore()
	return newClient(tcp, console).run(ctx, name)
}

func newClient(tcp net.Conn, console console) *client {
	conn := frame.NewConn(tcp, frame.Lines{Tail: true})
	conn.Max, conn.Skip = maxLine, true
	return &client{console: console, conn: conn}
}

// run talks until the connection or ctx ends. When the console ends, it still shows what the server has to say.
func (c *client) run(ctx context.Context, name string) error {
	defer c.conn.Close()
	if name != "" {
		if err := c.send(name); err != nil {
			return err
		}
	}
	heard, typed := make(chan error, 1), make(chan error, 1)
	go func() { heard <- c.hear() }()
	go func() { typed <- c.typing() }() // may be left behind at the end: a read of a keyboard cannot be interrupted
	for {
		select {
		case err := <-heard:
			return c.ended(ctx, err)
		case err := <-typed:
			if err != nil {
				return c.ended(ctx, err)
			}
			typed = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errServerGone = errors.New("the server has closed the connection")

// ended is what run returns when the connection has ended with err.
func (c *client) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && !c.leaving.Load():
		return errServerGone
	}
	return err
}

// hear shows what the server sends, made harmless: the server may be hostile too.
func (c *client) hear() error {
	for line, err := range c.conn.Frames() {
		var bad *frame.Error
		switch {
		case err == nil:
			err = c.console.show(clean(string(line)))
		case errors.As(err, &bad) && bad.Skipped:
			err = c.console.show("* The server has sent a line that is too long.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// typing sends what is typed until there is no more, and says so.
func (c *client) typing() error {
	for {
		line, err := c.console.line()
		switch {
		case err == io.EOF:
			c.leaving.Store(true)
			return c.conn.CloseWrite()
		case err != nil:
			return err
		case line == "":
			continue
		}
		if err := c.send(line); err != nil {
			return err
		}
	}
}

// send sends a line. One that cannot be sent is shown.
func (c *client) send(line string) error {
	if line == "/leave" {
		c.leaving.Store(true)
	}
	var bad *frame.Error
	err := c.conn.WriteFrame([]byte(line))
	if errors.As(err, &bad) {
		return c.console.show("* This line cannot be sent: " + clean(bad.Error()))
	}
	return err
}
