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

	"golang.org/x/term"

	"github.com/demarc-go/demarc/transport"
)

// The exit codes.
const (
	exitOK          = 0   // all files were kept; or the server has served until a signal
	exitFailed      = 1   // a file was not kept, the address or the folder cannot be used
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came to the client: 128 + SIGINT, as shells count
)

// grace is how long files that are on the way may take at the end.
const grace = 5 * time.Second

const usage = `Usage: upload -listen ADDR [-dir DIR] [-max BYTES]
       upload -connect ADDR FILE...

The server keeps the files that clients send it. A client shows how far it is, if
its standard error is a terminal, and compares the checksum of what it has sent
with that of what the server has kept.

Exit codes: 0 all went well, 1 it did not, 2 wrong usage, 130 interrupted.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	p := &program{printer: &printer{w: os.Stdout}, stderr: os.Stderr}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		p.bar = os.Stderr
	}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	*printer
	stderr io.Writer
	bar    io.Writer // nil: no terminal, no bar
	flags  *flag.FlagSet

	listen, connect, dir string
	max                  int64
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	p.define()
	if err := p.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	serves, sends := p.listen != "" && p.flags.NArg() == 0, p.connect != "" && p.flags.NArg() > 0
	if p.listen != "" && p.connect != "" || !serves && !sends {
		fmt.Fprintln(p.stderr, "upload: either -listen, or -connect and files; -h says more")
		return exitUsage
	}
	do := p.send
	if serves {
		do = p.serve
	}
	err := do(ctx)
	if err == nil {
		err = p.err
	}
	return p.exit(ctx, err)
}

// define defines the flags.
func (p *program) define() {
	p.flags = flag.NewFlagSet("upload", flag.ContinueOnError)
	p.flags.SetOutput(p.stderr)
	p.flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		p.flags.PrintDefaults()
	}
	p.flags.StringVar(&p.listen, "listen", "", "take files on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	p.flags.StringVar(&p.dir, "dir", ".", "keep them in `DIR`")
	p.flags.Int64Var(&p.max, "max", 1<<40, "refuse files of more than so many `BYTES`")
	p.flags.StringVar(&p.connect, "connect", "", "send files to the server at `ADDR`")
}

func (p *program) serve(ctx context.Context) error {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	l, err := net.Listen("tcp", p.listen)
	if err != nil {
		return err
	}
	_ = p.printf("listening on %v\n", l.Addr())
	if err := (&server{p.printer, root, p.max}).run(ctx, l); err != nil {
		return err
	}
	return p.printf("shut down\n")
}

// send sends one file after the other. One that the server refuses does not keep the others from being sent.
func (p *program) send(ctx context.Context) error {
	client := &transport.Client{Addr: p.connect, FailFast: true}
	defer shutdown(client) // what was canceled is canceled there, too, before the connection goes
	if err := client.Connect(ctx); err != nil {
		return err
	}
	var failed error
	for _, path := range p.flags.Args() {
		b := &bar{w: p.bar, start: time.Now()}
		r, err := send(ctx, client, path, b.show)
		b.clear()
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", path, err))
		} else {
			_ = p.printf("%s: %d bytes in %v, SHA-256 %x\n", path, r.Size, time.Since(b.start).Round(time.Millisecond), r.SHA256)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// exit reports err, if it is one, and returns the exit code.
func (p *program) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "upload: interrupted")
		return exitInterrupted
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(p.stderr, "upload:", strings.TrimSpace(strings.Replace(line, "transport: ", "", 1)))
	}
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
