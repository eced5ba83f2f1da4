package frame

import (
	"bufio"
	"io"
)

// SplitFunc returns a split function that lets a [bufio.Scanner] read frames of framing with payloads of at most max bytes;
// max means what [Reader.Max] means. The Scanner's buffer must have room for a whole frame. Its errors are the framing's own,
// [ErrTooLarge] and [io.ErrUnexpectedEOF], without the offsets that only a [Reader] knows.
//
// The function keeps the state of one stream: each Scanner needs one of its own.
func SplitFunc(framing Framing, max int) bufio.SplitFunc {
	unstuff, _ := framing.(Unstuffer)
	var s Scan
	return func(data []byte, atEOF bool) (int, []byte, error) {
		if len(data) == 0 {
			return 0, nil, nil
		}
		var err error
		s, err = framing.Scan(data, s, atEOF)
		switch {
		case s.payload() > limit(max):
			return 0, nil, &Error{Op: "read", Err: ErrTooLarge, Size: uint64(s.payload()), Limit: limit(max)}
		case err != nil:
			return 0, nil, err
		case s.Blank:
			done := s
			s = Scan{}
			return int(done.Size), nil, nil
		case s.Need == 0:
			done := s
			s = Scan{}
			end := done.Head + done.Body + done.Keep
			payload := data[done.Head:end:end]
			if unstuff != nil {
				payload = unstuff.Unstuff(make([]byte, 0, len(payload)), payload)
			}
			return done.Head + done.Body + done.Tail, payload, nil
		case atEOF:
			return 0, nil, io.ErrUnexpectedEOF
		}
		return 0, nil, nil
	}
}
