package main

import (
	"context"
	"strings"
	"time"

	"github.com/demarc-go/demarc/transport"
)

// call returns the call that the arguments ask for, or nil.
func (p *program) call() func(context.Context) error {
	method, argument := p.flags.Arg(0), p.flags.Arg(1)
	if p.to == "" {
		if method != "agents" {
			return nil
		}
		return p.calling(p.agents)
	}
	switch d, err := time.ParseDuration(argument); {
	case method == "describe" && argument == "":
		return p.calling(p.describe)
	case method == "echo" && p.flags.NArg() == 2:
		return p.calling(func(ctx context.Context, c *transport.Client) error {
			text, err := echo.Call(ctx, c, argument)
			return p.show(err, "%s\n", text)
		})
	case method == "pause" && err == nil:
		return p.calling(func(ctx context.Context, c *transport.Client) error {
			paused, err := pause.Call(ctx, c, d)
			return p.show(err, "paused for %v\n", paused)
		})
	}
	return nil
}

// calling returns what makes a call with a client, and ends it.
func (p *program) calling(call func(context.Context, *transport.Client) error) func(context.Context) error {
	return func(ctx context.Context) error {
		client := p.client()
		defer client.Close()
		ctx, cancel := context.WithTimeout(ctx, p.timeout)
		defer cancel()
		if err := client.Connect(ctx); err != nil { // a caller does not wait for a hub that is away
			return err
		}
		if p.to != "" {
			ctx = transport.WithMetadata(ctx, transport.Metadata{forAgent: p.to})
		}
		return call(ctx, client)
	}
}

func (p *program) agents(ctx context.Context, c *transport.Client) error {
	names, err := agents.Call(ctx, c, struct{}{})
	return p.show(err, "%d agents: %s\n", len(names), strings.Join(names, ", "))
}

func (p *program) describe(ctx context.Context, c *transport.Client) error {
	d, err := describe.Call(ctx, c, struct{}{})
	return p.show(err, "%s: %s, %d CPUs, up %v, %d calls answered\n", d.Name, d.OS, d.CPUs, d.Uptime.Round(time.Second), d.Answered)
}

// show prints, unless err says that there is nothing to be shown.
func (p *program) show(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return p.printf(format, args...)
}
