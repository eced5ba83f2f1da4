// Command works ends a server so that no request is lost: once by hand, and once with Demarc.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"sync"
	"time"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/transport"
)

// server answers requests until it is shut down.
type server struct {
	handle func(request []byte) []byte

	mu      sync.Mutex
	conns   map[*frame.Conn]bool
	serving sync.WaitGroup
}

// serve accepts connections. It returns nil when l is closed; what else goes wrong passes, and is waited out.
func (s *server) serve(l net.Listener) error {
	for {
		tcp, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			log.Print(err)
			time.Sleep(100 * time.Millisecond)
		default:
			s.serving.Go(func() { s.serveConn(frame.NewConn(tcp, frame.Varint{})) })
		}
	}
}

func (s *server) serveConn(conn *frame.Conn) {
	defer conn.Close()
	s.remember(conn)
	defer s.forget(conn)
	for request, err := range conn.Frames() {
		if err != nil || conn.WriteFrame(s.handle(request)) != nil {
			return
		}
	}
}

func (s *server) remember(conn *frame.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = true
}

func (s *server) forget(conn *frame.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// shutdown lets the requests that run be answered, and waits for that, until ctx ends.
func (s *server) shutdown(ctx context.Context, l net.Listener) error {
	_ = l.Close()
	s.each(func(conn *frame.Conn) { _ = conn.SetReadDeadline(time.Now()) }) // reads no more, and still writes
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.each(func(conn *frame.Conn) { _ = conn.Close() })
		return ctx.Err()
	}
}

func (s *server) each(do func(*frame.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		do(conn)
	}
}

func main() {
	byHand()
	withDemarc()
}

func byHand() {
	moved, working, proceed := 0, make(chan struct{}), make(chan struct{})
	s := &server{conns: map[*frame.Conn]bool{}, handle: func(request []byte) []byte {
		close(working)
		<-proceed
		moved += 100
		return append(request, ": done"...)
	}}
	l := listen()
	go s.serve(l)
	tcp, err := net.Dial("tcp", l.Addr().String())
	check(err)
	client := frame.NewConn(tcp, frame.Varint{})
	check(client.WriteFrame([]byte("move 100")))
	<-working
	ended := make(chan error, 1)
	go func() { ended <- s.shutdown(context.Background(), l) }()
	close(proceed)
	answer, err := client.ReadFrame()
	fmt.Printf("by hand  %s, %v\n", answer, err)
	fmt.Printf("by hand  shut down: %v, moved %d\n", <-ended, moved)
}

// move moves an amount.
var move = transport.Unary[int, string]("move")

func withDemarc() {
	working, proceed := make(chan struct{}), make(chan struct{})
	var life []string
	server := new(transport.Server)
	server.ConnState = func(_ *transport.Conn, state transport.ConnState) { life = append(life, state.String()) }
	move.Handle(server, func(ctx context.Context, amount int) (string, error) {
		close(working)
		<-proceed
		return fmt.Sprintf("moved %d", amount), nil
	})
	l := listen()
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()

	client := &transport.Client{Addr: l.Addr().String(), FailFast: true}
	answers := make(chan string, 1)
	go func() {
		text, err := move.Call(context.Background(), client, 100)
		answers <- fmt.Sprint(text, ", ", err)
	}()
	<-working
	ended := make(chan error, 1)
	go func() { ended <- shutDown(server) }()
	fmt.Println("demarc  ", <-served)
	close(proceed)
	fmt.Println("demarc  ", <-answers)
	fmt.Println("demarc   shut down:", <-ended)
	fmt.Println("demarc   the life of the connection:", life)

	var e *transport.Error
	if _, err := move.Call(context.Background(), client, 100); errors.As(err, &e) {
		fmt.Println("demarc   another call:", e.Code, "|", e.Outcome)
	}
}

// shutDown gives the calls that run ten seconds. Those that are not done by then are cut off.
func shutDown(server *transport.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	return l
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
