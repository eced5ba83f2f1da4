//go:build unix

package transport

import (
	"net"
	"os"
	"syscall"
)

// direct writes to a connection what it takes at once. [net.Conn] has no call for that: a Write waits, and one with a deadline in the
// past does not even try. So this makes the system call itself.
//
// One goroutine at a time may use it.
type direct struct {
	raw  syscall.RawConn
	call func(fd uintptr) bool // made once, so that a write allocates nothing
	p    []byte                // to be written
	n    int                   // what was written of it
	err  error
}

// directOf returns what writes to nc directly: nil unless nc is a plain TCP or unix connection. A type of somebody's own around
// one may do something else with the bytes.
func directOf(nc net.Conn) *direct {
	var raw syscall.RawConn
	var err error
	switch nc := nc.(type) {
	case *net.TCPConn:
		raw, err = nc.SyscallConn()
	case *net.UnixConn:
		if nc.LocalAddr().Network() != "unix" { // what is no stream
			return nil
		}
		raw, err = nc.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	d := &direct{raw: raw}
	d.call = d.once
	return d
}

// write writes what the connection takes of p at once.
func (d *direct) write(p []byte) (n int, err error) {
	d.p, d.n, d.err = p, 0, nil
	if err := d.raw.Write(d.call); err != nil {
		return 0, err
	}
	d.p = nil
	return d.n, d.err
}

// once makes the system call. It reports that there is nothing to wait for.
func (d *direct) once(fd uintptr) bool {
	for d.err = syscall.EINTR; d.err == syscall.EINTR; {
		d.n, d.err = syscall.Write(int(fd), d.p)
	}
	if d.err != nil {
		d.n = 0
	}
	if d.err == syscall.EAGAIN {
		d.err = nil
	}
	d.err = os.NewSyscallError("write", d.err)
	return true
}
