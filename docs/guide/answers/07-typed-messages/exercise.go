// Package exercise answers the exercise of chapter 7.
package exercise

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/demarc-go/demarc/codec"
)

// Sample is what a sensor has measured.
type Sample struct {
	Time  int64 // nanoseconds since 1970
	Value float64
}

// Samples is a codec of one's own.
type Samples struct{}

var _ codec.Codec = Samples{}

// ErrSample says that a payload is no sample, or a Go value none.
var ErrSample = errors.New("not a sample")

// Name returns the name that two sides compare.
func (Samples) Name() string { return "samples" }

// Append appends the payload for v to dst.
func (Samples) Append(dst []byte, v any) ([]byte, error) {
	var s Sample
	switch v := v.(type) {
	case Sample:
		s = v
	case *Sample:
		if v == nil {
			return dst, ErrSample
		}
		s = *v
	default:
		return dst, ErrSample
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.Time))
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(s.Value)), nil
}

// Decode reads the payload p into ptr.
func (Samples) Decode(p []byte, ptr any) error {
	s, ok := ptr.(*Sample)
	if !ok || s == nil {
		return ErrSample
	}
	*s = Sample{}
	if len(p) != 16 {
		return ErrSample
	}
	s.Time = int64(binary.BigEndian.Uint64(p))
	s.Value = math.Float64frombits(binary.BigEndian.Uint64(p[8:]))
	return nil
}
