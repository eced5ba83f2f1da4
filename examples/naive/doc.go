// Command naive is the server and the client of the usual tutorial, which take what one Read returns for one message, beside
// the same server and client with framing. It shows where the first fail, and counts how often.
//
// Read talk.go first: the server and the client, which are the same for both. rules.go holds what differs, the mistake and its
// cure. story.go plays the scenes, cuts.go tries every way to cut an answer, and network.go is for two terminals.
package main
