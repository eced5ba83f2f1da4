package frame

import (
	"errors"
	"io"
	"net"
)

// Wrapper is a [Framing] that can write what stands around a payload without seeing the payload, given its size. It lets a
// [Writer] send a large payload without copying it, and one that comes from an io.Reader.
type Wrapper interface {
	Framing

	// AppendHead appends what stands before a payload of size bytes to dst. The error is errors.ErrUnsupported if the
	// framing, as it is set up, has to see the payload; otherwise it is what AppendFrame would return.
	AppendHead(dst []byte, size int64) ([]byte, error)

	// AppendTail appends what stands behind the payload to dst.
	AppendTail(dst []byte) []byte
}

// bigPayload is from how many bytes on a payload is not copied, where that can be avoided.
const bigPayload = 64 << 10

// vectorWriter is a destination that takes several buffers in one system call.
type vectorWriter interface {
	writeBuffers(*net.Buffers) (int64, error)
}

// vectors returns dst as a destination of several buffers, or nil if it would need a Write for each: then one Write of a copy
// is better, as each Write may be a packet or a TLS record of its own.
func vectors(dst io.Writer) vectorWriter {
	switch dst := dst.(type) {
	case *net.TCPConn:
		return netWriter{dst}
	case *net.UnixConn:
		return netWriter{dst}
	}
	return nil
}

// netWriter writes to a socket of the kernel.
type netWriter struct{ io.Writer }

func (w netWriter) writeBuffers(b *net.Buffers) (int64, error) { return b.WriteTo(w.Writer) }

// writeBig writes payload behind what is buffered, without copying it. It reports false, and has done nothing, if that is not
// possible. It is w's turn.
func (w *Writer) writeBig(payload []byte) (done bool, err error) {
	wrapper, ok := w.framing.(Wrapper)
	if !ok || w.vectors == nil || w.err != nil || int64(len(payload)) > limit(w.Max) {
		return false, nil
	}
	head, err := wrapper.AppendHead(w.buf, int64(len(payload)))
	if err != nil {
		return false, nil // AppendFrame knows better, or says why not
	}
	w.buf = wrapper.AppendTail(head)
	w.parts = append(w.parts[:0], w.buf[:len(head)], payload, w.buf[len(head):])
	parts := w.parts // writing eats it
	n, err := w.vectors.writeBuffers(&w.parts)
	if err == nil && n != int64(len(w.buf)+len(payload)) {
		err = io.ErrShortWrite
	}
	clear(parts) // keep nothing of the caller's
	w.parts, w.buf = parts, w.buf[:0]
	if err != nil {
		w.release(err)
	}
	return true, err
}

// WriteFrameFrom writes a frame whose payload is the next size bytes of src, of which it holds no more than 32 KiB in memory at
// a time. Other writes wait until it is done.
//
// The error is an [*Error], and nothing is written and the Writer stays usable, if the payload is too large, and
// errors.ErrUnsupported if the framing is no [Wrapper]: one with a delimiter has to see the payload first. An error of src, which is
// io.ErrUnexpectedEOF if it has fewer bytes, leaves half a frame in the stream and stays, as an error of the destination does.
func (w *Writer) WriteFrameFrom(src io.Reader, size int64) error {
	w.turn.lock()
	defer w.turn.unlock()
	return w.writeFrom(src, size)
}

func (w *Writer) writeFrom(src io.Reader, size int64) error {
	if w.err != nil {
		return w.err
	}
	wrapper, ok := w.framing.(Wrapper)
	if !ok {
		return errors.ErrUnsupported
	}
	if max := limit(w.Max); size < 0 || size > max {
		return &Error{Op: "write", Err: ErrTooLarge, Size: uint64(size), Limit: max}
	}
	head, err := wrapper.AppendHead(w.buf, size)
	if err == errors.ErrUnsupported {
		return err
	} else if err != nil {
		return writeError(err)
	}
	w.buf = head
	err = w.flush()
	if err == nil {
		err = w.copy(src, size)
	}
	if err == nil {
		w.buf = wrapper.AppendTail(w.buf)
		err = w.flush()
	}
	w.err = err
	return err
}

// copy writes size bytes of src.
func (w *Writer) copy(src io.Reader, size int64) error {
	n, err := io.Copy(onlyWriter{w.dst}, io.LimitReader(src, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// onlyWriter hides what else a destination can do, so that a Conn's limit on time holds for each piece.
type onlyWriter struct{ io.Writer }
