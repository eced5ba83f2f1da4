package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// client keeps a connection, and sends a message on it at each tick. One goroutine owns it.
type client struct {
	*journal
	dial    func(context.Context) (net.Conn, error)
	every   time.Duration // between two ticks
	timeout time.Duration // how long nothing may come
	count   int           // how many answers are enough; 0 means that none are
	backoff backoff

	connections, sent, answered int
}

// run makes one connection after the other, until there were enough answers, or ctx ends.
func (c *client) run(ctx context.Context) error {
	defer c.summary()
	ticker := time.NewTicker(c.every)
	defer ticker.Stop()
	for {
		err := c.connection(ctx, ticker.C)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		c.failed(err)
		wait := c.backoff.next()
		c.event("retry", "in %v", wait.Round(time.Millisecond))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *client) summary() {
	c.printf("%d sent, %d answered, %d connections\n", c.sent, c.answered, c.connections)
}

// failed shows how a connection has ended, or why there is none.
func (c *client) failed(err error) {
	switch {
	case err == io.EOF:
		c.event("end", "the server has closed the connection")
	case errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err):
		c.event("timeout", "%v", err)
	default:
		c.event("error", "%v", err)
	}
}

func isTimeout(err error) bool {
	var net net.Error
	return errors.As(err, &net) && net.Timeout()
}

// connection makes a connection and uses it to its end. It returns nil when there were enough answers.
func (c *client) connection(ctx context.Context, ticks <-chan time.Time) error {
	tcp, err := c.dial(ctx)
	if err != nil {
		return err
	}
	c.connections++
	c.event("connect", "to %v", tcp.RemoteAddr())
	conn := frame.NewConn(tcp, frame.Varint{})
	conn.IdleTimeout, conn.FrameTimeout, conn.WriteTimeout = c.timeout, c.timeout, c.timeout
	return c.talk(ctx, conn, ticks)
}

// talk sends at each tick and takes the answers, until conn ends, of which it returns the cause. Reading has a goroutine of
// its own, which ends before talk does.
//
// The tutorial's client goes on writing after the end, and so gets an error. Here the end of reading is the end of both.
func (c *client) talk(ctx context.Context, conn *frame.Conn, ticks <-chan time.Time) error {
	ctx, cancel := context.WithCancelCause(ctx)
	answers := make(chan string)
	var reading sync.WaitGroup
	reading.Go(func() { cancel(listen(ctx, conn, answers)) })
	defer reading.Wait()
	defer conn.Close()
	defer cancel(nil)
	for {
		select {
		case <-ticks:
			if err := c.send(ctx, conn); err != nil {
				return err
			}
		case answer := <-answers:
			if c.hear(answer); c.answered == c.count {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// send sends the next message. Ticks without a connection are not made up for, but for the last.
func (c *client) send(ctx context.Context, conn *frame.Conn) error {
	c.sent++
	message := fmt.Sprintf("tick %d", c.sent)
	c.event("send", "%q", message)
	return conn.WriteFrameContext(ctx, []byte(message))
}

// hear takes an answer: the server is well.
func (c *client) hear(answer string) {
	c.answered++
	c.event("data", "%q", answer)
	c.backoff.reset()
}

// listen passes on what comes, until conn ends, or ctx does.
func listen(ctx context.Context, conn *frame.Conn, answers chan<- string) error {
	for answer, err := range conn.Frames() {
		if err != nil {
			return err
		}
		select {
		case answers <- string(answer):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return io.EOF
}
