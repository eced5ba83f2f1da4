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
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// The exit codes.
const (
	exitOK          = 0   // the call was answered; or the hub or the agent has served until a signal
	exitFailed      = 1   // the call failed, the address cannot be used, another agent has the name
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came to the caller: 128 + SIGINT, as shells count
)

// grace is how long calls that run may take at the end.
const grace = 5 * time.Second

const usage = `Usage: reverse -listen ADDR
       reverse -connect ADDR -serve NAME
       reverse -connect ADDR agents
       reverse -connect ADDR -to NAME describe | echo TEXT | pause TIME

The first is a hub. The second is an agent: it dials the hub, needs no address
that others could reach, and serves calls over the connection that it has made.
The others call: the hub, or an agent through it. With -token, all of them must
have the same.

Exit codes: 0 all went well, 1 it did not, 2 wrong usage, 130 interrupted.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit((&program{printer: &printer{w: os.Stdout}, stderr: os.Stderr}).run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	*printer
	stderr io.Writer
	flags  *flag.FlagSet

	listen, connect, serve, to, token string
	timeout                           time.Duration
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	p.define()
	if err := p.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	do := p.plan()
	if do == nil {
		fmt.Fprintln(p.stderr, "reverse: one of the four forms, please; -h shows them")
		return exitUsage
	}
	err := do(ctx)
	if err == nil {
		err = p.err
	}
	return p.exit(ctx, err)
}

// define defines the flags.
func (p *program) define() {
	p.flags = flag.NewFlagSet("reverse", flag.ContinueOnError)
	p.flags.SetOutput(p.stderr)
	p.flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		p.flags.PrintDefaults()
	}
	p.flags.StringVar(&p.listen, "listen", "", "be the hub on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	p.flags.StringVar(&p.connect, "connect", "", "dial the hub at `ADDR`")
	p.flags.StringVar(&p.serve, "serve", "", "be the agent `NAME`, until a signal comes")
	p.flags.StringVar(&p.to, "to", "", "call the agent `NAME`")
	p.flags.StringVar(&p.token, "token", "", "`WORD` that hub, agents and callers share")
	p.flags.DurationVar(&p.timeout, "timeout", 10*time.Second, "`TIME` that a call may take")
}

// plan returns what the flags and arguments ask for, or nil.
func (p *program) plan() func(context.Context) error {
	none := p.flags.NArg() == 0
	switch {
	case p.listen != "" && p.connect+p.serve+p.to == "" && none:
		return p.hub
	case p.listen != "" || p.connect == "":
		return nil
	case p.serve != "" && p.to == "" && none:
		return p.agent
	case p.serve == "" && (p.flags.NArg() == 1 || p.to != "" && p.flags.NArg() == 2):
		return p.call()
	}
	return nil
}

func (p *program) hub(ctx context.Context) error {
	l, err := net.Listen("tcp", p.listen)
	if err != nil {
		return err
	}
	_ = p.printf("listening on %v\n", l.Addr())
	if err := newHub(p.printer, p.token).run(ctx, l); err != nil {
		return err
	}
	return p.printf("shut down\n")
}

func (p *program) agent(ctx context.Context) error {
	if err := newAgent(p.printer, p.serve, p.client()).run(ctx); err != nil {
		return err
	}
	return p.printf("shut down\n")
}

func (p *program) client() *transport.Client {
	return &transport.Client{
		Addr:        p.connect,
		Backoff:     backoff,
		MaxBackoff:  maxBackoff,
		Credentials: func(context.Context) ([]byte, error) { return []byte(p.token), nil },
	}
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "reverse: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "reverse:", strings.TrimPrefix(err.Error(), "transport: "))
	return exitFailed
}

// shutdown ends a server or a client, and gives what runs a little time.
func shutdown(s interface{ Shutdown(context.Context) error }) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return s.Shutdown(ctx)
}

// printer prints for several goroutines. Its first error stays.
type printer struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
	return p.err
}
