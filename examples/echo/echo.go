package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// Line is what goes over the wire, in both directions.
type Line struct {
	N    int // the line's number, from 1
	Text string
}

// Echo is the contract of server and client: the name of the method, and the types of its request and its reply.
var Echo = transport.Unary[Line, Line]("echo")

// echo is what the server does with a request.
func echo(_ context.Context, line Line) (Line, error) { return line, nil }

// patience is how long the program waits for anything but input: for a server to answer, or for the calls that still run when
// it shuts down.
const patience = 10 * time.Second

// listen serves on addr until ctx ends.
func (p *program) listen(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := p.serve(l, p.verbose)
	p.out.printf("listening on %v\n", l.Addr())
	select {
	case err := <-server.done:
		return err
	case <-ctx.Done():
	}
	if err := server.stop(); err != nil {
		return err
	}
	p.out.printf("shut down\n")
	return nil
}

// running is a server that serves.
type running struct {
	transport.Server
	done chan error // why Serve has returned
}

// serve answers the calls of the connections that l accepts, and if trace is true shows what passes on them.
func (p *program) serve(l net.Listener, trace bool) *running {
	r := &running{done: make(chan error, 1)}
	Echo.Handle(&r.Server, p.handler)
	cut := &cutListener{Listener: l}
	if trace {
		cut.out = p.out
	}
	go func() { r.done <- r.Serve(cut) }()
	return r
}

// stop ends the server, after the calls that it has accepted.
func (r *running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		return fmt.Errorf("calls still run at the end: %w", err)
	}
	if err := <-r.done; !errors.Is(err, transport.ErrServerClosed) {
		return err
	}
	return nil
}

// connect sends the lines of the input to the server at addr, one after the other, and compares each reply with its request.
func (p *program) connect(ctx context.Context, addr string, in input) error {
	passed := &tally{}
	client := &transport.Client{FailFast: true, Dial: func(ctx context.Context) (net.Conn, error) {
		return p.dial(ctx, addr, passed)
	}}
	defer client.Close()
	if err := connectWithin(ctx, client); err != nil {
		return fmt.Errorf("cannot connect to %s: %w", addr, err)
	}
	requests, replies, err := p.converse(ctx, client, in)
	client.Close()
	p.out.printf("%d requests, %d replies, %d bytes, %d pieces\n", requests, replies, passed.bytes.Load(), passed.pieces.Load())
	return err
}

// dial returns a connection to addr that cuts, counts in passed and, with -v, shows what passes.
func (p *program) dial(ctx context.Context, addr string, passed *tally) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	var t *tracer
	if p.verbose {
		t = &tracer{out: p.out}
	}
	return newCutConn(conn, pieceSizes, passed, t.lane("→"), t.lane("←")), nil
}

// connectWithin makes the client connect now, so that a wrong address shows before any input is read.
func connectWithin(ctx context.Context, client *transport.Client) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return client.Connect(ctx)
}

// converse makes a call for each line of the input, and returns how many calls it tried and how many right replies came.
func (p *program) converse(ctx context.Context, client *transport.Client, in input) (requests, replies int, err error) {
	for text, err := range in.lines(ctx) {
		if err != nil {
			return requests, replies, err
		}
		requests++
		line := Line{N: requests, Text: text}
		reply, err := call(ctx, client, line)
		if err != nil {
			return requests, replies, fmt.Errorf("line %d: %w", line.N, err)
		}
		if reply != line {
			return requests, replies, fmt.Errorf("line %d: the reply to %.60q is line %d, %.60q", line.N, line.Text, reply.N, reply.Text)
		}
		replies++
		p.out.printf("%6d  %q\n", reply.N, reply.Text)
	}
	return requests, replies, nil
}

var errNoReply = fmt.Errorf("no reply within %v", patience)

// call is Echo.Call with a limit on time. The limit is no deadline of the context, as that would travel with the request, in
// microseconds, and the bytes on the wire would be others in each run.
func call(ctx context.Context, client *transport.Client, line Line) (Line, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer time.AfterFunc(patience, func() { cancel(errNoReply) }).Stop()
	defer cancel(nil)
	return Echo.Call(ctx, client, line)
}
