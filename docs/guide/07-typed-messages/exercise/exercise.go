// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/07-typed-messages/exercise
package exercise

import (
	"errors"

	"github.com/demarc-go/demarc/codec"
)

// Sample is what a sensor has measured.
type Sample struct {
	Time  int64 // nanoseconds since 1970
	Value float64
}

// Samples is a codec of one's own: it codes a Sample as sixteen bytes, first Time and then the bits of Value (see
// math.Float64bits), each with the high byte first.
type Samples struct{}

var _ codec.Codec = Samples{}

// ErrSample says that a payload is no sample, or a Go value none.
var ErrSample = errors.New("not a sample")

// Name returns the name that two sides compare.
func (Samples) Name() string { return "samples" }

// Append appends the payload for v, which is a Sample or a *Sample, to dst. Anything else is ErrSample, and so is a nil *Sample;
// dst then comes back as it was.
func (Samples) Append(dst []byte, v any) ([]byte, error) {
	return dst, errors.ErrUnsupported // replace this
}

// Decode reads the payload p into ptr, which is a *Sample. A payload that has not sixteen bytes is ErrSample, and the Sample is
// then zero. A ptr of any other type is ErrSample too, and so is nil.
func (Samples) Decode(p []byte, ptr any) error {
	return errors.ErrUnsupported // replace this
}
