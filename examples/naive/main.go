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
	exitOK          = 0   // the story is told, the client has ended, or -listen has served until a signal
	exitFailed      = 1   // no server, or a broken connection
	exitUsage       = 2   // wrong flags or arguments
	exitInterrupted = 130 // a signal came before the client had ended: 128 + SIGINT, as shells count
)

const usage = `Usage: naive
       naive -listen ADDR [-framed] [-cut N]
       naive -connect ADDR [-framed] [-cut N] [TEXT...]

Shows where a server and a client fail that take what one Read returns for one
message, and that framing helps. With -listen and -connect they run in two
terminals: the server sends each TEXT back, and "exit" after it; the client ends
when it has got as many of those as it sent texts, "Hello World!" for one.

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
	out            *printer
	rule           rule
	cut            int // bytes that a read gives at most; 0 means what is there
}

// run is the whole program; ctx ends with a signal. It returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("naive", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.Usage = func() {
		fmt.Fprint(p.stderr, usage)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "", "answer on `ADDR`, such as 127.0.0.1:7000 or :0, until a signal comes")
	connect := flags.String("connect", "", "talk to the server at `ADDR`")
	cured := flags.Bool("framed", false, "put each message into a frame")
	flags.IntVar(&p.cut, "cut", 0, "let a read give at most `N` bytes, as if the network had cut there")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	alone := *listen == "" && *connect == ""
	if *listen != "" && *connect != "" || *connect == "" && flags.NArg() > 0 || alone && flags.NFlag() > 0 || p.cut < 0 {
		fmt.Fprintln(p.stderr, "naive: these do not go together; -h says what does")
		return exitUsage
	}
	p.out = &printer{w: p.stdout}
	p.rule = naive{}
	if *cured {
		p.rule = framed{}
	}
	return p.exit(ctx, p.do(ctx, *listen, *connect, flags.Args()))
}

// do does what the flags ask for.
func (p *program) do(ctx context.Context, listen, connect string, texts []string) error {
	switch {
	case listen != "":
		return p.listen(ctx, listen)
	case connect != "":
		if len(texts) == 0 {
			texts = []string{"Hello World!"}
		}
		return p.connect(ctx, connect, texts)
	}
	tell(p.out)
	count(p.out)
	return nil
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
		fmt.Fprintln(p.stderr, "naive: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.stderr, "naive:", err)
	return exitFailed
}

// printer prints for several goroutines. Its first error stays.
type printer struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (p *printer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
