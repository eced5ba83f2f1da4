package transport

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
)

// Registrar is what handlers are registered with: a [Server] or a [Client].
type Registrar interface {
	registry() *registry
}

// handlerFunc handles one request of a call: it decodes it and appends the encoded response, if any, to dst.
type handlerFunc func(ctx context.Context, call *Call, request, dst []byte) ([]byte, error)

// endpoint is a method as it is served.
type endpoint struct {
	method string
	kind   CallKind
	inline bool // it does not block, and runs where its request was read
	copies bool // it keeps nothing of the request's bytes
	handle handlerFunc
	usual  atomic.Int32 // size of the last response in bytes
}

// registry holds the methods that are served. Looking one up takes no lock.
type registry struct {
	mu      sync.Mutex
	methods atomic.Pointer[map[string]*endpoint]
	unknown atomic.Pointer[handlerFunc] // of all other methods; nil: refuse them
	streams atomic.Pointer[handlerFunc] // of all others with streams; nil: refuse them
}

// add adds a method. It panics if there is one of that name.
func (r *registry) add(e *endpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	methods := map[string]*endpoint{}
	if old := r.methods.Load(); old != nil {
		maps.Copy(methods, *old)
	}
	if _, taken := methods[e.method]; taken {
		panic("transport: method " + e.method + " has a handler already")
	}
	methods[e.method] = e
	r.methods.Store(&methods)
}

func (r *registry) setUnknown(h handlerFunc) {
	if !r.unknown.CompareAndSwap(nil, &h) {
		panic("transport: unknown methods have a handler already")
	}
}

func (r *registry) setUnknownStream(h handlerFunc) {
	if !r.streams.CompareAndSwap(nil, &h) {
		panic("transport: unknown methods with streams have a handler already")
	}
}

// find returns what serves a method, of whatever kind, or for an unknown one what serves it as kind, or nil.
func (r *registry) find(method []byte, kind CallKind) *endpoint {
	if methods := r.methods.Load(); methods != nil {
		if e := (*methods)[string(method)]; e != nil {
			return e
		}
	}
	h := r.unknown.Load()
	if kind.flags() != 0 {
		h = r.streams.Load()
	}
	if h != nil {
		return &endpoint{method: string(method), kind: kind, handle: *h}
	}
	return nil
}
