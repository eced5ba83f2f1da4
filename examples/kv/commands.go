package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// command returns the command that the arguments ask for, or nil.
func (p *program) command() func(context.Context, *transport.Client) error {
	args := p.flags.Args()
	if len(args) == 0 {
		return nil
	}
	switch n := len(args); {
	case args[0] == "get" && n == 2:
		return p.get
	case args[0] == "put" && n == 3:
		return p.put
	case args[0] == "put" && n == 4:
		if _, err := strconv.ParseUint(args[3], 10, 64); err == nil {
			return p.put
		}
	case args[0] == "watch" && n <= 2:
		return p.watch
	case args[0] == "load" && n == 1:
		return p.load
	}
	return nil
}

func (p *program) get(ctx context.Context, c *transport.Client) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	e, err := get.Call(ctx, c, p.flags.Arg(1))
	if err != nil {
		return err
	}
	return p.show(e)
}

func (p *program) put(ctx context.Context, c *transport.Client) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	to := change{Key: p.flags.Arg(1), Value: p.flags.Arg(2)}
	if version, err := strconv.ParseUint(p.flags.Arg(3), 10, 64); err == nil {
		to.If = &version
	}
	e, err := put.Call(ctx, c, to)
	if err != nil {
		return err
	}
	return p.show(e)
}

func (p *program) watch(ctx context.Context, c *transport.Client) error {
	var shown error
	seen := 0
	err := watchAgain(ctx, c, interest{Prefix: p.flags.Arg(1)}, func(e entry) bool {
		shown = p.show(e)
		seen++
		return shown == nil && seen != p.changes
	})
	if err == nil {
		err = shown
	}
	return err
}

func (p *program) load(ctx context.Context, c *transport.Client) error {
	start := time.Now()
	short, cancel := context.WithTimeout(ctx, p.loadFor)
	defer cancel()
	l := &load{client: c, workers: p.workers, prefix: "load/"}
	total, err := l.run(short)
	if err != nil {
		return err
	}
	took := time.Since(start)
	_, err = fmt.Fprintf(p.stdout, "%d counts in %v, and none lost\n", total, took.Round(time.Millisecond))
	return err
}

// show prints an entry on a line of its own, whatever is in it.
func (p *program) show(e entry) error {
	_, err := fmt.Fprintf(p.stdout, "%d %q %q\n", e.Version, e.Key, e.Value)
	return err
}
