//go:build unix

package frame

import (
	"io"
	"net"
	"os"
	"syscall"
)

// idleReader reads from a plain TCP or unix connection without holding memory while it waits. What [net.Conn] offers takes the
// memory first, so it makes the system calls itself, and lets the runtime wait between them.
type idleReader struct {
	raw  syscall.RawConn
	call func(fd uintptr) bool // made once, so that a read allocates nothing
	b    *buffer
	n    int
	err  error
}

// newIdleReader returns what reads from conn into b: nil unless it is a plain TCP or unix connection. A type of somebody's own around one may
// do something else with the bytes.
func newIdleReader(conn net.Conn, b *buffer) *idleReader {
	var raw syscall.RawConn
	var err error
	switch conn := conn.(type) {
	case *net.TCPConn:
		raw, err = conn.SyscallConn()
	case *net.UnixConn:
		if conn.LocalAddr().Network() != "unix" { // and so no stream
			return nil
		}
		raw, err = conn.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	r := &idleReader{raw: raw, b: b}
	r.call = r.once
	return r
}

// read reads once into the buffer, which it takes, and gives back before it waits.
func (r *idleReader) read() (int, error) {
	if err := r.raw.Read(r.call); err != nil {
		return 0, err
	}
	return r.n, r.err
}

// once makes the system call. It reports whether there is nothing to wait for.
func (r *idleReader) once(fd uintptr) bool {
	for r.err = syscall.EINTR; r.err == syscall.EINTR; {
		r.n, r.err = syscall.Read(int(fd), r.b.takeIdle())
	}
	switch {
	case r.err == syscall.EAGAIN:
		r.b.giveIdle()
		return false
	case r.err != nil:
		r.n, r.err = 0, os.NewSyscallError("read", r.err)
	case r.n == 0:
		r.err = io.EOF
	}
	return true
}
