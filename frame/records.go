package frame

// Records cuts the stream into records of one size, with nothing between them.
//
//	┌─────────────────────┬─────────────────────┐
//	│ payload: Size bytes │ payload: Size bytes │            "hi", "ho" with a Size of 2:   68 69 │ 68 6f
//	└─────────────────────┴─────────────────────┘
//
// It is canonical: what it accepts re-encodes to the same bytes.
type Records struct {
	// Size is the size of every record in bytes, 1 or more. The zero value is no framing.
	Size int
}

// AppendFrame appends payload to dst. Its errors are [ErrLength], for a payload that has not Size bytes, and [ErrConfig].
func (r Records) AppendFrame(dst, payload []byte) ([]byte, error) {
	dst, err := r.AppendHead(dst, int64(len(payload)))
	if err != nil {
		return dst, err
	}
	return append(dst, payload...), nil
}

// AppendHead appends nothing, since nothing stands before a record; see [Wrapper]. Its errors are those of AppendFrame.
func (r Records) AppendHead(dst []byte, size int64) ([]byte, error) {
	switch {
	case r.Size < 1:
		return dst, &Error{Op: "write", Err: ErrConfig}
	case size != int64(r.Size):
		return dst, &Error{Op: "write", Err: ErrLength, At: int(min(size, int64(r.Size)))}
	}
	return dst, nil
}

// AppendTail appends nothing, since nothing follows a record; see [Wrapper].
func (Records) AppendTail(dst []byte) []byte { return dst }

// Scan finds the record at the start of buf; see [Framing]. Its one error is [ErrConfig].
func (r Records) Scan(buf []byte, s Scan, _ bool) (Scan, error) {
	if r.Size < 1 {
		return Scan{}, &Error{Err: ErrConfig}
	}
	if s.Size == 0 {
		s.Size = int64(r.Size)
	}
	return s.arrived(len(buf)), nil
}
