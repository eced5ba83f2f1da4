package frame

import (
	"io"
	"net"
)

// Writer writes frames. A frame goes out in one Write, alone or together with those buffered before it, so frames of several
// goroutines never mix; a large one, to a TCP or unix socket, in one vectored write that does not copy it. Any number of
// goroutines may use a Writer at once.
//
// A frame that could not be written whole leaves the stream at an unknown place. Every later call therefore returns the error
// of the first Write that failed, and nothing more is written.
type Writer struct {
	// Max is the largest payload in bytes; 0 means [DefaultMax], and a negative value means no limit. It is to be set
	// before the first call.
	Max int

	framing Framing
	dst     io.Writer
	easy    easyKind
	vectors vectorWriter // dst, if it takes several buffers at once
	turn    turn         // to use what follows
	buf     []byte       // frames that are not written yet
	big     *[]byte      // where buf came from, if from a pool
	parts   net.Buffers  // of a frame that is written without a copy
	err     error        // of the Write that failed
}

// maxBatch is how many bytes of frames a Writer gathers before it writes them unasked.
const maxBatch = keepBuffer

// frameOverhead is how many bytes a frame has beyond its payload, in most framings.
const frameOverhead = 32

// NewWriter returns a Writer that writes frames of framing to dst.
func NewWriter(dst io.Writer, framing Framing) *Writer {
	return &Writer{framing: framing, easy: easyOf(framing).kind, dst: dst, vectors: vectors(dst)}
}

// WriteFrame writes payload as one frame, after those that were buffered. It does not keep payload.
//
// The error is an [*Error], and nothing is written and the Writer stays usable, if the payload cannot be a frame:
// [ErrTooLarge], [ErrDelimiter] or whatever the framing reports. Otherwise it is the error of the destination, which stays;
// [io.ErrShortWrite] stands for a Write that wrote less than it was given and said nothing.
func (w *Writer) WriteFrame(payload []byte) error {
	w.turn.lock()
	defer w.turn.unlock()
	return w.write(payload)
}

// BufferFrame makes payload a frame that goes out with the next Flush or WriteFrame, or as soon as 64 KiB are waiting. It
// does not keep payload. Its errors are those of WriteFrame.
func (w *Writer) BufferFrame(payload []byte) error {
	w.turn.lock()
	defer w.turn.unlock()
	return w.buffer(payload)
}

func (w *Writer) buffer(payload []byte) error {
	if err := w.append(payload); err != nil || len(w.buf) < maxBatch {
		return err
	}
	return w.flush()
}

// Flush writes the frames that are buffered.
func (w *Writer) Flush() error {
	w.turn.lock()
	defer w.turn.unlock()
	if w.err != nil {
		return w.err
	}
	return w.flush()
}

func (w *Writer) write(payload []byte) error {
	if len(payload) >= bigPayload {
		if done, err := w.writeBig(payload); done {
			return err
		}
	}
	if err := w.append(payload); err != nil {
		return err
	}
	return w.flush()
}

// append makes payload a frame behind those that wait.
func (w *Writer) append(payload []byte) error {
	if w.err != nil {
		return w.err
	}
	if most := limit(w.Max); int64(len(payload)) > most && w.size(payload) > most {
		return &Error{Op: "write", Err: ErrTooLarge, Size: uint64(len(payload)), Limit: most}
	}
	if need := len(w.buf) + len(payload) + frameOverhead; need > max(cap(w.buf), 2*maxBatch) {
		w.makeRoom(need)
	}
	if w.easy == easyVarint {
		w.buf = appendVarint(w.buf, payload)
		return nil
	}
	buf, err := w.framing.AppendFrame(w.buf, payload)
	if err != nil {
		return writeError(err)
	}
	w.buf = buf
	return nil
}

// makeRoom moves what waits to a big buffer of at least need bytes, one of those that Readers and Writers share.
func (w *Writer) makeRoom(need int) {
	buf, big := take(need)
	w.buf = append(buf[:0], w.buf...)
	give(w.big)
	w.big = big
}

// size returns how many bytes of payload count to the limit: all but a delimiter that the framing keeps.
func (w *Writer) size(payload []byte) int64 {
	n := int64(len(payload))
	frame, err := w.framing.AppendFrame(nil, payload)
	if err != nil {
		return n
	}
	if s, err := w.framing.Scan(frame, Scan{}, false); err == nil && s.Keep > 0 {
		return s.payload()
	}
	return n
}

// flush writes what waits, in one Write.
func (w *Writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	n, err := w.dst.Write(w.buf)
	if err == nil && n != len(w.buf) {
		err = io.ErrShortWrite
	}
	w.buf = w.buf[:0]
	if err != nil || cap(w.buf) > 2*maxBatch {
		w.release(err)
	}
	return err
}

// release gives the buffer back after a Write that was large, or that failed with err.
func (w *Writer) release(err error) {
	give(w.big)
	w.buf, w.big, w.err = nil, nil, err
}

// writeError makes err, an error of a framing, one of a write.
func writeError(err error) error {
	e := asError(err)
	e.Op = "write"
	return e
}
