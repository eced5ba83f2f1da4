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
)

// The exit codes.
const (
	exitOK          = 0   // each request got its reply; or -listen has served until a signal
	exitFailed      = 1   // a reply was not the request's, no server, a broken connection, unreadable input
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came before the last reply: 128 + SIGINT, as shells count
)

const usage = `Usage: echo [-v] [FILE]
       echo [-v] -connect ADDR [FILE]
       echo [-v] -listen ADDR

Sends each line of FILE, or of standard input, to a server as a request, and
prints the replies. If standard input is a terminal or empty, it sends a text of
its own. Without -listen and -connect, server and client run in one process, and
first the program shows what goes wrong without framing.

The last line counts requests, replies, and what passed the client's end of the
connection in both directions: bytes, and the pieces into which they were cut.

Exit codes: 0 all went well, 1 it did not, 2 wrong usage, 130 interrupted.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, handler: echo}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	stdin          *os.File
	stdout, stderr io.Writer
	handler        func(context.Context, Line) (Line, error) // what the server does

	verbose bool
	out     *printer
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "", "serve on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	connect := flags.String("connect", "", "send to the server at `ADDR`")
	flags.BoolVar(&p.verbose, "v", false, "show each piece and each frame found in it, in hex")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if *listen != "" && (*connect != "" || flags.NArg() > 0) || flags.NArg() > 1 {
		fmt.Fprintln(p.stderr, "echo: -listen stands alone, and there is at most one FILE; -h says more")
		return exitUsage
	}
	p.out = &printer{w: p.stdout}
	return p.exit(ctx, p.do(ctx, *listen, *connect, flags.Arg(0)))
}

// do does what the flags ask for.
func (p *program) do(ctx context.Context, listen, connect, file string) error {
	if listen != "" {
		return p.listen(ctx, listen)
	}
	in, err := openInput(file, p.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	if connect != "" {
		return p.connect(ctx, connect, in)
	}
	return p.both(ctx, in)
}

// both tells the whole story: the mistake, then a server and a client that do not make it.
func (p *program) both(ctx context.Context, in input) error {
	if err := showMistake(p.out); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.out.printf("\nWith calls in frames, on a connection that cuts everything into odd pieces:\n\n")
	server := p.serve(l, false)
	err = p.connect(ctx, l.Addr().String(), in)
	if stopErr := server.stop(); err == nil {
		err = stopErr
	}
	return err
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(ctx context.Context, err error) int {
	if err == nil {
		err = p.out.err
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(p.stderr, "echo: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "echo:", err)
	return exitFailed
}
