// Command reverse reaches programs behind NAT: an agent dials out to a hub, and from then on serves calls over that connection,
// which anybody can make through the hub.
//
// Read contract.go first, then hub.go, which knows nothing of the methods that it passes on, and agent.go.
package main
