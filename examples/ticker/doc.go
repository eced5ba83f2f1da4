// Command ticker sends a message every second over a connection that stays open, shows what happens to the connection, and
// makes a new one when the server is away, restarts, hangs up or falls silent.
//
// Read client.go first, and backoff.go, which says when to try again. server.go answers, journal.go shows what happens.
package main
