package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// attackCmd is "demarc attack".
type attackCmd struct {
	Protocol string        `enum:"demarc,any" default:"demarc" help:"What the server speaks: demarc, or any for whatever else."`
	Greeting literal       `placeholder:"BYTES" help:"With any: what a client has to say first."`
	Request  literal       `placeholder:"BYTES" help:"With any: something that the server answers."`
	Match    string        `name:"run" placeholder:"REGEXP" help:"Only attacks whose names match."`
	List     bool          `help:"Print the attacks, and make none."`
	Patience time.Duration `default:"30s" help:"How long the server may take to hang up."`
	Latency  time.Duration `default:"1s" help:"How long another client may wait."`
	Memory   int           `default:"64" placeholder:"KIB" help:"KiB that a connection may cost; there are 4 MiB for all."`
	PID      int           `name:"pid" placeholder:"PID" help:"The server's process, to measure its memory (Linux)."`
	JSON     bool          `name:"json" help:"Print a JSON object for each attack."`
	Addr     string        `arg:"" help:"Where the server listens, such as 127.0.0.1:7000."`
}

// Help is shown by kong.
func (attackCmd) Help() string {
	return `Each attack is a hostile stream on one or many connections. The server has to live on, to serve a well-behaved client as
before, to take little memory, and to hang up in time. A line says how it did: connections that it closed, after what time, the
memory that it held, and how long its neighbours waited. It is for servers of your own: the address has to be on
the loopback interface.`
}

// Run makes the attacks.
func (c *attackCmd) Run(_ *kong.Context, s *streams) error {
	attacks, err := c.attacks()
	if err != nil {
		return err
	}
	out := &output{dst: s.out}
	if c.List {
		for _, a := range attacks {
			_ = out.printf("%s\n", a)
		}
		return out.flush()
	}
	target, err := c.target()
	if err != nil {
		return err
	}
	return c.make(target, attacks, out)
}

// attacks returns those that were asked for.
func (c *attackCmd) attacks() ([]fuzz.Attack, error) {
	all := fuzz.DemarcAttacks()
	switch {
	case c.Protocol == "any":
		all = fuzz.Attacks([]byte(c.Greeting), []byte(c.Request))
	case c.Greeting != "" || c.Request != "":
		return nil, fmt.Errorf("%w: -greeting and -request are for -protocol any", errUsage)
	}
	pattern, err := regexp.Compile(c.Match)
	if err != nil {
		return nil, fmt.Errorf("%w: -run: %v", errUsage, err)
	}
	var chosen []fuzz.Attack
	for _, a := range all {
		if pattern.MatchString(a.Name) {
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: -run: no attack has a name like %q", errUsage, c.Match)
	}
	return chosen, nil
}

// make makes the attacks and prints each result when it is there.
func (c *attackCmd) make(target fuzz.Target, attacks []fuzz.Attack, out *output) error {
	if !c.JSON {
		_ = out.printf("%s\n", fuzz.AttackHead)
	}
	failed := false
	for _, a := range attacks {
		if err := out.flush(); err != nil {
			return err
		}
		result := target.Attack(context.Background(), a).Results[0]
		failed = failed || !result.OK()
		if err := c.print(result, out); err != nil {
			return err
		}
		if !result.Survived {
			break
		}
	}
	if err := out.flush(); err != nil || !failed {
		return err
	}
	return told{errFailed}
}

func (c *attackCmd) print(result fuzz.AttackResult, out *output) error {
	if !c.JSON {
		return out.printf("%s\n", result)
	}
	line, err := json.Marshal(result)
	return cmp.Or(err, out.printf("%s\n", line))
}

// target returns the server at the address, which has to be there.
func (c *attackCmd) target() (fuzz.Target, error) {
	if err := onLoopback(c.Addr); err != nil {
		return fuzz.Target{}, err
	}
	t := fuzz.Target{Dial: c.dial, Patience: c.Patience, MaxLatency: c.Latency, MaxMemory: uint64(max(1, c.Memory)) << 10}
	switch {
	case c.Protocol == "demarc":
		t.Probe = c.demarcProbe()
	case c.Request != "":
		t.Probe = c.probe
	}
	if c.PID != 0 {
		if _, err := residentMemory(c.PID); err != nil {
			return t, fmt.Errorf("%w: -pid: %v", errUsage, err)
		}
		t.Memory = func() uint64 { n, _ := residentMemory(c.PID); return n }
	}
	conn, err := c.dial(context.Background())
	if err != nil {
		return t, failedIO{err}
	}
	return t, conn.Close()
}

// onLoopback returns an error unless addr is a port on the loopback interface.
func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%w: %v", errUsage, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%w: %s is not on the loopback interface, where alone attacks are made", errUsage, addr)
	}
	return nil
}

func (c *attackCmd) dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", c.Addr)
}

// demarcProbe returns a client that makes a call of no method. Any word of the server about it is an answer.
func (c *attackCmd) demarcProbe() func(context.Context) error {
	client := &transport.Client{Addr: c.Addr, Log: slog.New(slog.DiscardHandler)}
	method := transport.Unary[transport.Payload, transport.Payload]("?")
	return func(ctx context.Context) error {
		_, err := method.Call(ctx, client, transport.Payload("\xc0"))
		var e *transport.Error
		if errors.As(err, &e) && e.Code == transport.Unimplemented && e.Outcome == transport.Refused {
			return nil
		}
		return err
	}
}

// probe is a client that sends the request, and waits for the first byte of an answer.
func (c *attackCmd) probe(ctx context.Context) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := io.WriteString(conn, string(c.Greeting)+string(c.Request)); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err
}

// residentMemory returns how many bytes of memory a process has now, as Linux says.
func residentMemory(pid int) (uint64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseUint(kilobytes, 10, 64)
	return n << 10, err
}
