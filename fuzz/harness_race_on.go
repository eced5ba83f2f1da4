//go:build race

package fuzz

// raceEnabled says that the race detector is on. It makes a parser ten times as
// slow, and most of that time grows as the stream does.
const raceEnabled = true
