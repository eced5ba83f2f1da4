package frame

import "bytes"

// Delimiter ends each payload with a delimiter: the oldest framing, and the one that a person can type.
//
//	┌─────────────────────┬───────────┐
//	│ payload             │ delimiter │            "hi" with "\n":   68 69 │ 0a
//	└─────────────────────┴───────────┘
//
// The price is that a payload cannot hold the delimiter: AppendFrame refuses one that does, since the peer would take it for
// two. With one delimiter, which is not kept, and without Tail it is canonical: what it accepts re-encodes to the same bytes.
type Delimiter struct {
	// Delims are the delimiters, each of one byte or more. Of several the one that is completed first ends the frame, and
	// of those completed by the same byte the longest. Frames are written with the first. Empty means "\n".
	Delims []string

	// Keep hands the delimiter over at the payload's end. It does not count to the limit. When writing, the payload must
	// end in one of the delimiters, and none is added.
	Keep bool

	// Tail takes what stands between the last delimiter and the end of the stream for a frame, as bufio.ScanLines does.
	// Otherwise a stream that does not end in a delimiter was cut off.
	Tail bool
}

var newline = []string{"\n"}

func (d Delimiter) delims() ([]string, error) {
	if len(d.Delims) == 0 {
		return newline, nil
	}
	for _, delim := range d.Delims {
		if delim == "" {
			return nil, &Error{Err: ErrConfig}
		}
	}
	return d.Delims, nil
}

// AppendFrame appends payload and the first delimiter to dst. It refuses with [ErrDelimiter] a payload that Scan would not
// give back: one that holds a delimiter, or that completes one early together with the delimiter behind it. Its other
// error is [ErrConfig].
func (d Delimiter) AppendFrame(dst, payload []byte) ([]byte, error) {
	delims, err := d.delims()
	if err != nil {
		return dst, err
	}
	frame := append(dst, payload...)
	if !d.Keep {
		frame = append(frame, delims[0]...)
	}
	body, tail := find(frame[len(dst):], 0, delims)
	if end := len(frame) - len(dst); tail == 0 || body+tail != end || !d.Keep && body != len(payload) {
		return dst, &Error{Op: "write", Err: ErrDelimiter, At: min(body, len(payload))}
	}
	return frame, nil
}

// Scan finds the frame at the start of buf; see [Framing]. It looks at each byte once for each delimiter, however the bytes
// arrive. Its one error is [ErrConfig].
func (d Delimiter) Scan(buf []byte, s Scan, atEOF bool) (Scan, error) {
	delims, err := d.delims()
	if err != nil {
		return Scan{}, err
	}
	body, tail := find(buf, s.Mark, delims)
	switch {
	case tail > 0:
		s = Scan{Body: body, Tail: tail, Size: int64(body + tail)}
		if d.Keep {
			s.Keep = tail
		}
		return s, nil
	case atEOF && d.Tail:
		return Scan{Body: len(buf), Size: int64(len(buf))}, nil
	}
	return Scan{Body: body, Size: -1, Need: 1, Mark: len(buf)}, nil
}

// find returns how many bytes stand before the first delimiter of buf, and the delimiter's size. With a size of 0 there is
// none yet, and the bytes before it are those that can no longer belong to one. The first mark bytes were looked at
// before and hold no whole delimiter.
//
// It looks through windows of growing size, so that a delimiter that is near is found without a search for a rarer one
// through all that lies behind it.
func find(buf []byte, mark int, delims []string) (body, size int) {
	for window := 256; mark < len(buf); window *= 4 {
		end := len(buf)
		if len(delims) > 1 {
			end = min(mark+window, end)
		}
		if body, size := findIn(buf[:end], mark, delims); size > 0 {
			return body, size
		}
		mark = end
	}
	return len(buf) - partial(buf, delims), 0
}

// findIn is find within a window of buf that begins at mark.
func findIn(buf []byte, mark int, delims []string) (body, size int) {
	end := len(buf)
	for _, delim := range delims {
		from := max(0, mark-len(delim)+1)
		i := bytes.Index(buf[from:end], []byte(delim))
		if i < 0 {
			continue
		}
		if stop := from + i + len(delim); size == 0 || stop < end || len(delim) > size {
			end, size = stop, len(delim)
		}
	}
	return end - size, size
}

// partial returns how many bytes at the end of buf may be the beginning of a delimiter.
func partial(buf []byte, delims []string) int {
	longest := 0
	for _, delim := range delims {
		for n := min(len(delim)-1, len(buf)); n > longest; n-- {
			if delim[:n] == string(buf[len(buf)-n:]) {
				longest = n
			}
		}
	}
	return longest
}
