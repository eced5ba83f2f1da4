package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/demarc-go/demarc/frame"
)

const (
	nameLimit   = time.Minute     // how long a guest may take to tell its name
	nameTries   = 5               // and how often it may try
	lineLimit   = 2 * time.Minute // how long a line may take that has begun: somebody may be typing it
	writeLimit  = 5 * time.Second // how long a connection may take for a write
	lingerLimit = time.Second     // how long a connection that is over waits for the other side
)

const help = `* /who: who is here
* /to NAME TEXT: say TEXT to NAME alone
* /leave: leave; so does the end of your input
* anything else: say it to all`

// guest is one connection of the server. One goroutine reads from it, another writes what is in its queue.
type guest struct {
	room  *room
	tcp   net.Conn
	conn  *frame.Conn
	queue chan string // what it is to be told; it is closed when the guest has left the room
	pace  pace
	name  string // empty before it has joined
}

// newGuest returns a guest over tcp. What it says is a line that ends in LF or CRLF, or in the end of the stream; what it
// hears ends in LF.
func newGuest(room *room, tcp net.Conn) *guest {
	conn := frame.NewConn(tcp, frame.Lines{Tail: true})
	conn.Max, conn.Skip = maxLine, true
	conn.FrameTimeout, conn.WriteTimeout = lineLimit, writeLimit
	return &guest{room: room, tcp: tcp, conn: conn, queue: make(chan string, maxQueue)}
}

// serve is the whole life of the guest, until it leaves or ctx ends. It returns why it has gone.
func (g *guest) serve(ctx context.Context, joined func()) error {
	var writing sync.WaitGroup
	writing.Go(g.write)
	err := g.talk(ctx, joined)
	closing := ctx.Err() != nil
	if closing {
		g.tell("* The server is closing. Bye.")
	}
	g.room.leave(g, closing)
	close(g.queue) // nobody but the room and this goroutine writes to it
	writing.Wait()
	g.linger()
	return err
}

// talk lets the guest in and does what it says, until it has nothing more to say.
func (g *guest) talk(ctx context.Context, joined func()) error {
	if err := g.join(ctx); err != nil {
		return err
	}
	joined()
	for {
		text, err := g.read(ctx)
		if err != nil {
			return err
		}
		if text == "/leave" {
			g.tell("* Bye.")
			return nil
		}
		g.obey(text)
	}
}

var errNoName = errors.New("told no name that can be used")

// join asks for a name until the guest is in.
func (g *guest) join(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, nameLimit, errNoName)
	defer cancel()
	g.tell("* Welcome. What is your name?")
	for range nameTries {
		name, err := g.read(ctx)
		switch {
		case errors.Is(err, errNoName):
			g.tell("* Come back when you know.")
			return err
		case err != nil:
			return err
		case !isName(name):
			g.tell(fmt.Sprintf("* A name has letters, digits, - and _, and %d bytes at most. What is your name?", maxName))
		case !g.room.join(g, name):
			g.tell("* Somebody here has that name already. What is your name?")
		default:
			return nil
		}
	}
	g.tell("* Come back when you know.")
	return errNoName
}

// read returns the next line that is not empty, made harmless. Lines that are too long are for nobody.
func (g *guest) read(ctx context.Context) (string, error) {
	for {
		line, err := g.conn.ReadFrameContext(ctx)
		var bad *frame.Error
		skipped := errors.As(err, &bad) && bad.Skipped
		if err != nil && !skipped {
			return "", err
		}
		tooLong, text := skipped || len(line) > maxText, strings.TrimSpace(clean(string(line)))
		if err := g.pace.wait(ctx); err != nil {
			return "", err
		}
		if tooLong {
			g.tell(fmt.Sprintf("* A line has %d bytes at most. Nobody has got that one.", maxText))
		} else if text != "" {
			return text, nil
		}
	}
}

// obey does what the guest says.
func (g *guest) obey(text string) {
	verb, rest, _ := strings.Cut(text, " ")
	switch {
	case verb == "/to":
		g.whisper(rest)
	case verb == "/who":
		g.tell(g.room.whoIsHere())
	case verb == "/help":
		for line := range strings.SplitSeq(help, "\n") {
			g.tell(line)
		}
	case strings.HasPrefix(verb, "/"):
		g.tell(fmt.Sprintf("* There is no %s. /help says what there is.", verb))
	default:
		g.room.say(g, text)
	}
}

func (g *guest) whisper(rest string) {
	to, text, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if text = strings.TrimSpace(text); text == "" {
		g.tell("* It is /to NAME TEXT.")
	} else if !g.room.whisper(g, to, text) {
		g.tell("* There is nobody called " + to + ".")
	}
}

// tell puts a line into the queue. It never waits: if there is no room, the guest does not keep up, and its connection ends.
// It reports whether there was room.
func (g *guest) tell(line string) bool {
	select {
	case g.queue <- line:
		return true
	default:
		g.tcp.Close()
		return false
	}
}

// write writes what is in the queue, several lines with one write if they are there, until the queue is closed.
func (g *guest) write() {
	for line := range g.queue {
		err := g.conn.BufferFrame([]byte(line))
		if err == nil && len(g.queue) == 0 {
			err = g.conn.Flush()
		}
		if err != nil {
			g.tcp.Close()
			return
		}
	}
}

// refuse tells somebody that there is no seat.
func (g *guest) refuse() {
	g.conn.WriteFrame([]byte("* There is no seat left. Come back later."))
	g.linger()
}

// linger closes the connection so that the guest still hears what was written last: a connection that is closed while it has
// bytes unread is reset, and a reset overtakes what is on the way.
func (g *guest) linger() {
	defer g.tcp.Close()
	if g.conn.CloseWrite() == nil && g.tcp.SetReadDeadline(time.Now().Add(lingerLimit)) == nil {
		io.Copy(io.Discard, io.LimitReader(g.tcp, 1<<20))
	}
}
