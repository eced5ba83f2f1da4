// Package interop tests frame and codec against programs that others wrote, in Go and in other languages. It has tests only; see
// README.md for what they need.
package interop
