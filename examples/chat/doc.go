// Command chat is a chat for the command line: a server, and a client with a prompt that stays below what comes in. A message
// is a line of text, so nc is a client too.
//
// Read guest.go first, which is one connection of the server, and then room.go, which they share. text.go keeps names and
// lines harmless, pace.go keeps one guest from flooding the others. The client is client.go and, for its keyboard and screen,
// console.go.
package main
