// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/14-your-own-protocol/exercise
package exercise

import (
	"errors"

	"github.com/demarc-go/demarc/frame"
)

// Twice is a framing of one's own. It says the length twice, as the stored blocks of DEFLATE do (RFC 1951 section 3.2.4): two bytes
// with the low one first, then the same two bytes with every bit inverted, then the payload. A reader that has lost its place, or
// was never talking to the right program, finds out within four bytes.
//
//	"hi":   02 00 │ fd ff │ 68 69
type Twice struct{}

var _ frame.Framing = Twice{}

// AppendFrame appends payload as one frame to dst. A payload of more than 65,535 bytes is frame.ErrTooLarge, and dst comes back as
// it was.
func (Twice) AppendFrame(dst, payload []byte) ([]byte, error) {
	return dst, errors.ErrUnsupported // replace this
}

// Scan finds the frame at the start of buf; see frame.Framing and frame.Scan. Where the two lengths do not agree the error is a
// frame.Error around frame.ErrMalformed, as soon as a byte shows it, and At says which.
func (Twice) Scan(buf []byte, s frame.Scan, atEOF bool) (frame.Scan, error) {
	return frame.Scan{}, errors.ErrUnsupported // replace this
}
