package fuzz

import (
	"bytes"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// defaultBuffer is how many bytes a half holds unless SetReadBuffer says
// otherwise.
const defaultBuffer = 64 << 10

// A half is one direction of a connection: a bounded buffer between one end
// that writes and one that reads. Whoever has to wait waits on changed, so a
// goroutine is durably blocked in the sense of testing/synctest.
type half struct {
	mu      sync.Mutex
	changed sync.Cond // bytes or room, an end, a deadline: look again
	buf     bytes.Buffer
	limit   int
	writing bool // a Write has the half to itself until it is done

	reads, writes         script // what happens to them
	readBy, writeBy       deadline
	readStall, writeStall deadline // when a Stall is over

	// How each side ended, nil while it goes on. If readErr is io.EOF, what
	// is in buf is still read before it. All other ends empty buf.
	readErr, writeErr error
}

func newHalf() *half {
	h := &half{limit: defaultBuffer}
	h.changed.L = &h.mu
	return h
}

// read waits for bytes and gives them as the script says.
func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if err := h.readFails(); err != nil || len(p) == 0 {
			return 0, err
		}
		if h.stalled(&h.reads, &h.readStall) {
			h.changed.Wait()
			continue
		}
		if n := h.reads.release(p); n > 0 {
			return n, nil
		}
		n, err := h.reads.want(len(p))
		switch {
		case n == 0:
			return 0, h.cut(err)
		case h.buf.Len() > 0:
			if n, err := h.take(p, n); n > 0 || err != nil {
				return n, err
			} // else a byte was lost
		case h.readErr != nil:
			return 0, h.cut(h.reads.ended())
		default:
			h.changed.Wait()
		}
	}
}

// take gives n of the bytes that are there.
func (h *half) take(p []byte, n int) (int, error) {
	n, _ = h.buf.Read(p[:n])
	h.changed.Broadcast()
	if h.reads.spoils() {
		return h.reads.spoil(p), nil
	}
	last := h.buf.Len() == 0 && h.readErr != nil
	return n, h.cut(h.reads.got(n, last))
}

// stalled reports whether a Stall of s, which ends at until, is not over yet.
func (h *half) stalled(s *script, until *deadline) bool {
	if !until.at.IsZero() && !until.passed() {
		return true
	}
	until.clear()
	if s.stalls() {
		until.set(time.Now().Add(stallTime), h.wake)
		return true
	}
	return false
}

// readFails returns why no read can do anything now.
func (h *half) readFails() error {
	if h.readErr != nil && h.readErr != io.EOF {
		return h.readErr
	}
	if h.readBy.passed() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// cut ends the half if err is one that lasts, so that a writer does not wait
// for a reader who takes no more. It returns err.
func (h *half) cut(err error) error {
	switch err {
	case io.EOF:
		h.dropLocked(io.EOF, syscall.EPIPE)
	case syscall.ECONNRESET:
		h.dropLocked(syscall.ECONNRESET, syscall.ECONNRESET)
	}
	return err
}

// write puts p into the buffer, as far as it comes and as the script says. The
// bytes of two writes never mix, as on a TCP connection.
func (h *half) write(p []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.beginWrite(); err != nil {
		return 0, err
	}
	defer h.endWrite()
	return h.writes.write(p, h.put, h.stallWrite)
}

// put puts p into the buffer, as far as it comes.
func (h *half) put(p []byte) (n int, err error) {
	for {
		n += h.fill(p[n:])
		if n == len(p) {
			return n, nil
		}
		h.changed.Wait()
		if err := h.writeFails(); err != nil {
			return n, err
		}
	}
}

// stallWrite waits until the Stalls that are next are over.
func (h *half) stallWrite() error {
	for h.stalled(&h.writes, &h.writeStall) {
		h.changed.Wait()
		if err := h.writeFails(); err != nil {
			return err
		}
	}
	return nil
}

// beginWrite waits until no other write is in the middle of its bytes.
func (h *half) beginWrite() error {
	for {
		if err := h.writeFails(); err != nil {
			return err
		}
		if !h.writing {
			h.writing = true
			return nil
		}
		h.changed.Wait()
	}
}

func (h *half) endWrite() {
	h.writing = false
	h.changed.Broadcast()
}

// fill puts as much of p into the buffer as there is room for.
func (h *half) fill(p []byte) int {
	room := math.MaxInt
	if h.limit >= 0 {
		room = max(h.limit-h.buf.Len(), 0)
	}
	n, _ := h.buf.Write(p[:min(len(p), room)])
	h.changed.Broadcast()
	return n
}

// writeFails returns why no write can do anything now.
func (h *half) writeFails() error {
	if h.writeErr != nil {
		return h.writeErr
	}
	if h.writeBy.passed() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// finish ends the half when its writer is done: the reader gets what is there,
// and then io.EOF.
func (h *half) finish(writeErr error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.endLocked(io.EOF, writeErr)
}

// drop ends the half and loses what is on the way.
func (h *half) drop(readErr, writeErr error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(readErr, writeErr)
}

func (h *half) dropLocked(readErr, writeErr error) {
	h.buf = bytes.Buffer{}
	h.endLocked(readErr, writeErr)
}

func (h *half) endLocked(readErr, writeErr error) {
	h.readErr = graver(h.readErr, readErr)
	h.writeErr = graver(h.writeErr, writeErr)
	if h.readErr == net.ErrClosed {
		h.readBy.clear()
		h.readStall.clear()
	}
	if h.writeErr == net.ErrClosed {
		h.writeBy.clear()
		h.writeStall.clear()
	}
	h.changed.Broadcast()
}

// graver returns the end that hides the other: one's own Close hides all, and
// a reset hides an orderly end.
func graver(a, b error) error {
	order := []error{nil, io.EOF, syscall.EPIPE, syscall.ECONNRESET, net.ErrClosed}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

// setReadBy moves the reader's deadline.
func (h *half) setReadBy(t time.Time) error {
	return h.set(&h.readErr, func() { h.readBy.set(t, h.wake) })
}

// setWriteBy moves the writer's deadline.
func (h *half) setWriteBy(t time.Time) error {
	return h.set(&h.writeErr, func() { h.writeBy.set(t, h.wake) })
}

// set changes something about the half by means of apply, unless the side
// whose end is given has closed, and lets those who wait look again.
func (h *half) set(end *error, apply func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *end == net.ErrClosed {
		return net.ErrClosed
	}
	apply()
	h.changed.Broadcast()
	return nil
}

// wake lets those who wait look again.
func (h *half) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed.Broadcast()
}
