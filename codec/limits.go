package codec

// The limits of a codec whose fields are zero, and the most that a field can ask for.
const (
	defaultDepth    = 32
	defaultElements = 65_536
	defaultBytes    = 16 << 20

	// ceilingDepth is what the stack can bear: methods of msgpack/v5 take up to 464 bytes of it for each level.
	ceilingDepth = 1000

	// ceilingCount keeps every offset and every count well inside an int32, on all machines.
	ceilingCount = 1 << 30
)

// limits are the options that the scans obey, each resolved to a number.
type limits struct {
	depth, elements, bytes int
	duplicates             bool  // allowed
	invalidUTF8            bool  // allowed
	exts                   *Exts // that msgpack may have, or nil for none
}

// limit returns the number that an option stands for: zero is the default, below zero the ceiling.
func limit(option, byDefault, ceiling int) int {
	switch {
	case option == 0:
		return byDefault
	case option < 0:
		return ceiling
	}
	return min(option, ceiling)
}

// size returns an error if n bytes are too many.
func (l *limits) size(n int) *Error {
	if n <= l.bytes {
		return nil
	}
	return &Error{Err: ErrTooLarge, Offset: -1, Found: int64(n), Allowed: int64(l.bytes)}
}
