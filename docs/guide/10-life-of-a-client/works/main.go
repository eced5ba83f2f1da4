// Command works has a client that outlives its servers: once by hand, and once with Demarc. And it shows what chance does.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// The limits of the pause between two attempts.
const (
	first = 100 * time.Millisecond
	most  = 5 * time.Second
)

// pause is anything below a ceiling, which doubles with each attempt, up to a limit.
func pause(attempt int, random func(below time.Duration) time.Duration) time.Duration {
	ceiling := most
	if attempt < 20 { // or the shift would overflow
		ceiling = min(first<<(attempt-1), most)
	}
	return random(ceiling)
}

// client asks one question after the other, over one connection for as long as that lasts.
type client struct {
	dial     func(ctx context.Context) (net.Conn, error)
	conn     *frame.Conn
	attempts int // since the last answer
}

// errUnknown says that a question was sent, and nobody knows whether it was acted upon.
var errUnknown = errors.New("no answer came")

func (c *client) ask(ctx context.Context, question string) (string, error) {
	if err := c.connect(ctx); err != nil {
		return "", err
	}
	err := c.conn.WriteFrameContext(ctx, []byte(question))
	if err == nil {
		var answer []byte
		if answer, err = c.conn.ReadFrameContext(ctx); err == nil {
			c.attempts = 0 // an answer says that all is well; a connection does not
			return string(answer), nil
		}
	}
	_ = c.conn.Close() // a late answer must not be taken for that of the next question
	c.conn = nil
	return "", fmt.Errorf("%w: %w", errUnknown, err)
}

// connect sees that there is a connection. It goes on trying until ctx ends.
func (c *client) connect(ctx context.Context) error {
	for c.conn == nil {
		if c.attempts++; c.attempts > 1 {
			select {
			case <-time.After(pause(c.attempts-1, rand.N[time.Duration])):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if tcp, err := c.dial(ctx); err == nil {
			c.conn = frame.NewConn(tcp, frame.Varint{})
			c.conn.FrameTimeout, c.conn.WriteTimeout = 5*time.Second, 5*time.Second
		}
	}
	return nil
}

func main() {
	chance()
	byHand()
	withDemarc()
}

// chance shows when a thousand clients come back whose server is away for 2.5 seconds.
func chance() {
	random := rand.New(rand.NewPCG(1, 2))
	count := make([]int, 75)
	for range 1000 {
		now := time.Duration(0)
		for attempt := 1; now < 2500*time.Millisecond; attempt++ {
			now += pause(attempt, func(below time.Duration) time.Duration { return time.Duration(random.Int64N(int64(below))) })
		}
		count[now/(100*time.Millisecond)]++
	}
	fmt.Println("with chance, of a thousand clients at most", slices.Max(count), "come back in the same tenth of a second")
	for i := 25; i < len(count); i += 5 {
		n := 0
		for _, tenth := range count[i : i+5] {
			n += tenth
		}
		fmt.Printf("  after %3.1fs  %s %d\n", float64(i)/10, strings.Repeat("#", n/20), n)
	}
}

// byHand asks a server that hangs up after each second answer, and is away for two attempts after that.
func byHand() {
	l := new(fuzz.Listener)
	go func() {
		for {
			tcp, err := l.Accept()
			if err != nil {
				return
			}
			conn := frame.NewConn(tcp, frame.Varint{})
			for range 2 {
				question, err := conn.ReadFrame()
				check(err)
				check(conn.WriteFrame(append(question, "!"...)))
			}
			check(conn.Close())
		}
	}()
	dials := 0
	c := &client{dial: func(ctx context.Context) (net.Conn, error) {
		if dials++; dials%3 != 1 {
			return nil, errors.New("connection refused")
		}
		return l.Dial(ctx)
	}}
	for _, question := range []string{"one", "two", "three", "three", "four"} {
		answer, err := c.ask(context.Background(), question)
		fmt.Printf("by hand  %-6s %q, failed without an answer: %t\n", question, answer, errors.Is(err, errUnknown))
	}
	fmt.Println("by hand  attempts to connect:", dials)
}

var (
	read = transport.Unary[string, string]("read").Idempotent() // to read twice does no harm
	buy  = transport.Unary[string, string]("buy")
)

// shop is a server that crashes in the middle of the first call, if it is told to.
type shop struct {
	*transport.Server
	l        *fuzz.Listener
	executed *atomic.Int64
}

func open(executed *atomic.Int64, crashes bool) *shop {
	s := &shop{&transport.Server{Log: slog.New(slog.DiscardHandler)}, new(fuzz.Listener), executed}
	serve := func(_ context.Context, what string) (string, error) {
		s.executed.Add(1)
		if crashes {
			_ = s.Close()
		}
		return "a " + what, nil
	}
	read.Handle(s, serve)
	buy.Handle(s, serve)
	go s.Serve(s.l)
	return s
}

// withDemarc calls servers of which each second one takes the place of one that was shut down, or has crashed.
func withDemarc() {
	ctx := context.Background()
	for _, method := range []transport.UnaryMethod[string, string]{read, buy} {
		executed := new(atomic.Int64)
		shops := []*shop{open(executed, true), open(executed, false), open(executed, false)}
		dials := 0
		client := &transport.Client{Backoff: time.Millisecond, Dial: func(ctx context.Context) (net.Conn, error) {
			dials++
			return shops[min(dials, len(shops))-1].l.Dial(ctx)
		}}
		what, err := method.Call(ctx, client, "book")
		fmt.Printf("demarc   %-4s  %q, executed %d times, outcome: %v\n", method.Name(), what, executed.Load(), outcome(err))

		_, err = method.Call(ctx, client, "pen")
		check(err)
		check(shops[1].Shutdown(ctx))
		what, err = method.Call(ctx, client, "pencil")
		fmt.Printf("demarc   %-4s  %q, %v: the server before was shut down\n", method.Name(), what, err)
		check(client.Close())
	}
}

func outcome(err error) transport.Outcome {
	var e *transport.Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return transport.Answered
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
