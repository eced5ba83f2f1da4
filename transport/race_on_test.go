//go:build race

package transport

// slower is by how much the race detector slows the tests down: they do that many times less.
const slower = 20
