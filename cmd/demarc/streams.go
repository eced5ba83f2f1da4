package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// errIO is the class of every error of a file or a pipe, as opposed to those of what is in it.
var errIO = errors.New("reading or writing failed")

// failedIO is an error of the class errIO and of no other: a source that itself fails with io.ErrUnexpectedEOF, say, tells
// nothing of the frames in it.
type failedIO struct{ cause error }

func (f failedIO) Error() string { return f.cause.Error() }

func (f failedIO) Is(target error) bool { return target == errIO }

func readError(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return failedIO{err}
}

// writeError is as readError. A pipe whose reader has left is no news: it is how "demarc decode … | head" ends.
func writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return told{failedIO{err}}
	}
	return failedIO{err}
}

// open opens the file of that name; "-" is the standard input.
func (s *streams) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.in), nil
	}
	file, err := os.Open(name)
	return file, readError(err)
}

// input reads from src. Before each read, which may wait for long, it flushes what was written, so that frames are seen as
// they come.
type input struct {
	src   io.Reader
	flush func() error
}

func (in input) Read(p []byte) (int, error) {
	if err := in.flush(); err != nil {
		return 0, err
	}
	n, err := in.src.Read(p)
	return n, readError(err)
}

// output gathers lines and writes them in large pieces, never a part of a line.
type output struct {
	dst   io.Writer
	lines []byte
}

const batch = 64 << 10 // bytes of lines that are written unasked

func (o *output) printf(format string, args ...any) error {
	o.lines = fmt.Appendf(o.lines, format, args...)
	return o.lineDone()
}

// lineDone is to be called when a line was appended to lines.
func (o *output) lineDone() error {
	if len(o.lines) < batch {
		return nil
	}
	return o.flush()
}

func (o *output) flush() error {
	if len(o.lines) == 0 {
		return nil
	}
	_, err := o.dst.Write(o.lines)
	o.lines = o.lines[:0]
	return writeError(err)
}

// destination passes frames on and marks its errors.
type destination struct{ dst io.Writer }

func (d destination) Write(p []byte) (int, error) {
	n, err := d.dst.Write(p)
	return n, writeError(err)
}
