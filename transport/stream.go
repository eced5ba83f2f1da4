package transport

import (
	"encoding/binary"
	"math/bits"
)

// stream is what a call has that is no plain request and response, at either end: a half that receives and a half that sends, of
// which one may be missing.
type stream struct {
	conn *Conn
	id   uint64 // of the call; set before the peer can know it
	in   *inflow
	out  *outflow
	ask  *asking // nil on the side that serves the call
}

// flags returns those of the requests that open calls of kind k.
func (k CallKind) flags() byte {
	switch k {
	case CallServerStream:
		return flagDownload
	case CallClientStream:
		return flagUpload
	case CallBidi:
		return flagUpload | flagDownload
	}
	return 0
}

// kindOfCall returns the kind of call that a request with these flags opens.
func kindOfCall(flags byte) CallKind {
	switch flags {
	case flagDownload:
		return CallServerStream
	case flagUpload:
		return CallClientStream
	case flagUpload | flagDownload:
		return CallBidi
	}
	return CallUnary
}

// serveStream gives r what its streams need, or says why there is no room for them.
func (c *Conn) serveStream(r *incoming, flags byte) error {
	if flags == 0 {
		return nil
	}
	s := &stream{conn: c, id: r.id}
	if flags&flagUpload != 0 {
		if !c.budget.streams.try(0) {
			return overLimit(LimitStreams, "there are too many streams on the connection")
		}
		s.in = newInflow(s)
	}
	if flags&flagDownload != 0 {
		s.out = newOutflow(s)
	}
	r.stream = s
	return nil
}

// endStream ends what serveStream has begun.
func (r *incoming) endStream() {
	if r.stream != nil {
		r.stream.stop(errStreamEnded)
	}
}

// stop ends both halves: nothing more is received, nor sent, because of err.
func (s *stream) stop(err error) {
	if s.in != nil {
		s.in.stop()
	}
	if s.out != nil {
		s.out.stop(err)
	}
}

// data takes a message of a stream.
func (c *Conn) data(e *envelope) error {
	s, err := c.streamOf(e)
	switch {
	case err != nil:
		return err
	case s == nil:
		c.stats.others.Add(1)
		return nil
	case s.in == nil:
		return noStream(e)
	case len(e.payload) > c.limits.MaxMessage:
		return protocolError("%w: data of %d bytes, more than %d", LimitMessage, len(e.payload), c.limits.MaxMessage)
	}
	c.stats.messagesIn.Add(1)
	return s.in.put(e.payload)
}

// fits reports whether e is an answer that a call with these streams, nil if it has none, may have.
func (s *stream) fits(e *envelope) error {
	if s != nil && s.in != nil && e.kind == kindResponse && len(e.payload) > 0 {
		return protocolError("a response of %d bytes to call %d, behind a stream", len(e.payload), e.id)
	}
	return nil
}

// endOf takes the end of a stream of the peer.
func (c *Conn) endOf(e *envelope) error {
	s, err := c.streamOf(e)
	switch {
	case err != nil || s == nil:
		return err
	case s.in == nil:
		return noStream(e)
	case !s.in.end():
		return protocolError("a second end of call %d", e.id)
	}
	return nil
}

// granted takes credit that the peer grants.
func (c *Conn) granted(e *envelope) error {
	if e.id == 0 {
		if !c.credit.grant(e.amount) {
			return tooMuchCredit(e)
		}
		return nil
	}
	s, err := c.streamOf(e)
	switch {
	case err != nil || s == nil:
		return err
	case s.out == nil:
		return noStream(e)
	case !s.out.grant(e.amount):
		return tooMuchCredit(e)
	}
	return nil
}

func noStream(e *envelope) error {
	return protocolError("%v of call %d, which has no such stream", e.kind, e.id)
}

func tooMuchCredit(e *envelope) error {
	return protocolError("%w: %d more is too much of it", LimitCredit, e.amount)
}

// streamOf returns the stream of the call that e is about, or nil if that call is over.
func (c *Conn) streamOf(e *envelope) (*stream, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s *stream
	switch {
	case c.theirs(e.id):
		r := c.running[e.id]
		if r == nil {
			return nil, nil
		}
		s = r.stream
	case c.mine(e.id) && e.kind != kindEnd: // only callers send ends
		call := c.calls[e.id]
		if call == nil {
			return nil, nil
		}
		s = call.stream
	default:
		return nil, protocolError("%w: %v of call %d, which was not made", LimitIDs, e.kind, e.id)
	}
	if s == nil {
		return nil, noStream(e)
	}
	return s, nil
}

// appendData appends a frame with a message of a stream.
func appendData(dst []byte, id uint64, message []byte) []byte {
	size := 1 + (bits.Len64(id|1)+6)/7 + len(message)
	dst = binary.AppendUvarint(dst, uint64(size))
	dst = append(dst, byte(kindData))
	dst = binary.AppendUvarint(dst, id)
	return append(dst, message...)
}

// grantOn lets the peer send more on a stream, with the next write. What is granted several times before that is said once.
func (c *Conn) grantOn(f *inflow, amount uint64) {
	c.out.say(func() {
		if f.granted == 0 {
			c.urgent.streams = append(c.urgent.streams, f)
		}
		f.granted += amount
	})
}
