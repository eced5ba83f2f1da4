//go:build !unix

package transport

import "net"

// direct is for systems where direct.go cannot be.
type direct struct{}

func directOf(net.Conn) *direct { return nil }

func (*direct) write([]byte) (int, error) { panic("transport: there is no direct writing here") }
