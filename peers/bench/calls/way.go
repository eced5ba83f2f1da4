// Package calls measures ways to make calls over TCP on this machine, side by side.
//
// Every way does the same: a message {ID int64, Name string, Payload []byte} goes to a server, which sends it back. What is
// measured of each is what its users would write: its own codec, its defaults, one file for each.
package calls

import (
	"net"
	"slices"
)

// A Way is one way to make calls.
type Way struct {
	Name string
	Kind Kind
	Note string // what is special about it: its codec, a mode

	// Serve answers calls on l until stop is called.
	Serve func(l net.Listener) (stop func(), err error)

	// Dial makes one connection.
	Dial func(addr string) (Client, error)

	// Flight says how many goroutines call over that many connections so that callers calls are in flight, and for how many calls
	// one Echo stands. nil means a goroutine for each call.
	Flight func(callers, conns int) (goroutines, callsEach int)

	// Largest is the largest payload in bytes that it can carry; 0 means any that is measured.
	Largest int

	// Few keeps a way out of everything but the middle of all axes.
	Few bool
}

// Kind groups the ways.
type Kind string

// The kinds of ways.
const (
	Floor   Kind = "floor"   // what nothing can be below: the same bytes without a protocol
	Ours    Kind = "ours"    // Demarc
	Untyped Kind = "untyped" // a library that carries bytes
	Typed   Kind = "typed"   // a library that carries messages
)

// A Client is one connection over which calls are made, by many goroutines at once unless the way says otherwise.
type Client interface {
	// Echo makes one call, and returns the payload that came back, which is valid until the next call of the same goroutine.
	Echo(payload []byte) ([]byte, error)
	Close() error
}

// Message is what goes back and forth.
type Message struct {
	ID      int64  `msgpack:"id" json:"id"`
	Name    string `msgpack:"name" json:"name"`
	Payload []byte `msgpack:"payload" json:"payload"`
}

// What the messages have besides their payload.
const (
	anID   = 1 << 40
	aName  = "Ada Lovelace"
	method = "echo"
)

func message(payload []byte) Message { return Message{ID: anID, Name: aName, Payload: payload} }

// Ways returns all ways, floors first.
func Ways() []Way {
	return slices.Concat(
		[]Way{pingPong, handMux, pipelined, codecOnly},
		[]Way{typed, typedInline, rawInline, withDeadline, withoutLimits},
		[]Way{fastInline, fast},
		[]Way{netRPC, arpcTuned, rpcX, ttRPC, gRPC, dRPC},
	)
}

// Named returns the way of that name, OverTLS too.
func Named(name string) (Way, bool) {
	all := append(Ways(), OverTLS)
	if i := slices.IndexFunc(all, func(w Way) bool { return w.Name == name }); i >= 0 {
		return all[i], true
	}
	return Way{}, false
}
