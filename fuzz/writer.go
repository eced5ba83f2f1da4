package fuzz

import (
	"io"
	"syscall"
	"time"
)

// NewWriter returns a writer that passes bytes on to dst as plan says. It
// panics if the plan has an impossible step.
//
// A write that crosses the end of a step ends there and returns the number of
// bytes that went through: with the error of the step, or with none, which
// io.Writer forbids and happens, if the step has none. The next write goes on
// with the next step. A step 0 takes nothing and gives no error. After [EOF],
// which for a writer means syscall.EPIPE, [Reset] and [Idle] no byte goes
// through any more.
//
//	Plan{5}                a write of 10 bytes returns 5 and no error, once
//	Plan{5 + Timeout}      it returns 5 and os.ErrDeadlineExceeded, once
//	Plan{5 + Reset}        it returns 5 and ECONNRESET, and all later ones 0
//
// A write that fails in dst ends there. One goroutine at a time may write.
func NewWriter(dst io.Writer, plan Plan) io.Writer {
	return &writer{dst: dst, script: newScript(plan)}
}

type writer struct {
	dst    io.Writer
	script script
}

func (w *writer) Write(p []byte) (int, error) {
	return w.script.write(p, w.dst.Write, func() error {
		for w.script.stalls() {
			time.Sleep(stallTime)
		}
		return nil
	})
}

// write writes p with put, as far as the plan allows. stall is called before
// each step to wait out the Stalls there are.
func (s *script) write(p []byte, put func(p []byte) (int, error), stall func() error) (n int, err error) {
	for {
		if err := stall(); err != nil || n == len(p) {
			return n, err
		}
		if s.spoils() {
			if err := s.putSpoiled(p[n], put); err != nil {
				return n, err
			}
			n++
			continue
		}
		m, err := s.want(len(p) - n)
		if m == 0 {
			return n, writeFault(err)
		}
		m, err = put(p[n : n+m])
		n += m
		if m > 0 {
			if fault := s.got(m, false); fault != nil {
				return n, writeFault(fault)
			}
		}
		return n, err
	}
}

// putSpoiled writes with put what becomes of b.
func (s *script) putSpoiled(b byte, put func(p []byte) (int, error)) error {
	p := [2]byte{b}
	n := s.spoil(p[:])
	if n == 0 {
		return nil
	}
	_, err := put(p[:n])
	return err
}

// writeFault returns the error of a step as a writer sees it.
func writeFault(err error) error {
	if err == io.EOF {
		return syscall.EPIPE
	}
	return err
}
