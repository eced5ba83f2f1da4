package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// JSON is the codec for JSON (RFC 8259). It is encoding/json behind the guard that [Msgpack] has: struct tags and methods
// such as MarshalJSON work as they do there.
//
// The guard refuses what the fields below do not allow, bytes after the value, and the same member name twice in an object.
// Names are compared as they are after their escapes. encoding/json finds a struct's field in any case, so "id" and "ID" may
// still both reach the field ID; the last one wins.
//
// The payload has no line end, and leaves <, > and & as they are. A Go string that is not UTF-8 is not refused by Append:
// encoding/json writes U+FFFD for what is wrong in it. An integer that does not fit its field is an error; a float takes the
// nearest number, and an array drops the elements that are too many and has zeros for those that are missing. A value that holds itself is an ErrValue; one that is nested a million
// deep without a circle overflows the stack in encoding/json, where no limit reaches.
//
// Decode copies what it keeps of the payload.
type JSON struct {
	// MaxDepth is how many arrays and objects may stand inside one another. Zero means 32. The most is 1000, which is what
	// less than zero means too.
	MaxDepth int

	// MaxElements is how many elements a payload may have: arrays, objects, each of an array's elements, each of an object's
	// names and values. Zero means 65,536, less than zero no limit.
	MaxElements int

	// MaxBytes is how many bytes a payload may have. Zero means 16 MiB. The most is 1 GiB, which is what less than zero
	// means too.
	MaxBytes int

	// AllowDuplicateKeys accepts objects that have a name twice. The last one wins.
	AllowDuplicateKeys bool

	// AllowInvalidUTF8 accepts bytes that are not UTF-8 and escapes that are half of a surrogate pair. encoding/json reads
	// U+FFFD for them.
	AllowInvalidUTF8 bool

	// DisallowUnknownFields refuses an object's name that the struct has no field for, with ErrValue. By default it is
	// skipped.
	DisallowUnknownFields bool

	// UseNumber reads numbers into an any as [json.Number], which is their text. By default they become a float64, which
	// rounds integers above 2^53.
	UseNumber bool
}

const jsonName = "json"

// Name returns "json".
func (JSON) Name() string { return jsonName }

// Append appends v as JSON to dst; see [Codec]. Every error is an [*Error].
func (j JSON) Append(dst []byte, v any) ([]byte, error) {
	s := jsonStates.Get().(*jsonState)
	out, err := s.append(dst, v, j.limits())
	if err != nil {
		return dst, err.in(jsonName, "append")
	}
	s.free()
	return out, nil
}

// Decode reads the payload p, which is one value and nothing more but white space, into the value that ptr points to; see
// [Codec]. Every error is an [*Error].
func (j JSON) Decode(p []byte, ptr any) error {
	v, err := target(ptr)
	if err != nil {
		return err.in(jsonName, "decode")
	}
	if err := scanJSON(p, j.limits()); err != nil {
		return err.in(jsonName, "decode")
	}
	if err := j.unmarshal(p, ptr); err != nil {
		v.SetZero()
		return err.in(jsonName, "decode")
	}
	return nil
}

func (j *JSON) limits() limits {
	return limits{
		depth:       limit(j.MaxDepth, defaultDepth, ceilingDepth),
		elements:    limit(j.MaxElements, defaultElements, ceilingCount),
		bytes:       limit(j.MaxBytes, defaultBytes, ceilingCount),
		duplicates:  j.AllowDuplicateKeys,
		invalidUTF8: j.AllowInvalidUTF8,
	}
}

// unmarshal decodes a payload that the scan has passed.
func (j *JSON) unmarshal(p []byte, ptr any) (err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	var wrong error
	if j.DisallowUnknownFields || j.UseNumber {
		d := json.NewDecoder(bytes.NewReader(p))
		if j.DisallowUnknownFields {
			d.DisallowUnknownFields()
		}
		if j.UseNumber {
			d.UseNumber()
		}
		wrong = d.Decode(ptr)
	} else {
		wrong = json.Unmarshal(p, ptr)
	}
	if wrong == nil {
		return nil
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](wrong); ok {
		return failed(wrong, int(t.Offset))
	}
	return failed(wrong, -1)
}

// A jsonState is what one Append works with. It goes back to the pool only if nothing went wrong.
type jsonState struct {
	buf []byte
	enc *json.Encoder // writes to buf
}

var jsonStates = sync.Pool{New: func() any {
	s := &jsonState{}
	s.enc = json.NewEncoder(s)
	s.enc.SetEscapeHTML(false)
	return s
}}

// Write appends p to the buffer. The encoder calls it once for each value, with a line end behind it.
func (s *jsonState) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	return len(p), nil
}

// free lets go of everything and puts s back into the pool.
func (s *jsonState) free() {
	s.buf = nil
	jsonStates.Put(s)
}

// append encodes v behind dst and scans what came out.
func (s *jsonState) append(dst []byte, v any, l limits) (out []byte, err *Error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	s.buf = dst
	if err := s.enc.Encode(v); err != nil {
		return nil, failed(err, -1)
	}
	s.buf = bytes.TrimSuffix(s.buf, []byte{'\n'})
	return s.buf, scanJSON(s.buf[len(dst):], l)
}

var jsonScanners = sync.Pool{New: func() any { return &jsonScanner{keys: newKeySet()} }}

// scanJSON passes over a whole payload.
func scanJSON(p []byte, l limits) *Error {
	if err := l.size(len(p)); err != nil {
		return err
	}
	s := jsonScanners.Get().(*jsonScanner)
	err := s.check(p, l)
	s.keys.reset()
	s.p = nil
	jsonScanners.Put(s)
	return err
}
