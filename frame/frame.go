package frame

import "math"

// DefaultMax is the largest payload, in bytes, that a [Reader], a [Writer] and a [Conn] accept unless told otherwise: 1 MiB.
const DefaultMax = 1 << 20

// Framing is a rule that marks where one message ends and the next begins.
//
// It is pure: it sees bytes and does no input or output, keeps no state between calls, and may therefore serve any number of
// goroutines at once. [Reader], [Writer] and [SplitFunc] turn it into something that reads and writes; they also check the
// size of a payload, so a framing need not.
//
// The rule that every framing obeys: the frames that come out do not depend on how the bytes were split on the way in.
type Framing interface {
	// AppendFrame appends payload as one frame to dst and returns the longer slice, as append does. It never writes into
	// payload and keeps neither slice. A payload that Scan would not give back is refused; dst then comes back as it was.
	AppendFrame(dst, payload []byte) ([]byte, error)

	// Scan looks for one frame at the start of buf, which holds at least one byte of it. s is the zero Scan when a frame begins, and
	// otherwise what the last call for this frame returned; since then buf has only grown. "Not complete yet" is no error:
	// it is a result whose Need is above zero.
	//
	// atEOF says that nothing follows buf. It lets a framing take an unfinished tail for a frame; one that does not simply
	// ignores it, and its caller reports the frame as cut off.
	//
	// Before the frame is complete, a caller may drop what has arrived of its payload: it cuts the first Head+Body bytes off
	// buf, and hands on a Scan whose Head, Body and Stuff are zero, and whose Mark, Note and, if it is known, Size are lower
	// by that many bytes. At the end of the stream buf may then be empty.
	//
	// Scan keeps no reference to buf and does not change it. An error means that buf does not begin with a frame, whatever
	// follows; an [*Error] can say at which byte. If the framing can tell all the same where the bad frame ends, or will be
	// able to, it returns with the error what it would have returned without, so that the caller can pass over the frame;
	// errors that it finds on the way there are ignored. Otherwise the Scan is zero.
	Scan(buf []byte, s Scan, atEOF bool) (Scan, error)
}

// Scan says how far the search for one frame has come. The bytes of a frame lie like this:
//
//	│◄──────────────────── Size ────────────────────►│
//	├───────────┬────────────────────────┬───────────┤
//	│ Head      │ Body                   │ Tail      │
//	│ prefix    │ payload                │ delimiter │
//	└───────────┴────────────────────────┴───────────┘
//	            │◄──── handed over ─────►│◄ Keep ►│
//
// All counts are in bytes, from the first byte of the frame.
type Scan struct {
	Head  int   // before the payload, not handed over; all that is there while the prefix is still incomplete
	Body  int   // the payload, as far as it has arrived and is certain to be payload
	Tail  int   // behind the payload; set together with Size
	Keep  int   // how many bytes of the tail are handed over with the payload, without counting to its limit
	Stuff int   // how many bytes of the body are stuffing, which an Unstuffer takes out again
	Size  int64 // of the whole frame; -1 while that is unknown
	Need  int   // at least so many bytes are missing; 0: the frame is complete
	Blank bool  // complete, and yet no frame: bytes to pass over, such as one more END between two SLIP packets
	Mark  int   // where the next call goes on searching; the framing's own note
	Note  int   // another note of the framing's own, in bytes from the start of the frame
}

// Unstuffer is a [Framing] that changes the payload so that its delimiter cannot stand in it, as COBS and SLIP do.
type Unstuffer interface {
	Framing

	// Unstuff appends the payload that body stands for to dst, and returns the longer slice. body is the Body of a
	// complete Scan, which is not changed. What Scan accepts, Unstuff can undo.
	Unstuff(dst, body []byte) []byte
}

// payload returns the size of the payload: the announced one, or where none is announced what has arrived so far.
func (s Scan) payload() int64 {
	if s.Size < 0 {
		return int64(s.Body - s.Stuff)
	}
	return s.Size - int64(s.Head) - int64(s.Tail) - int64(s.Stuff)
}

// tooLarge is the error for a payload above limit. What decided is the prefix, if there is one, and else the first byte too many:
// how many more there are depends on how many have arrived.
func (s Scan) tooLarge(limit int64) *Error {
	if s.Head > 0 {
		return &Error{Op: "read", Err: ErrTooLarge, Size: uint64(s.payload()), Limit: limit, At: s.Head - 1}
	}
	return &Error{Op: "read", Err: ErrTooLarge, Limit: limit, At: int(limit)}
}

// cut returns s for a buffer whose first n bytes, which are prefix and certain payload, were taken away.
func (s Scan) cut(n int) Scan {
	s.Head, s.Body, s.Stuff = 0, 0, 0
	s.Mark = max(s.Mark-n, 0)
	s.Note -= n
	if s.Size > 0 {
		s.Size -= int64(n)
	}
	return s
}

// sized is the Scan of a frame whose size its prefix of head bytes announces, of which have bytes have arrived. A size that
// no int64 can hold is refused here, since no caller could.
func sized(head int, payload uint64, tail, have int) (Scan, error) {
	if payload > uint64(math.MaxInt64)-uint64(head)-uint64(tail) {
		return Scan{}, &Error{Err: ErrTooLarge, Size: payload, At: head - 1}
	}
	s := Scan{Head: head, Tail: tail, Size: int64(head) + int64(payload) + int64(tail)}
	return s.arrived(have), nil
}

// arrived brings a Scan whose size is known up to date with the number of bytes that are there.
func (s Scan) arrived(have int) Scan {
	s.Body = int(min(int64(have-s.Head), s.payload()))
	s.Need = int(min(max(s.Size-int64(have), 0), math.MaxInt))
	return s
}
