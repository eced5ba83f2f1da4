package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/demarc-go/demarc/frame"
)

// idleLimit is how long a client may say nothing before the server hangs up.
const idleLimit = time.Minute

// server sends each message back.
type server struct {
	*journal
	end  bool // hang up behind each answer
	mute bool // say nothing
}

// serve serves the connections that l accepts until ctx ends. Then it closes them, and returns nil.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		connections.Go(func() { s.connection(ctx, conn) })
	}
}

// connection serves one connection.
func (s *server) connection(ctx context.Context, tcp net.Conn) {
	defer context.AfterFunc(ctx, func() { tcp.Close() })()
	conn := frame.NewConn(tcp, frame.Varint{})
	defer conn.Close()
	conn.IdleTimeout = idleLimit
	client := conn.RemoteAddr()
	s.event("connect", "from %v", client)
	err := s.answer(conn, client)
	switch {
	case ctx.Err() != nil:
	case err == io.EOF:
		s.event("end", "%v has closed the connection", client)
	default:
		s.event("error", "%v: %v", client, err)
	}
}

// answer answers what comes on conn until it ends, of which it returns the cause. After hanging up it takes what else comes,
// since closing with messages unread would be a reset, which could overtake the answer.
func (s *server) answer(conn *frame.Conn, client net.Addr) error {
	silent := s.mute
	for message, err := range conn.Frames() {
		if err != nil {
			return err
		}
		s.event("data", "%v says %q", client, message)
		if silent {
			continue
		}
		if err := conn.WriteFrame(message); err != nil {
			return err
		}
		if s.end {
			silent = true
			if err := conn.CloseWrite(); err != nil {
				return err
			}
		}
	}
	return io.EOF
}
