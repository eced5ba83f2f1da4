package main

import (
	"time"

	"github.com/demarc-go/demarc/transport"
)

// What the hub serves.
var (
	// serve makes the caller an agent of that name. It is answered when it is one no more.
	serve = transport.Unary[string, struct{}]("hub.serve")

	// agents lists the names of the agents that are there.
	agents = transport.Unary[struct{}, []string]("hub.agents")
)

// welcome tells an agent that it is reachable now.
var welcome = transport.Notify[string]("agent.welcome")

// What an agent serves. Whoever calls it calls the hub, and says in the metadata for whom it is: forAgent has the name. The hub
// passes on any call of a method that it does not serve itself, so that agents can learn new ones without it.
var (
	describe = transport.Unary[struct{}, description]("agent.describe")
	echo     = transport.Unary[string, string]("agent.echo")
	pause    = transport.Unary[time.Duration, time.Duration]("agent.pause") // answers after that time, or when it is canceled
)

const forAgent = "agent"

// description is what an agent says about itself.
type description struct {
	Name     string        `msgpack:"name"`
	OS       string        `msgpack:"os"`
	CPUs     int           `msgpack:"cpus"`
	Uptime   time.Duration `msgpack:"uptime"`
	Answered int           `msgpack:"answered"` // calls, this one included
}
