package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The exit codes.
const (
	exitOK          = 0   // -n answers came; or -listen has served until a signal
	exitFailed      = 1   // an address that cannot be used, an output that cannot be written
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came to the client: 128 + SIGINT, as shells count
)

const usage = `Usage: ticker -connect ADDR [-every TIME] [-timeout TIME] [-n N]
       ticker -listen ADDR [-end] [-mute]

The client sends a message every second over one connection, and shows what
happens: connect, send, data, end, error, timeout, retry. Whatever ends the
connection, it makes a new one, after a wait that grows while all is not well.
The server sends each message back; with -end and -mute it shows how a client
takes a server that hangs up, and one that falls silent.

Exit codes: 0 all went well, 1 it did not, 2 wrong usage, 130 interrupted.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit((&program{stdout: os.Stdout, stderr: os.Stderr}).run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer
	flags          *flag.FlagSet

	listen, connect string
	server          server
	client          client
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	p.define()
	if err := p.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if wrong := p.wrong(); wrong != "" {
		fmt.Fprintf(p.stderr, "ticker: %s; -h says more\n", wrong)
		return exitUsage
	}
	j := &journal{w: p.stdout, start: time.Now()}
	p.server.journal, p.client.journal = j, j
	err := p.do(ctx)
	if err == nil {
		err = j.err
	}
	return p.exit(ctx, err)
}

// define defines the flags.
func (p *program) define() {
	p.flags = flag.NewFlagSet("ticker", flag.ContinueOnError)
	p.flags.SetOutput(p.stderr)
	p.flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		p.flags.PrintDefaults()
	}
	p.flags.StringVar(&p.listen, "listen", "", "answer on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	p.flags.BoolVar(&p.server.end, "end", false, "hang up behind each answer")
	p.flags.BoolVar(&p.server.mute, "mute", false, "answer nothing")
	p.flags.StringVar(&p.connect, "connect", "", "send to the server at `ADDR`, until a signal comes")
	p.flags.DurationVar(&p.client.every, "every", time.Second, "`TIME` between two messages")
	p.flags.DurationVar(&p.client.timeout, "timeout", 3*time.Second, "`TIME` for which nothing may come, or a connection be made")
	p.flags.IntVar(&p.client.count, "n", 0, "end after `N` answers; 0 means never")
}

// wrong says what is wrong with the flags, if something is.
func (p *program) wrong() string {
	_, _, err := net.SplitHostPort(p.listen + p.connect)
	switch {
	case (p.listen == "") == (p.connect == "") || p.flags.NArg() > 0:
		return "either -listen or -connect, and no arguments"
	case err != nil:
		return err.Error()
	case p.client.every <= 0 || p.client.count < 0:
		return "-every must be above zero, and -n not below"
	case p.client.timeout <= p.client.every:
		return "-timeout must be longer than -every"
	}
	return ""
}

// do does what the flags ask for.
func (p *program) do(ctx context.Context) error {
	if p.connect != "" {
		p.client.dial = func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{Timeout: p.client.timeout}).DialContext(ctx, "tcp", p.connect)
		}
		return p.client.run(ctx)
	}
	l, err := net.Listen("tcp", p.listen)
	if err != nil {
		return err
	}
	p.server.printf("listening on %v\n", l.Addr())
	if err := p.server.serve(ctx, l); err != nil {
		return err
	}
	p.server.printf("shut down\n")
	return nil
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(p.stderr, "ticker: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "ticker:", err)
	return exitFailed
}
