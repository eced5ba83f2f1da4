//go:build race

package frame_test

// raceEnabled says that the tests run ten times slower than without the race detector, and that allocations are not to be
// counted.
const raceEnabled = true
