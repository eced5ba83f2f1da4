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
	return func(data []byte, atEOF bool) (advance int, payload []byte, err error) {
		for advance < len(data) {
			frame := data[advance:]
			s, err = framing.Scan(frame, s, atEOF)
			switch {
			case s.payload() > limit(max):
				return 0, nil, s.tooLarge(limit(max))
			case err != nil:
				return 0, nil, err
			case s.Need > 0 && atEOF:
				return 0, nil, io.ErrUnexpectedEOF
			case s.Need > 0:
				return advance, nil, nil
			}
			done := s
			s = Scan{}
			advance += int(done.Size)
			if done.Blank {
				continue
			}
			payload = frame[done.Head : done.Head+done.Body+done.Keep]
			if unstuff != nil {
				payload = unstuff.Unstuff(make([]byte, 0, len(payload)), payload)
			}
			return advance, payload, nil
		}
		return advance, nil, nil
	}
}
