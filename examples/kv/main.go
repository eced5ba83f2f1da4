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
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// The exit codes.
const (
	exitOK          = 0   // the call was answered; or the server has served until a signal
	exitFailed      = 1   // the call failed, the address or the folder cannot be used
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came to a client: 128 + SIGINT, as shells count
)

// grace is how long calls that run may take at the end.
const grace = 5 * time.Second

const usage = `Usage: kv -listen ADDR [-dir DIR]
       kv -connect ADDR [-dir DIR] get KEY
       kv -connect ADDR [-dir DIR] put KEY VALUE [VERSION]
       kv -connect ADDR [-dir DIR] watch [PREFIX]
       kv -connect ADDR [-dir DIR] load

The server keeps values under keys, also when it is stopped and started again.
It makes certificates in DIR, which its clients need, too. put with a VERSION
changes only what has that version; 0 is nothing. watch shows what is there,
and then each change. load counts as fast as it can for -for, and finds out if a
count is lost: stop the server meanwhile, and start it again.

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

	listen, connect, dir string
	timeout, loadFor     time.Duration
	changes, workers     int
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
		fmt.Fprintln(p.stderr, "kv: one of the five forms, please; -h shows them")
		return exitUsage
	}
	return p.exit(ctx, do(ctx))
}

// define defines the flags.
func (p *program) define() {
	p.flags = flag.NewFlagSet("kv", flag.ContinueOnError)
	p.flags.SetOutput(p.stderr)
	p.flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		p.flags.PrintDefaults()
	}
	p.flags.StringVar(&p.listen, "listen", "", "serve on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	p.flags.StringVar(&p.connect, "connect", "", "dial the server at `ADDR`")
	p.flags.StringVar(&p.dir, "dir", filepath.Join(os.TempDir(), "demarc-kv"), "`DIR` of the certificates and, on the server, the data")
	p.flags.DurationVar(&p.timeout, "timeout", 5*time.Second, "`TIME` that get and put may take")
	p.flags.DurationVar(&p.loadFor, "for", 5*time.Second, "`TIME` for which load counts")
	p.flags.IntVar(&p.workers, "workers", 8, "`N` workers of load")
	p.flags.IntVar(&p.changes, "n", 0, "watch ends after `N` entries; 0 means never")
}

// plan returns what the flags and arguments ask for, or nil.
func (p *program) plan() func(context.Context) error {
	switch {
	case (p.listen == "") == (p.connect == ""), p.changes < 0, p.workers < 1:
		return nil
	case p.listen != "" && p.flags.NArg() == 0:
		return p.serve
	case p.connect != "":
		if command := p.command(); command != nil {
			return func(ctx context.Context) error { return p.call(ctx, command) }
		}
	}
	return nil
}

// serve serves the store in the folder.
func (p *program) serve(ctx context.Context) error {
	if err := makeCerts(p.dir); err != nil {
		return err
	}
	config, err := config(p.dir, serverFile)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(p.dir, "data"), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	store, err := openStore(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	l, err := net.Listen("tcp", p.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "listening on %v\n", l.Addr())
	if err := (&server{store, make(chan struct{})}).run(ctx, l, config); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "shut down with %d entries\n", len(store.entries))
	return err
}

// call runs a command with a client.
func (p *program) call(ctx context.Context, command func(context.Context, *transport.Client) error) error {
	config, err := config(p.dir, clientFile)
	if err != nil {
		return err
	}
	client := &transport.Client{Addr: p.connect, TLS: config, Backoff: backoff, MaxBackoff: maxBackoff}
	defer client.Close()
	if err := client.Connect(ctx); err != nil { // a command does not wait for a server that is away from the beginning
		return err
	}
	return command(ctx, client)
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "kv: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "kv:", strings.TrimPrefix(err.Error(), "transport: "))
	return exitFailed
}

// shutdown ends a server, and gives what runs a little time.
func shutdown(srv *transport.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return srv.Shutdown(ctx)
}
