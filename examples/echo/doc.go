// Command echo sends lines of text to a server and prints what comes back, on a real TCP connection whose bytes are cut into
// odd pieces on purpose.
//
// Start with [program.both], which shows the story from its beginning. Then: naive.go holds the mistake that framing cures,
// echo.go the server and the client, cut.go what cuts the bytes, trace.go what makes pieces and frames visible, and text.go
// where the lines come from.
package main
