// Command upload sends files of any size over a connection, as a stream of parts: with a progress bar, and a checksum that both sides
// compare.
//
// Read contract.go first, then client.go and server.go.
package main
