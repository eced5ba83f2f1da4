// Command kv keeps values under keys for its clients: typed calls with deadlines and error codes, a stream of changes, TLS with
// certificates that it makes itself, and an end of the server that its clients outlive.
//
// Read contract.go first, which both sides share; then store.go, server.go, and client.go. load.go is a client that counts, and finds out
// if anything is lost.
package main
