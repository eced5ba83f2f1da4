package frame

import (
	"bytes"
	"slices"
)

// SLIP ends each payload with an END byte, and writes an END within the payload as two other bytes: the Serial Line Internet
// Protocol, RFC 1055.
//
//	┌─────────────────────┬─────┐                  "hi":            68 69 │ c0
//	│ payload             │ END │                  END (c0):        db dc │ c0
//	└─────────────────────┴─────┘                  ESC (db):        db dd │ c0
//
// It suits serial lines and whatever else may lose bytes: after any loss, the next END is the end of a frame. It costs nothing
// where neither END nor ESC occurs, as in text, and up to one byte for each byte of the payload where they do.
//
// Nothing between two ENDs stands for no frame, so a payload cannot be empty. But for such ENDs it is canonical: what it
// accepts re-encodes to the same bytes. An ESC before any other byte is an error, though the RFC suggests to let it pass.
type SLIP struct {
	// Lead writes an END before each frame too, as the RFC advises for noisy lines: it ends the noise that came before.
	Lead bool
}

// The special bytes, by their names in the RFC.
const (
	slipEnd    = 0xc0 // END
	slipEsc    = 0xdb // ESC
	slipEscEnd = 0xdc // ESC_END: behind an ESC, it stands for END
	slipEscEsc = 0xdd // ESC_ESC: behind an ESC, it stands for ESC
)

var (
	endBytes = []byte{slipEnd}
	escBytes = []byte{slipEsc}
)

// AppendFrame appends payload with its special bytes escaped, and END, to dst. It refuses an empty payload with [ErrEmpty].
func (f SLIP) AppendFrame(dst, payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return dst, &Error{Op: "write", Err: ErrEmpty}
	}
	dst = slices.Grow(dst, len(payload)+2)
	if f.Lead {
		dst = append(dst, slipEnd)
	}
	part, rest, more := bytes.Cut(payload, endBytes)
	dst = appendEscaped(dst, part)
	for more {
		part, rest, more = bytes.Cut(rest, endBytes)
		dst = appendEscaped(append(dst, slipEsc, slipEscEnd), part)
	}
	return append(dst, slipEnd), nil
}

// appendEscaped appends part, which holds no END.
func appendEscaped(dst, part []byte) []byte {
	run, rest, more := bytes.Cut(part, escBytes)
	dst = append(dst, run...)
	for more {
		run, rest, more = bytes.Cut(rest, escBytes)
		dst = append(append(dst, slipEsc, slipEscEsc), run...)
	}
	return dst
}

// Scan finds the frame at the start of buf; see [Framing]. It looks at each byte once for each of END and ESC, however the
// bytes arrive. Its one error is [ErrEscape], behind which a Reader can go on.
func (SLIP) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size == 0 && buf[0] == slipEnd {
		return Scan{Tail: 1, Size: 1, Blank: true}, nil
	}
	end, ended, text := len(buf), false, buf[s.Mark:]
	if i := bytes.IndexByte(text, slipEnd); i >= 0 {
		end, ended, text = s.Mark+i, true, text[:i+1]
	} else if bytes.HasSuffix(text, escBytes) {
		end-- // half an escape is not certain to be one
	}
	n, bad := escapes(text)
	stuff := s.Stuff + n
	var err error
	if bad >= 0 {
		at := s.Mark + bad
		stuff += end - at // what stands behind the fault does not count to the limit
		err = &Error{Err: ErrEscape, At: at + 1}
	}
	if !ended {
		return Scan{Body: end, Stuff: stuff, Size: -1, Need: 1, Mark: end}, err
	}
	return Scan{Body: end, Tail: 1, Stuff: stuff, Size: int64(end) + 1}, err
}

// escapes returns how many whole escapes text has before the first bad one, and where that stands, or -1.
func escapes(text []byte) (n, bad int) {
	for at := 0; ; at += 2 {
		i := bytes.IndexByte(text[at:], slipEsc)
		at += i
		if i < 0 || at+1 == len(text) {
			return n, -1
		}
		if b := text[at+1]; b != slipEscEnd && b != slipEscEsc {
			return n, at
		}
		n++
	}
}

// Unstuff appends the payload that body stands for to dst; see [Unstuffer].
func (SLIP) Unstuff(dst, body []byte) []byte {
	dst = slices.Grow(dst, len(body))
	run, rest, more := bytes.Cut(body, escBytes)
	dst = append(dst, run...)
	for more && len(rest) > 0 {
		dst = append(dst, unescaped(rest[0]))
		run, rest, more = bytes.Cut(rest[1:], escBytes)
		dst = append(dst, run...)
	}
	return dst
}

// unescaped returns the byte for which b stands behind an ESC.
func unescaped(b byte) byte {
	if b == slipEscEnd {
		return slipEnd
	}
	return slipEsc
}
