package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What can be wrong with a frame. The errors that this package returns wrap one of these in an [*Error] that has the details;
// test with errors.Is. A stream that ends inside a frame is [io.ErrUnexpectedEOF]; one that ends between frames is [io.EOF].
var (
	// ErrTooLarge: the payload is over the limit.
	ErrTooLarge = errors.New("payload is too large")

	// ErrMalformed is the class of every error that says: these bytes are no frame. The more exact ones below are
	// ErrMalformed too.
	ErrMalformed = errors.New("malformed frame")

	// ErrOverflow: a varint has more bits than the framing allows.
	ErrOverflow error = malformed("varint has too many bits")

	// ErrNotMinimal: a length is written in more bytes than its value needs.
	ErrNotMinimal error = malformed("length is not in its minimal form")

	// ErrLineEnd: a CR or an LF stands alone where CRLF is demanded.
	ErrLineEnd error = malformed("CR or LF is not part of a CRLF")

	// ErrStuffing: a COBS frame ends inside a block.
	ErrStuffing error = malformed("frame ends inside a COBS block")

	// ErrEscape: a SLIP frame has an ESC before a byte that cannot follow one.
	ErrEscape error = malformed("ESC is followed by a wrong byte")

	// ErrLength: a length that cannot be: no number, negative, or smaller than what it counts. When writing: not that of the
	// payload, which has to be a record or begins with a head of its own.
	ErrLength error = malformed("length is wrong")

	// ErrEmpty: an empty payload, where the framing refuses them.
	ErrEmpty error = malformed("frame is empty")

	// ErrMagic: the frame does not begin with the magic bytes.
	ErrMagic error = malformed("magic bytes are missing")

	// ErrNoColon: no colon follows the length of a netstring.
	ErrNoColon error = malformed("no colon behind the length")

	// ErrNoComma: no comma follows the payload of a netstring.
	ErrNoComma error = malformed("no comma behind the payload")

	// ErrHeader: a header block has a line that is no header, or a second length, or is over its limit.
	ErrHeader error = malformed("header block is malformed")

	// ErrNoLength: a header block ends and has told no length.
	ErrNoLength error = malformed("header block has no length")

	// ErrDelimiter: a payload holds the delimiter, or would together with it end early, so that the peer would read
	// something else than was written. With a kept delimiter: the payload does not end in one.
	ErrDelimiter = errors.New("payload clashes with the delimiter")

	// ErrConfig: the framing itself is impossible, such as an empty delimiter.
	ErrConfig = errors.New("impossible framing")
)

// malformed is an error of the class ErrMalformed.
type malformed string

func (m malformed) Error() string { return string(m) }

func (m malformed) Is(target error) bool { return target == ErrMalformed }

// Part is the part of a frame in which something happened.
type Part int

// The parts of a frame, in the order of the wire.
const (
	InPrefix    Part = iota // in the bytes before the payload
	AfterPrefix             // exactly between the prefix and the first byte of the payload
	InPayload               // in the payload
	InDelimiter             // in the bytes behind the payload
)

// String names the part, such as "in the payload".
func (p Part) String() string {
	switch p {
	case InPrefix:
		return "in the prefix"
	case AfterPrefix:
		return "after the prefix"
	case InPayload:
		return "in the payload"
	case InDelimiter:
		return "in the delimiter"
	}
	return fmt.Sprintf("in part %d", int(p))
}

// part returns where a stream of which have bytes have arrived stands in the frame that s describes.
func (s Scan) part(have int) Part {
	switch {
	case s.Size < 0 && have == s.Head:
		return InPrefix
	case have == s.Head:
		return AfterPrefix
	case have > s.Head+s.Body:
		return InDelimiter
	case s.Size > 0 && s.Tail > 0 && int64(have) == s.Size-int64(s.Tail):
		return InDelimiter
	}
	return InPayload
}

// Error says what was wrong with a frame and where.
type Error struct {
	Op      string // "read" or "write"
	Err     error  // the class, such as ErrTooLarge or io.ErrUnexpectedEOF
	Offset  int64  // where the frame begins, in bytes from the start of the stream
	At      int    // which byte decided, in bytes from the start of the frame (of the payload, when writing)
	Part    Part   // cut off: where in the frame
	Have    int64  // cut off: bytes of the frame that arrived
	Need    int64  // cut off: bytes that are missing at least
	Size    uint64 // too large: bytes of payload; 0 where nothing announces them
	Limit   int64  // too large: bytes allowed
	First   []byte // the first bytes of the frame, at most 16, as far as they have arrived; the error's own copy
	Skipped bool   // the Reader passes over this frame and goes on with the next; otherwise the stream is at its end
}

// firstBytes is how many bytes of a bad frame an Error shows.
const firstBytes = 16

// Unwrap returns the class.
func (e *Error) Unwrap() error { return e.Err }

// Error describes the error in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("frame: ")
	if e.Op == "write" {
		b.WriteString("write: ")
	} else {
		fmt.Fprintf(&b, "frame at byte %d: ", e.Offset)
	}
	b.WriteString(e.what())
	if guess := LooksLike(e.First); guess != "" {
		fmt.Fprintf(&b, "; its first bytes %q look like %s", e.First, guess)
	}
	return b.String()
}

func (e *Error) what() string {
	switch {
	case errors.Is(e.Err, ErrTooLarge) && e.Size == 0:
		return fmt.Sprintf("payload is over the limit of %d bytes", e.Limit)
	case errors.Is(e.Err, ErrTooLarge) && e.Limit > 0:
		return fmt.Sprintf("payload of %d bytes is over the limit of %d", e.Size, e.Limit)
	case errors.Is(e.Err, ErrTooLarge):
		return fmt.Sprintf("payload of %d bytes is more than this machine can count", e.Size)
	case e.Err == io.ErrUnexpectedEOF:
		return fmt.Sprintf("cut off %v: %d bytes arrived, at least %d missing: %v", e.Part, e.Have, e.Need, e.Err)
	case e.Op == "write":
		return fmt.Sprintf("%v, at byte %d", e.Err, e.At)
	}
	return fmt.Sprintf("%v, at byte %d", e.Err, e.Offset+int64(e.At))
}

// strangers are the first bytes of protocols whose clients often knock at a wrong port.
var strangers = []struct{ first, name string }{
	{"GET ", "HTTP"}, {"POST ", "HTTP"}, {"PUT ", "HTTP"}, {"HEAD ", "HTTP"}, {"DELETE ", "HTTP"},
	{"OPTIONS ", "HTTP"}, {"PATCH ", "HTTP"}, {"CONNECT ", "HTTP"}, {"HTTP/", "HTTP"}, {"PRI * HTTP/2", "HTTP/2"},
	{"\x16\x03", "TLS"}, {"\x15\x03", "TLS"}, {"SSH-", "SSH"},
}

// LooksLike guesses what a stranger speaks from the first bytes it sent: "HTTP", "TLS", "SSH" or "text". It returns "" when it
// has no idea.
func LooksLike(first []byte) string {
	for _, s := range strangers {
		if bytes.HasPrefix(first, []byte(s.first)) {
			return s.name
		}
	}
	if len(first) >= 4 && bytes.IndexFunc(first, notText) < 0 {
		return "text"
	}
	return ""
}

func notText(r rune) bool {
	return (r < ' ' || r > '~') && r != '\t' && r != '\r' && r != '\n'
}
