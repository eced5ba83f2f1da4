package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

const (
	maxGuests    = 100                  // connections at a time
	acceptPause  = 5 * time.Millisecond // the first pause when no connection can be accepted; it doubles
	acceptPauses = time.Second          // the longest
)

// server is a room with a door.
type server struct {
	out    *printer
	room   room
	seated sync.WaitGroup
	seats  chan struct{} // one for each connection
}

// listen serves on addr until ctx ends.
func (p *program) listen(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	p.out.printf("listening on %v\n", l.Addr())
	if err := (&server{out: p.out}).serve(ctx, l); err != nil {
		return err
	}
	p.out.printf("shut down\n")
	return nil
}

// serve lets in whom l accepts, until ctx ends. Then it tells them, waits until they have gone, and returns nil.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	s.seats = make(chan struct{}, maxGuests)
	defer s.seated.Wait()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	pause := acceptPause
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.seat(ctx, conn)
			pause = acceptPause
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // such as too many open files: somebody may leave
			s.out.printf("cannot accept: %v\n", err)
			sleep(ctx, pause)
			pause = min(2*pause, acceptPauses)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// seat serves a connection, if there is a seat for it.
func (s *server) seat(ctx context.Context, conn net.Conn) {
	g := newGuest(&s.room, conn)
	select {
	case s.seats <- struct{}{}:
		s.seated.Go(func() {
			s.serveGuest(ctx, g)
			<-s.seats
		})
	default:
		s.out.printf("%v has found no seat\n", conn.RemoteAddr())
		s.seated.Go(g.refuse)
	}
}

// serveGuest serves one guest, and tells who it was.
func (s *server) serveGuest(ctx context.Context, g *guest) {
	addr := g.tcp.RemoteAddr()
	err := g.serve(ctx, func() { s.out.printf("%v is %s\n", addr, g.name) })
	if err == nil {
		err = errors.New("left")
	}
	s.out.printf("%v has gone: %v\n", addr, err)
}
