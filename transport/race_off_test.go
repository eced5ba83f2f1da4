//go:build !race

package transport

const slower = 1
