package main

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/demarc-go/demarc/transport"
)

// server gives clients a store.
type server struct {
	store *store
	done  chan struct{} // closed when the server shuts down
}

// newServer returns a server whose methods are in place.
func (s *server) newServer() *transport.Server {
	srv := new(transport.Server)
	get.Handle(srv, func(_ context.Context, key string) (entry, error) { return s.store.get(key) })
	put.Handle(srv, func(_ context.Context, c change) (entry, error) { return s.store.put(c) })
	watch.Handle(srv, s.watch)
	return srv
}

// watch sends what a watcher has not seen. send waits for a watcher that is slow, and meanwhile nothing piles up: it then gets the last
// value of each key, and not all those between.
func (s *server) watch(ctx context.Context, i interest, send func(entry) error) error {
	for {
		unseen, more := s.store.after(i)
		for _, e := range unseen {
			if err := send(e); err != nil {
				return err
			}
			i.After = e.Version
		}
		select {
		case <-more:
		case <-s.done:
			return transport.Errorf(transport.Unavailable, "the server is shutting down")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run serves until ctx ends, and then answers the calls that it has.
func (s *server) run(ctx context.Context, l net.Listener, config *tls.Config) error {
	srv := s.newServer()
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		close(s.done) // watchers would stay for ever
		stopped <- shutdown(srv)
	})()
	serve := srv.Serve
	if config != nil {
		serve = func(l net.Listener) error { return srv.ServeTLS(l, config) }
	}
	if err := serve(l); ctx.Err() == nil {
		return err
	}
	return <-stopped
}
