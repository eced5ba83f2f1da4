package calls

import (
	"bytes"
	"fmt"
	"net"
)

// A Load is what a way has to carry.
type Load struct {
	Callers   int `json:"callers"`
	Conns     int `json:"conns"`
	Payload   int `json:"payload"`   // bytes
	Processes int `json:"processes"` // 2: the server is a process of its own
}

// Middle is the load from which the axes go out.
var Middle = Load{Callers: 64, Conns: 1, Payload: 16, Processes: 1}

// A rig is a way under load: a server, and connections to it.
type rig struct {
	way     Way
	load    Load
	clients []Client
	workers int
	each    int     // calls for one Echo
	rate    float64 // calls a second, roughly
	payload []byte
	server  server
}

// server is the other end, in this process or in another one.
type server interface {
	addr() string
	count() (Counters, error) // beyond what this process counts
	memory() (uint64, error)
	stop()
}

// newRig starts the server and dials.
func newRig(w Way, load Load) (*rig, error) {
	r := &rig{way: w, load: load, workers: load.Callers, each: 1, payload: bytes.Repeat([]byte{0xa5}, load.Payload)}
	if w.Flight != nil {
		r.workers, r.each = w.Flight(load.Callers, load.Conns)
	}
	var err error
	if r.server, err = newServer(w, load.Processes); err != nil {
		return nil, err
	}
	for range load.Conns {
		if err := r.dial(); err != nil {
			r.close()
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	return r, nil
}

// dial adds a connection, over which it makes one call.
func (r *rig) dial() error {
	c, err := r.way.Dial(r.server.addr())
	if err != nil {
		return err
	}
	if w, ok := c.(interface{ Window(calls int) }); ok {
		w.Window(r.each)
	}
	r.clients = append(r.clients, c)
	return r.echo(c)
}

// echo makes one call and looks at the answer.
func (r *rig) echo(c Client) error {
	back, err := c.Echo(r.payload)
	if err != nil {
		return err
	}
	if len(back) != len(r.payload) {
		return fmt.Errorf("%d bytes came back of %d", len(back), len(r.payload))
	}
	return nil
}

func (r *rig) close() {
	for _, c := range r.clients {
		_ = c.Close()
	}
	r.server.stop()
}

func newServer(w Way, processes int) (server, error) {
	if processes > 1 {
		return startProcess(w)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	stop, err := w.Serve(l)
	return &inProcess{l, stop}, err
}

type inProcess struct {
	l      net.Listener
	ending func()
}

func (s *inProcess) addr() string             { return s.l.Addr().String() }
func (s *inProcess) count() (Counters, error) { return Counters{}, nil }
func (s *inProcess) memory() (uint64, error)  { return memory(), nil }
func (s *inProcess) stop()                    { s.ending() }
