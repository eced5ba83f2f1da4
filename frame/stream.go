package frame

import (
	"bytes"
	"io"
)

// NextFrame begins the next frame and returns its payload as a stream, for frames that are larger than memory, or whose
// beginning is of use before the end is there. size is the payload's size in bytes, or -1 if the framing does not announce it.
// Max holds for it too.
//
// payload is valid until the next call of the Reader, which first reads and drops what is left of it. Its Read returns io.EOF
// at the end of the payload, and otherwise the errors of ReadFrame: [io.ErrUnexpectedEOF] if the stream ends before the frame
// does; an error of the source does not stay, and the next Read goes on.
//
// With an [Unstuffer] the whole frame is read first.
func (r *Reader) NextFrame() (payload io.Reader, size int64, err error) {
	if r.unstuff != nil {
		whole, err := r.ReadFrame()
		return bytes.NewReader(whole), int64(len(whole)), err
	}
	if err := r.finish(); err != nil {
		return nil, 0, err
	}
	for r.err == nil {
		if _, err := r.search(false); err != nil {
			return nil, 0, err
		}
		if s := r.scan; s.Size > 0 || s.Body > 0 {
			return r.begin(), announced(s), nil
		}
		if err := r.fill(); err == io.EOF {
			return r.nextAtEOF()
		} else if err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, r.err
}

// nextAtEOF is NextFrame when the source has ended.
func (r *Reader) nextAtEOF() (io.Reader, int64, error) {
	payload, err := r.last()
	return bytes.NewReader(payload), int64(len(payload)), err
}

func (r *Reader) begin() *stream {
	r.stream = &stream{r: r}
	return r.stream
}

// announced returns the size of the payload that s describes, with what is kept of the tail, or -1.
func announced(s Scan) int64 {
	if s.Size < 0 {
		return -1
	}
	return s.payload() + int64(s.Keep)
}

// stream is a frame that is handed out in pieces. What has been handed out is cut off the Reader's buffer, and the search in
// the frame goes on in the rest.
type stream struct {
	r     *Reader
	given int64  // bytes of payload handed out so far
	view  []byte // the piece that is being handed out
	tail  int    // bytes between its end and the first one of the buffer
	ended bool   // there are no more pieces
}

// Read hands out the payload.
func (st *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(st.view) == 0 {
		if err := st.piece(); err != nil {
			return 0, err
		}
	}
	n := copy(p, st.view)
	st.view = st.view[n:]
	return n, nil
}

// drain drops what has not been handed out.
func (st *stream) drain() error {
	for {
		if err := st.piece(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// piece makes the next piece of payload the view. It returns io.EOF, and the Reader is ready for the next frame, if there is
// none. A stream that is not the Reader's own any more has ended.
func (st *stream) piece() error {
	r := st.r
	st.view = nil
	for r.stream == st && r.err == nil {
		if st.ended {
			st.end()
			return io.EOF
		}
		if st.take() {
			return nil
		}
		if st.ended {
			continue
		}
		if err := st.fill(); err != nil {
			return err
		}
	}
	if r.stream == st {
		return r.err
	}
	return io.EOF
}

// take makes what is there of the payload the view, if there is any, and cuts it off the buffer.
func (st *stream) take() bool {
	r, s := st.r, st.r.scan
	n := s.Head + s.Body
	piece := r.in.bytes()[s.Head:n]
	if s.Need == 0 {
		st.ended = true
		piece = r.in.bytes()[s.Head : n+s.Keep]
		n += s.Tail
		st.tail = s.Tail - s.Keep
	}
	r.in.discard(n)
	r.scan = s.cut(n)
	st.given += int64(s.Body)
	st.view = piece
	return len(piece) > 0
}

// fill reads more of the frame and looks how far it goes now.
func (st *stream) fill() error {
	r := st.r
	err := r.fill()
	if err != nil && err != io.EOF {
		return err
	}
	if searchErr := st.search(err == io.EOF); searchErr != nil {
		return searchErr
	}
	if err == io.EOF && r.scan.Need > 0 {
		return r.cutOff()
	}
	return nil
}

// search goes on with the search in what is left of the frame.
func (st *stream) search(atEOF bool) error {
	r := st.r
	s, err := r.framing.Scan(r.in.bytes(), r.scan, atEOF)
	r.scan = s
	if st.given+s.payload() > r.limit() {
		return r.refuse(Scan{}.tooLarge(r.limit()))
	}
	if err != nil {
		e := asError(err)
		e.At += int(r.in.offset() - r.offset)
		return r.refuse(e)
	}
	return nil
}

// end leaves the frame, whose last byte is consumed.
func (st *stream) end() {
	st.r.stream = nil
	st.r.next()
}
