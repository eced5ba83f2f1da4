package codec

// An appender is the io.Writer that the msgpack encoder writes to. It appends to a buffer, and it stops the encoder when the payload
// grows over MaxBytes, or when what has been written so far breaks a limit: this ends an encoder that runs in circles in a
// value that holds itself.
type appender struct {
	buf    []byte
	start  int // where the payload begins in buf
	next   int // the length of buf at which to look at the payload so far
	limits limits
	check  func(payload []byte) *Error // looks at the payload so far
	err    *Error                      // the first error, which ends the writing
}

// stride is how many bytes are written between two checks. It bounds how deep an encoder can run in circles: each level
// writes a byte or more.
const stride = 4096

// begin makes a ready to append a payload to dst.
func (a *appender) begin(dst []byte, l limits) {
	a.buf, a.start, a.next, a.limits, a.err = dst, len(dst), len(dst)+stride, l, nil
}

// payload returns what has been written.
func (a *appender) payload() []byte { return a.buf[a.start:] }

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
	if a.err = a.limits.size(len(a.payload())); a.err == nil {
		a.err = a.check(a.payload())
	}
	return a.err
}

// end returns the first error of the writing, of which MaxBytes may be one.
func (a *appender) end() *Error {
	if a.err != nil {
		return a.err
	}
	return a.limits.size(len(a.payload()))
}
