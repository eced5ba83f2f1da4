package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// The exit codes.
const (
	exitOK          = 0   // the client has left, or -listen has served until a signal
	exitFailed      = 1   // no server, or it has gone
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // Ctrl-C, or a signal, in the client: 128 + SIGINT, as shells count
)

const usage = `Usage: chat -listen ADDR
       chat -connect ADDR [-name NAME]

A chat for the command line. The server lets guests talk to each other; a client
sends the lines of its standard input and shows what the others say. If that is a
terminal, lines can be edited, and stay below what comes in. /help lists what
guests can do. nc is a client too.

Exit codes: 0 all went well, 1 it did not, 2 wrong usage, 130 interrupted.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit((&program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}).run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	stdin          *os.File
	stdout, stderr io.Writer
	out            *printer
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "", "let guests in on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	connect := flags.String("connect", "", "join the server at `ADDR`")
	name := flags.String("name", "", "join as `NAME`, without being asked")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if (*listen == "") == (*connect == "") || *listen != "" && *name != "" || flags.NArg() > 0 {
		fmt.Fprintln(p.stderr, "chat: either -listen, or -connect and perhaps -name, and no arguments; -h says more")
		return exitUsage
	}
	p.out = &printer{w: p.stdout}
	if *listen != "" {
		return p.exit(p.listen(ctx, *listen))
	}
	return p.exit(p.connect(ctx, *connect, *name))
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(err error) int {
	if err == nil {
		err = p.out.err
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "chat: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "chat:", err)
	return exitFailed
}

// printer prints for several goroutines. Its first error stays.
type printer struct {
	w   io.Writer
	mu  sync.Mutex
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
