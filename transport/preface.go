package transport

import (
	"fmt"
	"io"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// preface is what each side sends first. Its first byte is neither ASCII nor the first of a TLS record, so that a stranger
// fails within it; its last is the version of the protocol.
const preface = "\xd3DEMARC\x01"

// readPreface reads the peer's preface, and stops at the first byte that is wrong. It is io.EOF if the peer left without a
// word, as a health check does.
func readPreface(r io.Reader) error {
	got := make([]byte, 0, len(preface))
	for len(got) < len(preface) {
		n, err := r.Read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		switch {
		case !strings.HasPrefix(preface, string(got)):
			return stranger(got)
		case err == io.EOF && 0 < len(got) && len(got) < len(preface):
			return fmt.Errorf("%w after %q", errLeft, got)
		case err != nil && len(got) < len(preface):
			return err
		}
	}
	return nil
}

// errLeft says that the peer left within its preface. It is taken for a stranger, but who knows: it may have done what it was sent.
var errLeft = fmt.Errorf("%w: it left", ErrStranger)

// stranger is the error for a peer that began with got.
func stranger(got []byte) error {
	last := len(preface) - 1
	if len(got) > last && string(got[:last]) == preface[:last] {
		return fmt.Errorf("%w: version %d, here %d", ErrStranger, got[last], preface[last])
	}
	if guess := frame.LooksLike(got); guess != "" {
		return fmt.Errorf("%w: %q looks like %s", ErrStranger, got, guess)
	}
	return fmt.Errorf("%w: it begins with %q", ErrStranger, got)
}
