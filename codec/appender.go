package codec

// An appender is the io.Writer that an encoder of msgpack/v5 writes to. It appends to a buffer, and it stops the encoder when the
// payload grows over MaxBytes, or when what has been written so far breaks a limit: this ends an encoder that runs in circles in a
// value that holds itself.
type appender struct {
	buf     []byte
	start   int // where the payload begins in buf
	from    int // where the encoder began
	next    int // the length of buf at which to look at what has been written
	limits  *limits
	scanner *scanner
	err     *Error // the first error, which ends the writing; its offsets count from where the encoder began
}

// stride is how many bytes are written between two checks. It bounds how deep an encoder can run in circles: each level
// writes a byte or more.
const stride = 4096

// begin makes a ready to go on with the payload that begins at start in buf.
func (a *appender) begin(buf []byte, start int, l *limits) {
	a.buf, a.start, a.from, a.next, a.limits, a.err = buf, start, len(buf), len(buf)+stride, l, nil
}

// end lets go of everything. It returns what was in the buffer, and the first error of the writing.
func (a *appender) end() (buf []byte, err *Error) {
	buf, a.buf = a.buf, nil
	if a.scanner != nil {
		a.scanner.free()
		a.scanner = nil
	}
	return buf, a.err
}

func (a *appender) Write(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	a.buf = append(a.buf, p...)
	if len(a.buf) >= a.next && a.look() != nil {
		return 0, a.err
	}
	return len(p), nil
}

func (a *appender) WriteByte(c byte) error {
	if a.err != nil {
		return a.err
	}
	a.buf = append(a.buf, c)
	if len(a.buf) >= a.next && a.look() != nil {
		return a.err
	}
	return nil
}

// look checks what has been written so far and returns the first error.
func (a *appender) look() *Error {
	a.next = len(a.buf) + stride
	if a.scanner == nil {
		a.scanner = scanners.Get().(*scanner)
		a.scanner.begin(a.limits)
	}
	if a.err = a.limits.size(len(a.buf) - a.start); a.err == nil {
		a.err = a.scanner.checkSoFar(a.buf[a.from:])
	}
	return a.err
}
