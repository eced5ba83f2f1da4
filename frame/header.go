package frame

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// Header puts a block of header lines in front of the payload, one of which has its length, and an empty line behind them: the
// base protocol of the Language Server Protocol, which took it from HTTP.
//
//	┌─────────────────────────────────────────┬──────┬─────────────────────┐
//	│ Content-Length: 2 CRLF  and other lines │ CRLF │ payload             │
//	└─────────────────────────────────────────┴──────┴─────────────────────┘
//	"hi":   43 6f 6e 74 65 6e 74 2d 4c 65 6e 67 74 68 3a 20 32 0d 0a │ 0d 0a │ 68 69
//
// A line is a name as in RFC 9110 section 5.1, a colon, and a value without control characters; blanks around the value are
// allowed, a line that begins with one is not. Two lengths are an error, since peers that take different ones of them disagree
// about where the next message begins.
//
// It is not canonical, since names may be written in upper and lower case and lengths with zeros in front; with Keep, what it
// accepts re-encodes to the same bytes.
type Header struct {
	// Name is the name of the header that has the length. Empty means Content-Length.
	Name string

	// ExactCase demands that the name is written exactly so. Otherwise upper and lower case are the same.
	ExactCase bool

	// Lenient accepts a bare LF as the end of a line. Frames are always written with CRLF.
	Lenient bool

	// Keep hands over the whole block in front of the payload. It counts to the limit. When writing, the payload must begin
	// with a block that has the right length, and none is added.
	Keep bool

	// MaxBlock is the largest block in bytes, with the empty line at its end; 0 means 16 KiB, and a negative value means no
	// limit.
	MaxBlock int
}

const (
	defaultName  = "Content-Length"
	defaultBlock = 16 << 10
)

// resolved returns h with what its zeros stand for.
func (h Header) resolved() (Header, error) {
	if h.Name == "" {
		h.Name = defaultName
	} else if !isName(h.Name) {
		return h, &Error{Err: ErrConfig}
	}
	switch {
	case h.MaxBlock == 0:
		h.MaxBlock = defaultBlock
	case h.MaxBlock < 0:
		h.MaxBlock = math.MaxInt
	}
	if h.MaxBlock < h.least() {
		return h, &Error{Err: ErrConfig}
	}
	return h, nil
}

// least is the size of the smallest block: name, colon, one digit, two line ends.
func (h Header) least() int {
	if h.Lenient {
		return len(h.Name) + len(":0\n\n")
	}
	return len(h.Name) + len(":0\r\n\r\n")
}

// AppendFrame appends a block with the length of payload, and payload, to dst. With Keep it appends payload alone, and refuses
// one that is no frame with the errors of Scan, or with [ErrLength] if it is longer or shorter than its block says. Its other
// errors are [ErrHeader], for a block over MaxBlock, and [ErrConfig].
func (h Header) AppendFrame(dst, payload []byte) ([]byte, error) {
	h, err := h.resolved()
	if err != nil {
		return dst, err
	}
	frame := dst
	if h.Keep {
		err = h.gives(payload)
	} else {
		frame, err = h.appendBlock(dst, int64(len(payload)))
	}
	if err != nil {
		return dst, refused(err, 0)
	}
	return append(frame, payload...), nil
}

// AppendHead appends a block with the length size to dst; see [Wrapper]. With Keep it is not supported. Its errors are those of
// AppendFrame.
func (h Header) AppendHead(dst []byte, size int64) ([]byte, error) {
	h, err := h.resolved()
	if err != nil {
		return dst, err
	}
	if h.Keep {
		return dst, errors.ErrUnsupported
	}
	return h.appendBlock(dst, size)
}

// AppendTail appends nothing, since nothing follows the payload; see [Wrapper].
func (Header) AppendTail(dst []byte) []byte { return dst }

func (h Header) appendBlock(dst []byte, length int64) ([]byte, error) {
	frame := append(dst, h.Name...)
	frame = append(frame, ": "...)
	frame = strconv.AppendInt(frame, length, 10)
	frame = append(frame, "\r\n\r\n"...)
	if len(frame)-len(dst) > h.MaxBlock {
		return dst, &Error{Err: ErrHeader}
	}
	return frame, nil
}

// gives returns an error if frame is not one frame and nothing else.
func (h Header) gives(frame []byte) error {
	s, err := h.Scan(frame, Scan{}, false)
	switch {
	case err != nil:
		return err
	case s.Size < 0:
		return &Error{Err: ErrHeader, At: len(frame)}
	case s.Size != int64(len(frame)):
		return &Error{Err: ErrLength, At: int(min(s.Size, int64(len(frame))))}
	}
	return nil
}

// Scan finds the frame at the start of buf; see [Framing]. It looks at each byte of the block twice, however the bytes arrive.
// Its errors are [ErrHeader], for a line that is none, a second length, or a block over MaxBlock; [ErrLength], for a length with
// anything but digits; [ErrNoLength]; [ErrTooLarge] for one that no int64 holds; and [ErrConfig].
func (h Header) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if s.Size > 0 {
		return s.arrived(len(buf)), nil
	}
	h, err := h.resolved()
	if err != nil {
		return Scan{}, err
	}
	state := lineState(s.Note)
	block := buf[:min(len(buf), h.MaxBlock)]
	for i := s.Mark; i < len(block); i++ {
		state = steps[state][classes[block[i]]]
		if state >= special {
			if state, err = h.special(state, block[:i+1]); err != nil {
				return Scan{}, err
			}
		}
		if state == blockEnd {
			return h.whole(buf, i+1)
		}
	}
	if len(buf) >= h.MaxBlock {
		return Scan{}, &Error{Err: ErrHeader, At: h.MaxBlock - 1}
	}
	need := max(h.least()-len(buf), 1)
	return Scan{Head: len(buf), Size: -1, Need: need, Mark: len(buf), Note: int(state)}, nil
}

// whole is the Scan of a frame whose block, the first size bytes of buf, is complete.
func (h Header) whole(buf []byte, size int) (Scan, error) {
	length, ok := h.length(buf[:size])
	if !ok {
		return Scan{}, &Error{Err: ErrNoLength, At: size - 1}
	}
	s, err := sized(size, length, 0, len(buf))
	if err != nil || !h.Keep {
		return s, err
	}
	s.Head = 0
	return s.arrived(len(buf)), nil
}

// special deals with a step that takes more than a table. block ends with the byte that led to it.
func (h Header) special(state lineState, block []byte) (lineState, error) {
	switch {
	case state == nameEnd:
		return h.nameEnd(block)
	case state == bareLF && h.Lenient:
		return lineStart, nil
	case state == bareEnd && h.Lenient:
		return blockEnd, nil
	case state == noLength:
		return 0, &Error{Err: ErrLength, At: len(block) - 1}
	}
	return 0, &Error{Err: ErrHeader, At: len(block) - 1}
}

// nameEnd decides what the value is of the header whose name and colon end block.
func (h Header) nameEnd(block []byte) (lineState, error) {
	start := bytes.LastIndexByte(block, '\n') + 1
	if !h.isLength(block[start : len(block)-1]) {
		return inValue, nil
	}
	if _, twice := h.length(block[:start]); twice {
		return 0, &Error{Err: ErrHeader, At: len(block) - 1}
	}
	return beforeDigits, nil
}

// length returns the number in the first line of lines, whole lines that were found good, that has the length.
func (h Header) length(lines []byte) (length uint64, ok bool) {
	for len(lines) > 0 {
		end := bytes.IndexByte(lines, '\n')
		line := lines[:end]
		if colon := bytes.IndexByte(line, ':'); colon > 0 && h.isLength(line[:colon]) {
			return digitsIn(line[colon:]), true
		}
		lines = lines[end+1:]
	}
	return 0, false
}

// digitsIn returns the number that the digits in p make, or the largest there is if they make more.
func digitsIn(p []byte) (n uint64) {
	for _, b := range p {
		d := uint64(b - '0')
		if d > 9 {
			continue
		}
		if n > (math.MaxUint64-d)/10 {
			return math.MaxUint64
		}
		n = 10*n + d
	}
	return n
}
