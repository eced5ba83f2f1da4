package frame

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"math"
)

// Reader cuts a byte stream into frames. However the source splits the bytes, the same frames come out.
//
// It loses nothing: when the source fails inside a frame, with a timeout say, the error is returned as it is, and the next
// call goes on where that one stopped. Its memory follows the bytes that arrived, never the length that a frame announces.
//
// One goroutine at a time may use a Reader.
type Reader struct {
	// Max is the largest payload in bytes; 0 means [DefaultMax], and a negative value means no limit but the machine's.
	// It may be changed between frames.
	Max int

	// Skip makes the Reader pass over a frame that is too large, or that is malformed if its framing can still tell where it
	// ends: it returns one error for it, with Skipped set, and the next call goes on with the next frame, unless it would
	// have to pass over more than four times Max: then it returns [ErrTooLarge], which stays.
	Skip bool

	// Exact makes the Reader never take more from its source than the frame it reads, so that another can go on reading
	// there. It costs calls of the source's Read: one for each byte of a varint or a delimited frame up to where its size is
	// known, and one for the rest.
	Exact bool

	framing    Framing
	unstuff    Unstuffer // the framing, if it is one
	easyFrames easy      // those that readVarint or readLine may read
	plain      []byte    // the payload without stuffing
	big        *[]byte   // where plain came from, if from a pool

	in     buffer
	easy   easyKind // what the next frame may be: none, while there is still something to do for the one before
	offset int64    // where the frame begins that is being read, in bytes from the start of the stream
	scan   Scan     // how far the search in that frame has come
	stream *stream  // the frame that is being handed out in pieces, if any
	rest   int64    // bytes of a frame that are still to be passed over; -1: up to its end, wherever that is
	passed int64    // bytes between the head and the tail of that frame, as far as they are known
	err    error    // the error that every call returns from now on
}

// NewReader returns a Reader that reads frames of framing from src.
func NewReader(src io.Reader, framing Framing) *Reader {
	unstuff, _ := framing.(Unstuffer)
	frames := easyOf(framing)
	return &Reader{framing: framing, unstuff: unstuff, easyFrames: frames, easy: frames.kind, in: buffer{src: src}}
}

// ReadFrame returns the payload of the next frame. The slice is a view into the Reader's buffer: it is valid, and may be
// changed, until the next call. An empty payload is not nil.
//
// The error is [io.EOF] when the stream ended between two frames, and an [*Error] otherwise: [io.ErrUnexpectedEOF] when it
// ended inside one, [ErrTooLarge], [ErrMalformed] or whatever the framing reports; the last three stay, except that of a
// skipped frame. An error of the source, [io.ErrNoProgress] among them, is returned as it is and does not stay.
func (r *Reader) ReadFrame() ([]byte, error) {
	var payload []byte
	switch r.easy {
	case easyVarint:
		payload = r.readVarint()
	case easyLine:
		payload = r.readLine()
	}
	if payload != nil {
		return payload, nil
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	for r.err == nil {
		done, err := r.search(false)
		if done || err != nil {
			return r.take(), err
		}
		if err := r.fillAll(); err == io.EOF {
			return r.last()
		} else if err != nil {
			return nil, err
		}
	}
	return nil, r.err
}

// finish gets to the end of the frame before, if that was passed over or handed out in pieces, and begins the next.
func (r *Reader) finish() (err error) {
	switch {
	case r.stream != nil:
		err = r.stream.drain()
	case r.rest != 0:
		err = r.pass()
	}
	if err == nil && r.scan.Size == 0 {
		r.offset = r.in.offset()
	}
	r.easy = easyNone
	return err
}

// ReadAppend appends the payload of the next frame to dst and returns the longer slice, which is the caller's own. With an
// error, which is one of ReadFrame's, dst comes back as it was.
func (r *Reader) ReadAppend(dst []byte) ([]byte, error) {
	payload, err := r.ReadFrame()
	return append(dst, payload...), err
}

// Frames returns an iterator over the remaining frames, as ReadFrame returns them. It ends without an error at the end of
// the stream, and after any other error, except that of a skipped frame. Ranging again goes on with the next frame.
func (r *Reader) Frames() iter.Seq2[[]byte, error] { return frames(r.ReadFrame) }

func frames(read func() ([]byte, error)) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			payload, err := read()
			if err == io.EOF || !yield(payload, err) || err != nil && !wasSkipped(err) {
				return
			}
		}
	}
}

func wasSkipped(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Skipped
}

// Buffered returns the bytes that were read from the source and not yet returned in a frame, such as those that follow the
// last frame before the connection changes its protocol. It is a view that is valid until the next call.
func (r *Reader) Buffered() []byte {
	if st := r.stream; st != nil && len(st.view) > 0 {
		return r.in.buf[r.in.start-st.tail-len(st.view) : r.in.end]
	}
	return r.in.bytes()
}

// Detach ends the Reader and returns the bytes of Buffered, which are the caller's own from now on, so that another can go on
// reading from the source. err is an error that the source returned together with them and that no call has returned yet.
// Every later call of the Reader returns io.EOF.
func (r *Reader) Detach() (unread []byte, err error) {
	unread, err = bytes.Clone(r.Buffered()), r.in.err
	if r.stream != nil {
		r.stream.view = nil
	}
	give(r.in.big)
	r.dropPlain()
	*r = Reader{framing: r.framing, in: buffer{base: r.in.offset()}, err: io.EOF}
	return unread, err
}

// Offset returns where the next frame begins, in bytes from the start of the stream; inside a frame, where that frame begins.
func (r *Reader) Offset() int64 {
	if r.scan.Size == 0 && r.rest == 0 && r.stream == nil {
		return r.in.offset()
	}
	return r.offset
}

// search looks for a frame in the bytes that are there and reports whether it is complete and within the limit.
func (r *Reader) search(atEOF bool) (done bool, err error) {
	for buf := r.in.bytes(); len(buf) > 0; buf = r.in.bytes() {
		var err error
		r.scan, err = r.framing.Scan(buf, r.scan, atEOF)
		s := &r.scan
		if s.payload() > r.limit() {
			return false, r.reject(s.tooLarge(r.limit()))
		}
		if err != nil {
			return false, r.reject(asError(err))
		}
		if !s.Blank {
			return s.Need == 0, nil
		}
		r.in.discard(int(s.Size))
		r.next()
	}
	return false, nil
}

// take hands over the frame that search has found, if any, and makes ready for the next one.
func (r *Reader) take() []byte {
	if r.scan.Need > 0 || r.scan.Size == 0 {
		return nil
	}
	s := r.scan
	end := s.Head + s.Body + s.Keep
	payload := r.in.bytes()[s.Head:end:end]
	if r.unstuff != nil {
		payload = r.unstuffed(payload)
	}
	r.in.last = s.Head + s.Body + s.Tail
	r.in.discard(r.in.last)
	r.next()
	return payload
}

// unstuffed returns the payload that body stands for, in a buffer of its own.
func (r *Reader) unstuffed(body []byte) []byte {
	if cap(r.plain) < len(body) || r.plain == nil {
		give(r.big)
		r.plain, r.big = take(max(startBuffer, len(body)))
	}
	return r.unstuff.Unstuff(r.plain[:0], body)
}

// next makes ready for the frame that begins at the buffer's first byte.
func (r *Reader) next() {
	r.scan, r.rest, r.offset, r.easy = Scan{}, 0, r.in.offset(), r.easyFrames.kind
}

// last deals with what is left when the source has ended.
func (r *Reader) last() ([]byte, error) {
	done, err := r.search(true)
	if done || err != nil {
		return r.take(), err
	}
	if len(r.in.bytes()) == 0 {
		return nil, io.EOF
	}
	return nil, r.cutOff()
}

// cutOff is the error for a stream that ended inside a frame.
func (r *Reader) cutOff() error {
	have := len(r.in.bytes())
	return r.error(&Error{
		Err:  io.ErrUnexpectedEOF,
		Part: r.scan.part(have),
		Have: r.in.offset() - r.offset + int64(have),
		Need: int64(r.scan.Need),
	})
}

// fill reads once from the source.
func (r *Reader) fill() error {
	r.dropPlain()
	return r.in.fill(r.missing(), r.Exact)
}

// fillAll reads from the source until all is there that the scan said is missing at least. Before that, there is nothing to scan.
func (r *Reader) fillAll() error {
	r.dropPlain()
	missing, err := r.in.fillAll(r.missing(), r.Exact)
	r.scan.Need = missing
	return err
}

// missing returns how many bytes the source has to give at least.
func (r *Reader) missing() int { return max(1, r.scan.Need, int(min(r.rest, math.MaxInt))) }

// dropPlain gives a large buffer of plain payload back before waiting for the source.
func (r *Reader) dropPlain() {
	if r.big != nil {
		give(r.big)
		r.plain, r.big = nil, nil
	}
}

// limit returns the largest payload in bytes that is allowed now.
func (r *Reader) limit() int64 { return limit(r.Max) }

func limit(max int) int64 {
	switch {
	case max == 0:
		return DefaultMax
	case max < 0:
		return math.MaxInt
	}
	return int64(max)
}

// reject reports the frame that is being read as bad. If that is wanted, and the scan tells where the frame ends or that its
// end will be found, the next call passes over it; otherwise the error stays.
func (r *Reader) reject(e *Error) error {
	s := r.scan
	e.Skipped = r.Skip && s.Size != 0
	if !e.Skipped {
		return r.refuse(e)
	}
	r.rest, r.passed = s.Size, 0
	if s.Size > 0 {
		r.passed = s.Size - int64(s.Head) - int64(s.Tail)
		r.scan = Scan{}
	}
	return r.error(e)
}

// refuse makes e the end of the stream.
func (r *Reader) refuse(e *Error) error {
	r.scan, r.rest = Scan{}, 0
	r.err = r.error(e)
	return r.err
}

// asError returns err, an error of a framing, as one of this package.
func asError(err error) *Error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Err: err}
}

// error completes e with what only the Reader knows.
func (r *Reader) error(e *Error) error {
	e.Op = "read"
	e.Offset = r.offset
	if r.in.offset() == r.offset { // the frame's first bytes are still there
		buf := r.in.bytes()
		e.First = bytes.Clone(buf[:min(len(buf), firstBytes)])
	}
	return e
}
