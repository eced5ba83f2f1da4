//go:build !unix

package frame

import "net"

// idleReader is for systems where idle_unix.go cannot be.
type idleReader struct{}

func newIdleReader(net.Conn, *buffer) *idleReader { return nil }

func (*idleReader) read() (int, error) { panic("frame: there is no idle reading here") }
