package frame

import (
	"bytes"
	"slices"
)

// Lines ends each payload with a line end. It reads LF and CRLF alike, also mixed, and neither is part of the payload.
//
//	┌─────────────────────┬────────────┐
//	│ payload             │ LF or CRLF │           "hi":   68 69 │ 0a    or    68 69 │ 0d 0a
//	└─────────────────────┴────────────┘
//
// Only the one CR right before an LF belongs to the line end; any other is payload. Peers that disagree about what ends a line
// let messages be smuggled past one of them, so a protocol that demands CRLF should be read with Strict.
//
// A payload cannot hold a line end: AppendFrame refuses one that does. The zero value is not canonical, since LF and CRLF stand
// for the same; with Strict or Keep, and without Tail, what it accepts re-encodes to the same bytes.
type Lines struct {
	// Strict demands CRLF. A CR or an LF on its own is an error, [ErrLineEnd], and the bad line then reaches to the next CRLF.
	Strict bool

	// CRLF writes CRLF instead of LF. Strict always does.
	CRLF bool

	// Keep hands the line end over at the payload's end. It does not count to the limit. When writing, the payload must end
	// in a line end, and none is added.
	Keep bool

	// Tail takes what stands between the last line end and the end of the stream for a line. A CR at its end is taken for
	// half a line end. Without Tail, a stream that does not end in a line end was cut off.
	Tail bool
}

var crlf = []byte("\r\n")

// AppendFrame appends payload and a line end to dst. It refuses with [ErrDelimiter] a payload that Scan would not give back:
// one that holds an LF; that ends in a CR, if an LF alone is written; that holds a CR, if Strict.
func (l Lines) AppendFrame(dst, payload []byte) ([]byte, error) {
	frame := append(append(slices.Grow(dst, len(payload)+len(crlf)), payload...), l.end()...)
	line := frame[len(dst):]
	s, err := l.Scan(line, Scan{}, false)
	if err != nil || s.Size != int64(len(line)) || s.Body+s.Keep != len(payload) {
		return dst, &Error{Op: "write", Err: ErrDelimiter, At: int(s.payload())}
	}
	return frame, nil
}

// end is what AppendFrame writes behind a payload.
func (l Lines) end() string {
	switch {
	case l.Keep:
		return ""
	case l.Strict || l.CRLF:
		return "\r\n"
	}
	return "\n"
}

// Scan finds the frame at the start of buf; see [Framing]. It looks at each byte once, or if Strict twice, however the bytes
// arrive. Its one error is [ErrLineEnd], behind which a Reader can go on.
func (l Lines) Scan(buf []byte, s Scan, atEOF bool) (Scan, error) {
	if l.Strict {
		return l.scanStrict(buf, s, atEOF)
	}
	i := bytes.IndexByte(buf[s.Mark:], '\n')
	if i < 0 {
		return l.unfinished(buf, atEOF), nil
	}
	end := s.Mark + i
	return l.line(withoutCR(buf[:end]), end+1), nil
}

func (l Lines) scanStrict(buf []byte, s Scan, atEOF bool) (Scan, error) {
	text := buf[s.Mark:]
	i := indexLineEnd(text)
	if i == len(text) || string(text[i:]) == "\r" {
		return l.unfinished(buf, atEOF), nil
	}
	good := s.Mark + i
	if bytes.HasPrefix(text[i:], crlf) {
		return l.line(good, good+len(crlf)), nil
	}
	e := &Error{Err: ErrLineEnd, At: good}
	if text[i] == '\r' {
		e.At++
	}
	if i = bytes.Index(buf[good:], crlf); i < 0 {
		s = l.unfinished(buf, false)
	} else {
		s = l.line(good+i, good+i+len(crlf))
	}
	s.Stuff = s.Body - good // what stands behind the fault does not count to the limit
	return s, e
}

// line is the Scan of a line of size bytes, of which the first body are the payload.
func (l Lines) line(body, size int) Scan {
	s := Scan{Body: body, Tail: size - body, Size: int64(size)}
	if l.Keep {
		s.Keep = s.Tail
	}
	return s
}

// unfinished is the Scan of a line whose end has not arrived. A CR at the end of buf may belong to it.
func (l Lines) unfinished(buf []byte, atEOF bool) Scan {
	body := withoutCR(buf)
	if atEOF && l.Tail {
		return l.line(body, len(buf))
	}
	return Scan{Body: body, Size: -1, Need: 1, Mark: body}
}

// withoutCR returns the length of text without a CR at its end.
func withoutCR(text []byte) int {
	n := len(text)
	if n > 0 && text[n-1] == '\r' {
		n--
	}
	return n
}

// indexLineEnd returns where the first CR or LF of text stands, or the length of text.
func indexLineEnd(text []byte) int {
	if i := bytes.IndexByte(text, '\r'); i >= 0 {
		text = text[:i]
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}
