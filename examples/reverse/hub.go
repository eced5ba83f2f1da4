package main

import (
	"context"
	"crypto/subtle"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/demarc-go/demarc/transport"
)

// hub knows which agent is at the end of which connection.
type hub struct {
	*printer
	token string // what agents and callers must show; empty: nothing

	mu     sync.Mutex
	agents map[string]*presence
	done   chan struct{} // closed when the hub shuts down
}

// presence is an agent that is there.
type presence struct {
	conn     *transport.Conn
	replaced chan struct{} // closed when another has taken the name
}

func newHub(p *printer, token string) *hub {
	return &hub{printer: p, token: token, agents: map[string]*presence{}, done: make(chan struct{})}
}

// server returns a server for agents and callers alike.
func (h *hub) server() *transport.Server {
	srv := &transport.Server{Authenticate: h.authenticate}
	serve.Handle(srv, h.serve)
	agents.Handle(srv, func(context.Context, struct{}) ([]string, error) { return h.names(), nil })
	transport.HandleUnknown(srv, h.pass)
	return srv
}

// run serves until ctx ends.
func (h *hub) run(ctx context.Context, l net.Listener) error {
	srv := h.server()
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		close(h.done) // the calls of the agents would last for ever
		stopped <- shutdown(srv)
	})()
	if err := srv.Serve(l); ctx.Err() == nil {
		return err
	}
	return <-stopped
}

func (h *hub) authenticate(_ context.Context, c *transport.Conn) (any, error) {
	if subtle.ConstantTimeCompare(c.Credentials(), []byte(h.token)) == 0 {
		return nil, transport.Errorf(transport.Unauthenticated, "wrong token")
	}
	return nil, nil
}

// serve has an agent for as long as its call lasts. The newest of a name wins: the older one may be dead, and nobody has noticed yet.
func (h *hub) serve(ctx context.Context, name string) (struct{}, error) {
	if name == "" || len(name) > 100 {
		return struct{}{}, transport.Errorf(transport.InvalidArgument, "a name has 1 to 100 bytes")
	}
	p := h.enter(name, transport.CallFrom(ctx).Conn)
	defer h.leave(name, p)
	if err := welcome.Send(ctx, p.conn, name); err != nil {
		return struct{}{}, err
	}
	h.printf("%q is at %v\n", name, p.conn.RemoteAddr())
	select {
	case <-p.replaced:
		return struct{}{}, transport.Errorf(transport.Aborted, "another agent serves as %q now", name)
	case <-h.done:
		return struct{}{}, transport.Errorf(transport.Unavailable, "the hub is shutting down")
	case <-ctx.Done():
		h.printf("%q is gone: %v\n", name, context.Cause(ctx))
		return struct{}{}, ctx.Err()
	}
}

func (h *hub) enter(name string, conn *transport.Conn) *presence {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.agents[name]; old != nil {
		close(old.replaced)
	}
	p := &presence{conn, make(chan struct{})}
	h.agents[name] = p
	return p
}

func (h *hub) leave(name string, p *presence) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.agents[name] == p {
		delete(h.agents, name)
	}
}

func (h *hub) names() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.agents))
}

func (h *hub) find(name string) *presence {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.agents[name]
}

// pass makes the call that came on the connection of an agent. Its deadline and its cancel go along with the context.
func (h *hub) pass(ctx context.Context, request transport.Payload) (transport.Payload, error) {
	call := transport.CallFrom(ctx)
	if call.Kind != transport.CallUnary {
		return nil, transport.Errorf(transport.Unimplemented, "only calls are passed on")
	}
	p := h.find(call.Metadata[forAgent])
	if p == nil {
		return nil, transport.Errorf(transport.NotFound, "no agent is called %q", call.Metadata[forAgent])
	}
	return transport.Unary[transport.Payload, transport.Payload](call.Method).Call(ctx, p.conn, request)
}
